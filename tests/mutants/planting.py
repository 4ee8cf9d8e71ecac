"""Plants one fault in a copy of the product and runs chosen tests against that copy; the tree itself is never touched.

A copy is made once and used for many faults, one after the other: its compiled modules stay, so that a planted fault
costs little more than the tests that must find it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("reconciler", "portal", "tests", "migrations", "pyproject.toml", "wsgi.py")
PASSED, FAILED = 0, 1  # pytest's own; any other end says that the tests could not be run
LONGEST = 3_600  # seconds, on a machine that is busy with other things
# The first import decides which product is tested: it is looked at before a single test is collected.
_RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import reconciler
if Path(reconciler.__file__).parents[1] != Path(sys.argv[1]):
    sys.exit("not the copy: " + reconciler.__file__)
import pytest
sys.exit(pytest.main(sys.argv[2:]))
"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: in `file` the only occurrence of `text` becomes `becomes`; `killers` are the tests that must fail."""

    name: str
    file: str
    text: str
    becomes: str
    killers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the product and its tests."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Copy:
        """Copy everything that tests need, but for compiled modules: those know where they came from."""
        folder = folder.resolve()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.db"))
            else:
                shutil.copy2(source, folder / name)
        return cls(folder)

    @contextmanager
    def planted(self, mutant: Mutant) -> Iterator[None]:
        """The copy with this fault in it; raises ValueError where the text is not found exactly once."""
        path = self.folder / mutant.file
        sound = path.read_text("utf-8")
        found = sound.count(mutant.text)
        if found != 1:
            raise ValueError(f"{mutant.name}: its text occurs {found} times in {mutant.file}, not once")
        try:
            _write(path, sound.replace(mutant.text, mutant.becomes))
            yield
        finally:
            _write(path, sound)

    def run(
        self, arguments: Sequence[str], each: int = 60, profile: str = "planted"
    ) -> subprocess.CompletedProcess[str]:
        """Run tests against the copy, to the first that fails; the same examples each time, and none shrunk.

        A fault that never ends is found after `each` seconds.
        """
        options = ["-x", "-q", "-p", "no:cacheprovider", f"--timeout={each}", f"--hypothesis-profile={profile}"]
        command = [sys.executable, "-c", _RUN, str(self.folder), *options, "-m", "not browser", *arguments]
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.run(
            command,
            cwd=self.folder,
            env=variables | {"PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )


def _write(path: Path, text: str) -> None:
    """A compiled module is told from a stale one by second and size: neither need differ here."""
    path.write_text(text, "utf-8")
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
