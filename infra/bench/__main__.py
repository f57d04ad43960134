"""`make bench`, or `python -m infra.bench queue tokens ...` for some figures only."""

from __future__ import annotations

import importlib
import sys
from typing import Final

FIGURES: Final = ("tokens", "queue", "imports", "certificates", "admissions", "cold_starts")


def main(words: list[str]) -> int:
    """Runs the named benchmarks, or all, one after another so that none disturbs another."""
    for name in words or FIGURES:
        importlib.import_module(f"infra.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
