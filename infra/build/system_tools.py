"""Chromium (browser tests) and poppler's pdfsig, pdftotext, pdftoppm (document tests): installs them where root may.

Called by `make test`. Where it may not, it names in one sentence what to install; the tests that need them then fail
with the same sentence, because a check that silently does not run is no check.
"""

import os
import shutil
import subprocess
import sys

NEEDED = {"pdfsig": "poppler-utils", "chromium": "chromium"}


def main() -> int:
    """Returns 0 always: the tests decide."""
    missing = sorted({package for tool, package in NEEDED.items() if shutil.which(tool) is None})
    if not missing:
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Đang cài / installing:", *missing, flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update"], check=False, **quiet)
        subprocess.run(["apt-get", "install", "-y", *missing], check=False, env=environment, **quiet)
        missing = sorted({package for tool, package in NEEDED.items() if shutil.which(tool) is None})
    if missing:
        print("Hãy cài / please install:", "sudo apt-get install", *missing, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
