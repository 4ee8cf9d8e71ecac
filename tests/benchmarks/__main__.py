"""Measure, and print one table: `python -m tests.benchmarks`, the last part of `./dev prove`.

Each `bench_*.py` beside this file has `measure() -> Iterable[Measured]`.  Figures are printed, never asserted: a slow
machine is no fault of the code.  What must hold on every machine (calls, rows, writes) is a test, not a benchmark.
"""

from __future__ import annotations

import importlib
import platform
import sqlite3
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measured import Measured


def main() -> int:
    """Print every figure; a benchmark that breaks is named and makes the exit code 1."""
    print(interpreter(), flush=True)
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


def interpreter() -> str:
    """What the figures are measured with: a Python built without optimisation takes a fifth longer."""
    asked = sysconfig.get_config_var("CONFIG_ARGS") or ""
    built = "with" if "--enable-optimizations" in asked else "without"
    return f"  Python {platform.python_version()} built {built} optimisation, SQLite {sqlite3.sqlite_version}"


def rows(name: str) -> Iterator[str]:
    """Yield the lines of one benchmark, the promised figure beside the measured one."""
    for each in importlib.import_module(f"tests.benchmarks.{name}").measure():
        assert isinstance(each, Measured)
        promise = f"  (promised: {each.promised})" if each.promised else ""
        yield f"  {each.what:<70} {each.value:>10.4g} {each.unit}{promise}"


if __name__ == "__main__":
    sys.exit(main())
