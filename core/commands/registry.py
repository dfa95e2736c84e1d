"""All commands, in the order in which they are told."""

from __future__ import annotations

from .find_spec import COMMAND as FIND
from .image_spec import COMMAND as IMAGE
from .maps_spec import COMMAND as MAPS
from .spec import Command

COMMANDS: tuple[Command, ...] = (MAPS, IMAGE, FIND)
