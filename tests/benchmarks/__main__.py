"""Measure, and print one table: `python -m tests.benchmarks`, the last part of `./dev prove`.

Each `bench_*.py` beside this file has `measure() -> Iterable[Measured]`.  Figures are printed, never asserted: a slow
machine is no fault of the code.  What must hold on every machine (calls, rows, writes) is a test, not a benchmark.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measured import Measured


def main() -> int:
    """Print every figure; a benchmark that breaks is named and makes the exit code 1."""
    broken = []
    for name in sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py")):
        try:
            for line in rows(name):
                print(line, flush=True)
        except Exception:  # noqa: BLE001  (the other benchmarks still run)
            traceback.print_exc()
            broken.append(name)
    print(f"benchmarks that broke: {', '.join(broken)}" if broken else "benchmarks: all ran")
    return 1 if broken else 0


def rows(name: str) -> Iterator[str]:
    """Yield the lines of one benchmark, the promised figure beside the measured one."""
    for each in importlib.import_module(f"tests.benchmarks.{name}").measure():
        assert isinstance(each, Measured)
        promise = f"  (promised: {each.promised})" if each.promised else ""
        yield f"  {each.what:<70} {each.value:>10.4g} {each.unit}{promise}"


if __name__ == "__main__":
    sys.exit(main())
