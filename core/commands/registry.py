"""All commands, in the order of the documentation."""

from __future__ import annotations

from .find.spec import COMMAND as FIND
from .image.spec import COMMAND as IMAGE
from .maps.spec import COMMAND as MAPS
from .shell.spec import Command

COMMANDS: tuple[Command, ...] = (MAPS, IMAGE, FIND)
