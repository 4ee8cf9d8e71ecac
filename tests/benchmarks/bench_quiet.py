"""What a run costs when nothing has happened, whatever the number of links: the median of twenty, by the clock."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from tests.benchmarks.measured import Measured

SMALL, LARGE = 10_000, 1_000_000


def measure() -> Iterator[Measured]:
    """Each size in a process of its own, so that each has its own memory."""
    small, large = measured(SMALL), measured(LARGE)
    for count, found in ((SMALL, small), (LARGE, large)):
        yield Measured(f"quiet run over {count:,} links, median of 20", found["milliseconds"], "ms", "under 50")
        yield Measured(f"quiet run over {count:,} links, of one core", found["of_one_core"], "ms")
        yield Measured(f"quiet run over {count:,} links, memory at most", found["megabytes"], "MiB", "under 120")
    for name, what in (("milliseconds", "by the clock"), ("of_one_core", "of one core")):
        yield Measured(
            f"quiet runs, {what}: the large apart from the small", abs(large[name] - small[name]), "ms", "under 5"
        )


def measured(links: int) -> dict[str, float]:
    """What `tests.benchmarks.quiet` says of so many links."""
    command = [sys.executable, "-m", "tests.benchmarks.quiet", str(links)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(said)
    return found
