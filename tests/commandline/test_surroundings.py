"""What surrounds a command: settings, database, folders, numbers, and whoever reads what it prints."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest

from reconciler import settings
from reconciler.__main__ import main
from reconciler.errors import Usage
from reconciler.vault import KEY_FILE, secret_keys


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONCORD_DATABASE_URL", f"sqlite:///{tmp_path / 'concord.db'}")
    monkeypatch.setenv("CONCORD_INSTANCE", str(tmp_path))
    return tmp_path


def listed(capsys: pytest.CaptureFixture[str]) -> str:
    """List conflicts, which must be refused as the caller's to mend; what was said."""
    assert main(["conflicts", "--connection", "acme"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


@pytest.mark.parametrize("address", ["nonsense", "mysql://somebody:geheim@127.0.0.1/x", "sqlite:////dev/null/x/y.db"])
def test_an_address_that_names_no_database_is_the_callers_to_mend(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONCORD_DATABASE_URL", address)
    said = listed(capsys)
    assert "CONCORD_DATABASE_URL" in said
    assert "geheim" not in said


def test_a_database_of_a_newer_concord_is_left_as_it_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(place / "concord.db") as db:
        db.execute("CREATE TABLE alembic_version (version_num TEXT)")
        db.execute("INSERT INTO alembic_version VALUES ('9999')")
    assert "newer Concord" in listed(capsys)
    with sqlite3.connect(place / "concord.db") as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("alembic_version",)]


def test_a_file_that_is_no_database_is_named_and_kept(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "concord.db").write_bytes(b"a letter, not a database" * 100)
    assert "cannot be read as a database" in listed(capsys)
    assert (place / "concord.db").read_bytes().startswith(b"a letter")


def test_a_wait_of_nothing_is_no_setting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CONCORD_CONNECT_TIMEOUT", "-1")
    assert "CONCORD_CONNECT_TIMEOUT" in listed(capsys)


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", "--salesforce-port", "99999"],
        ["simulate", "--records", "-4"],
        ["resolve", "99999999999999999999", "--take", "xero"],
        ["undo", "minus one"],
        ["pause", "--connection", "acme", "--until", "tomorrow"],
    ],
)
def test_a_number_or_date_that_cannot_be_is_told_in_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert " is no " in capsys.readouterr().err


def test_a_scenario_that_nobody_wrote_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--scenario", "nobodys"]) == 2
    assert "synced" in capsys.readouterr().err


def test_the_secret_key_is_kept_whole_or_told_of(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = {"CONCORD_INSTANCE": str(place / "new")}
    (key,) = secret_keys(settings.load(values))
    assert secret_keys(settings.load(values)) == [key]
    assert [path.name for path in (place / "new").iterdir()] == [KEY_FILE]
    assert (place / "new" / KEY_FILE).stat().st_mode & 0o077 == 0
    (place / "file").touch()
    with pytest.raises(Usage, match="CONCORD_SECRET_KEY"):
        secret_keys(settings.load({"CONCORD_INSTANCE": str(place / "file")}))


def test_whoever_stops_reading_ends_the_command_without_a_fuss(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as unread:
        monkeypatch.setattr(sys, "stdout", unread)
        assert main(["metadata", "--out", str(place / "fields.zip")]) == 141
        monkeypatch.undo()
    assert (place / "fields.zip").exists()
    assert capsys.readouterr().err == ""
