"""Whose data a command on this machine works on: `--data`, or the sample's where no office's own name is in sight.

Called by the commands that take `--data`. An office's keys and dead letters must not be looked for in the sample by oversight.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.commands.run import SAMPLE_DATA
from infra.embedded.errors import EngineError
from shared.texts import LOCALES, say


def data_folder(arguments: argparse.Namespace, environment: Mapping[str, str]) -> Path:
    """Says on standard error when it is the sample's. Raises EngineError `engine.which_data` where a host is named, by
    `--host` or HOST, and no folder."""
    if arguments.data is not None:
        return Path(arguments.data)
    host = getattr(arguments, "host", None) or environment.get("HOST", "").strip()
    if host and host.partition(":")[0] != "localhost":
        raise EngineError("engine.which_data", host=host)
    for locale in LOCALES:
        print(say("engine.sample_data", locale, path=SAMPLE_DATA), file=sys.stderr)
    return SAMPLE_DATA
