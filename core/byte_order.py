"""The names of byte orders. It imports next to nothing, for it is read whenever the plugin is loaded."""

from __future__ import annotations

from typing import Literal

# The type checker refuses other constants; values from files and users are checked at run time.
Endian = Literal["little", "big"]

LITTLE: Literal["little"] = "little"
BIG: Literal["big"] = "big"
