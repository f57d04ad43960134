"""Read by every Python process of a trial engine: makes functions.trial of this folder importable."""

from pathlib import Path

import functions

functions.__path__.append(str(Path(__file__).parent / "functions"))
