"""What the machine was doing while a figure was taken: without it a figure says little. Called by every benchmark."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any


def fsync_ms(folder: Path | None = None) -> float:
    """Median milliseconds of writing 4 KiB and waiting for the disk, where the data lies."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(60):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return round(sorted(times)[len(times) // 2] * 1000, 3)


def cpu_seconds(pid: int) -> float:
    """User and system CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Proportional memory of a process: pages that several share are split among them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def report(figure: str, **values: Any) -> None:
    """Prints one figure with the machine's load, processors and flush time beside it."""
    line = {"figure": figure, **values}
    line["machine"] = {"load": round(os.getloadavg()[0], 2), "cpus": os.cpu_count(), "fsync_ms": fsync_ms(Path.cwd())}
    print(json.dumps(line, ensure_ascii=False), flush=True)
