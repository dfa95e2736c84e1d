"""All commands, in the order in which they are told."""

from __future__ import annotations

from .find import COMMAND as FIND
from .image import COMMAND as IMAGE
from .maps import COMMAND as MAPS
from .spec import Command

COMMANDS: tuple[Command, ...] = (MAPS, IMAGE, FIND)
