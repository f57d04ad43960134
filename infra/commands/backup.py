"""`giaouoc backup TARGET`: a consistent, verified copy of the data, also while the engine runs; keys are kept apart.

On AWS the tables and buckets keep their own past; the command says so and does nothing.
"""

from __future__ import annotations

import argparse
import os

from infra.commands.aws_environment import on_aws
from infra.commands.data_folder import data_folder
from shared.embedded.backup import backup
from shared.texts import LOCALES, say


def main(arguments: argparse.Namespace) -> int:
    """Says what was saved, and that the keys were not. Raises BackupError."""
    if on_aws(arguments):
        for locale in LOCALES:
            print(say("aws.backup", locale))
        return 0
    made = backup(data_folder(arguments, os.environ), arguments.target)
    for locale in LOCALES:
        print(say("engine.backed_up", locale, files=made.files, target=arguments.target))
    return 0
