"""Queues told and other: each message says what becomes of it: ok, fail, raise, die, hang, wait:<file>.

What was begun and ended is written down in GIAOUOC_TRIAL/<queue>, one line each, so that tests can wait for it.
"""

import os
import signal
import time
from pathlib import Path

FOLDER = Path(os.environ.get("GIAOUOC_TRIAL", "."))


def handler(message, context):
    failed = []
    folder = FOLDER / message["Records"][0]["eventSourceARN"].rpartition("-")[2]
    folder.mkdir(exist_ok=True)

    def note(name, line):
        with (folder / name).open("a") as file:
            file.write(line + "\n")

    note("batches", ",".join(record["body"] for record in message["Records"]))
    for record in message["Records"]:
        what, body = record["body"].partition(":")[0], record["body"]
        note("begun", f"{body} {record['attributes']['ApproximateReceiveCount']} {os.getpid()}")
        if what == "raise":
            raise ValueError(body)
        if what == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "hang":
            time.sleep(3600)
        if what == "wait":
            while not (FOLDER / body.partition(":")[2]).exists():
                time.sleep(0.01)
        if what == "fail":
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            note("done", body)
    return {"batchItemFailures": failed}
