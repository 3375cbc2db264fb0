"""`python -m sourcediff` is the command `sourcediff`."""

from __future__ import annotations

import sys

from sourcediff.cli import main

if __name__ == "__main__":
    sys.exit(main())
