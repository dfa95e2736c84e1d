"""`python -m ptatlas.core.cli`: the command `ptatlas`, where its script is not on PATH."""

from __future__ import annotations

import sys

from .main import main

sys.exit(main())
