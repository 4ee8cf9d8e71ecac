"""The bootstrap script: what it does on a machine that is not ready, and what it must not do on one that is."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def load_dev(root: Path) -> ModuleType:
    """Load a copy of `dev` as if it stood in another folder."""
    copy = root / "dev"
    shutil.copy(ROOT / "dev", copy)
    loader = importlib.machinery.SourceFileLoader("concord_dev", str(copy))
    module = importlib.util.module_from_spec(importlib.machinery.ModuleSpec("concord_dev", loader, origin=str(copy)))
    module.__file__ = str(copy)
    loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).write_text("# nothing to install\n", encoding="utf-8")
    return tmp_path


def pinned(lock: str) -> dict[str, str]:
    """Return the packages of a lock file with their versions."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE))


def direct(requirements: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", (ROOT / requirements).read_text("utf-8"), flags=re.MULTILINE)
    return dict(found)


def test_the_script_reads_on_python_3_8() -> None:
    ast.parse((ROOT / "dev").read_text("utf-8"), feature_version=(3, 8))


def test_an_old_python_is_answered_with_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dev = load_dev(folder)
    monkeypatch.setattr(dev, "OLDEST", (99, 0))
    assert dev.main(["demo"]) == 2
    assert "Concord needs Python 3.11 or newer" in capsys.readouterr().err


def test_an_unknown_command_is_refused_with_the_list_of_commands() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "dev"), "deploy"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no command 'deploy'" in done.stderr
    assert "demo" in done.stderr


def installing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, list[str]]:
    """Return `dev` with an environment made already, and the list in which it will name each lock it installs from."""
    dev = load_dev(folder)
    installs: list[str] = []
    monkeypatch.delenv("CONCORD_PYTHON", raising=False)
    monkeypatch.setattr(dev, "run_pip", lambda command, _variables, _wanted: installs.append(command[-1]))
    monkeypatch.setattr(dev, "make_venv", dev.in_venv)
    (folder / ".venv").mkdir()
    return dev, installs


def test_byte_code_is_kept_so_that_the_many_processes_of_a_test_run_start_fast(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    dev, _ = installing(folder, monkeypatch)
    assert "PYTHONDONTWRITEBYTECODE" not in dev.environment(dev.RUNTIME).variables


def test_a_second_start_installs_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dev, installs = installing(folder, monkeypatch)
    dev.environment(dev.RUNTIME)
    dev.environment(dev.RUNTIME)
    assert installs == ["requirements.lock"]


def test_a_changed_lock_is_installed_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dev, installs = installing(folder, monkeypatch)
    dev.environment(dev.DEVELOPMENT)
    dev.environment(dev.RUNTIME)
    (folder / "requirements.lock").write_text("# something else\n", encoding="utf-8")
    dev.environment(dev.RUNTIME)
    assert installs == ["requirements-dev.lock", "requirements.lock"]


def test_a_python_without_virtual_environments_installs_beside_the_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev = load_dev(folder)
    commands: list[list[str]] = []

    def cannot() -> None:
        raise dev.Stop("No ensurepip here.")

    def pretend(command: list[str], _variables: dict[str, str], _wanted: int) -> None:
        (folder / ".deps").mkdir()
        commands.append(command)

    monkeypatch.delenv("CONCORD_PYTHON", raising=False)
    monkeypatch.setattr(dev, "make_venv", cannot)
    monkeypatch.setattr(dev, "run_pip", pretend)
    made = dev.environment(dev.RUNTIME)
    assert commands[0][-2:] == ["--target", str(folder / ".deps")]
    assert made.variables["PYTHONPATH"] == str(folder / ".deps")
    assert dev.installed(dev.RUNTIME) == made


def test_an_interpreter_that_was_named_is_used_as_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dev = load_dev(folder)
    monkeypatch.setenv("CONCORD_PYTHON", sys.executable)
    assert dev.environment(dev.RUNTIME).python == Path(sys.executable)
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_with_hashes_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert "//" not in text
    for name in pinned(lock):
        entry = re.search(rf"^{re.escape(name)}==.*?(?=^\S|\Z)", text, flags=re.MULTILINE | re.DOTALL)
        assert entry is not None
        assert "--hash=sha256:" in entry.group(), name


def test_the_locks_hold_what_the_requirements_name() -> None:
    assert direct("requirements.txt").items() <= pinned("requirements.lock").items()
    assert direct("requirements-dev.txt").items() <= pinned("requirements-dev.lock").items()


def test_the_development_lock_holds_everything_of_the_runtime_lock() -> None:
    assert pinned("requirements.lock").items() <= pinned("requirements-dev.lock").items()


def test_the_direct_requirements_stay_few() -> None:
    assert len(direct("requirements.txt")) <= 20
