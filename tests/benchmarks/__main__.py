"""Measure, and print one table: `python -m tests.benchmarks`, the last part of `./dev prove`.

Each `bench_*.py` beside this file has `measure() -> Iterable[Measured]` and runs in a process of its own: none is
charged with what another has loaded or left behind.  `python -m tests.benchmarks bench_engine` runs that one.  Figures
are printed, never asserted: a slow machine is no fault of the code.  What must hold on every machine (calls, rows,
writes) is a test, not a benchmark.
"""

from __future__ import annotations

import importlib
import platform
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.measured import Measured

HERE = Path(__file__).parent


def main(asked: Sequence[str]) -> int:
    """Print every figure; a benchmark that breaks is named and makes the exit code 1."""
    flags = [each for each in asked if each.startswith("-")]
    if names := [each for each in asked if each not in flags]:
        measure(names)
        return 0
    print(interpreter(), flush=True)
    broken = [name for name in sorted(path.stem for path in HERE.glob("bench_*.py")) if alone(name, flags)]
    print(f"benchmarks that broke: {', '.join(broken)}" if broken else "benchmarks: all ran")
    return 1 if broken else 0


def alone(name: str, flags: Sequence[str]) -> int:
    """Run one benchmark in a process of its own; its exit code."""
    return subprocess.run([sys.executable, "-m", "tests.benchmarks", name, *flags], check=False).returncode


def measure(names: Sequence[str]) -> None:
    """Print the lines of these benchmarks."""
    for name in names:
        for line in rows(name):
            print(line, flush=True)


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
    sys.exit(main(sys.argv[1:]))
