"""The architecture as tests: the import contract holds, it would notice, and the core has no way out by other means."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What reads a clock, draws a random number or touches the machine without importing anything that is forbidden.
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
IMPURE_ATTRIBUTES = {"now", "utcnow", "today"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("portal", "reconciler"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_every_import_points_the_way_it_may() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("reconciler/core/model.py", "import time", "pure"),
        ("reconciler/engine.py", "import simple_salesforce", "Salesforce adapter"),
        ("reconciler/simulators/kit/calls.py", "from reconciler.core import model", "share no code"),
        ("reconciler/core/model.py", "from reconciler import ports", "points at the core"),
        ("reconciler/loose_end.py", "", "points at the core"),
    ],
)
@pytest.mark.prove
def test_an_import_that_points_the_wrong_way_is_found(copy: Path, module: str, line: str, contract: str) -> None:
    with (copy / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(copy)
    assert done.returncode != 0
    assert any(contract in found and "BROKEN" in found for found in done.stdout.splitlines()), done.stdout


def impurities(source: str) -> Iterator[str]:
    """Yield each call that would make pure code depend on more than its arguments."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in IMPURE_CALLS:
                yield f"{called.id}() in line {node.lineno}"
            elif isinstance(called, ast.Attribute) and called.attr in IMPURE_ATTRIBUTES:
                yield f".{called.attr}() in line {node.lineno}"


@pytest.mark.parametrize("source", ["datetime.now(UTC)", "date.today()", "open('x')", "x = print(1)"])
def test_an_impure_call_is_recognised(source: str) -> None:
    assert list(impurities(source))


@pytest.mark.parametrize("package", ["core", "mapping"])
def test_what_decides_reads_no_clock_and_touches_no_machine(package: str) -> None:
    for path in sorted((ROOT / "reconciler" / package).rglob("*.py")):
        assert list(impurities(path.read_text("utf-8"))) == [], path


def test_every_module_says_what_it_is_for() -> None:
    for package in ("portal", "reconciler", "tests"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text("utf-8")
            assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{path} has no docstring"


def test_no_test_replaces_parts_behind_the_back_of_the_code() -> None:
    banned = "mock." + "patch"
    for path in sorted((ROOT / "tests").rglob("*.py")):
        assert banned not in path.read_text("utf-8"), path
