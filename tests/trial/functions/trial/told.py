"""Queues told and other: each message says what becomes of it: ok, fail, raise, die, hang, wait:<file>.

What was begun and ended is written down in the folder GIAOUOC_TRIAL, one line each, so that tests can wait for it.
"""

import os
import signal
import time
from pathlib import Path

FOLDER = Path(os.environ.get("GIAOUOC_TRIAL", "."))


def note(name, line):
    with (FOLDER / name).open("a") as file:
        file.write(line + "\n")


def handler(message, context):
    failed = []
    note("batches", ",".join(record["body"] for record in message["Records"]))
    for record in message["Records"]:
        what, body = record["body"].partition(":")[0], record["body"]
        note("begun", f"{body} {record['attributes']['ApproximateReceiveCount']} {os.getpid()}")
        if what == "raise":
            raise ValueError(body)
        if what == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "hang":
            threading_wait()
        if what == "wait":
            while not (FOLDER / body.partition(":")[2]).exists():
                time.sleep(0.01)
        if what == "fail":
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            note("done", body)
    return {"batchItemFailures": failed}


def threading_wait():
    while True:
        time.sleep(0.1)
