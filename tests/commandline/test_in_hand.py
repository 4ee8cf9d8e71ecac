"""Assign, snooze, comment, retry with a value, and mail, as a script calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from reconciler.__main__ import main
from reconciler.store.database import make_engine
from reconciler.store.tables import CommentRow
from tests.mail.server import mail_server
from tests.portal.conftest import filled

__all__ = ["filled"]

pytestmark = pytest.mark.prove


class Calls:
    """`python -m reconciler` on the portal's world."""

    def __init__(self, capsys: pytest.CaptureFixture[str], url: str) -> None:
        self.capsys, self.url = capsys, url

    def __call__(self, *words: str) -> int:
        self.capsys.readouterr()
        return main(list(words))

    def ids(self, *words: str) -> list[int]:
        assert self("conflicts", "--connection", "Northwind", "--json", *words) == 0
        return [row["id"] for row in json.loads(self.capsys.readouterr().out)]


@pytest.fixture
def concord(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Calls:
    copy = tmp_path / "concord.db"
    copy.write_bytes(filled.read_bytes())
    monkeypatch.setenv("CONCORD_DATABASE_URL", f"sqlite:///{copy}")
    monkeypatch.setenv("CONCORD_INSTANCE", str(tmp_path))
    return Calls(capsys, f"sqlite:///{copy}")


def test_a_conflict_is_given_away_and_back(concord: Calls) -> None:
    assert concord("assign", "conflict", "1", "--to", "Rui") == 0
    assert concord.ids("--assigned", "Rui") == [1]
    assert 1 not in concord.ids("--unassigned")
    assert concord("assign", "conflict", "1", "--nobody") == 0
    assert concord.ids("--assigned", "Rui") == []


def test_scripts_see_what_is_put_off_and_until_when(concord: Calls) -> None:
    before = concord.ids()
    assert concord("snooze", "conflict", "2", "--until", "2199-01-01") == 0
    assert concord.ids() == before
    assert concord.ids("--snoozed") == [2]
    assert concord("conflicts", "--connection", "Northwind", "--json", "--snoozed") == 0
    (row,) = json.loads(concord.capsys.readouterr().out)
    assert row["snoozed_until"].startswith("2199-01-01")
    assert concord("snooze", "conflict", "2", "--wake") == 0
    assert concord.ids("--snoozed") == []


def test_a_comment_is_written_and_listed(concord: Calls) -> None:
    assert concord("comment", "rejection", "1", "I asked them") == 0
    assert concord("rejections", "--connection", "Northwind", "--json") == 0
    (row,) = json.loads(concord.capsys.readouterr().out)
    assert [each["text"] for each in row["comments"]] == ["I asked them"]
    engine = make_engine(concord.url)
    with Session(engine) as session:
        assert session.query(CommentRow).count() == 1
    engine.dispose()


@pytest.mark.parametrize(
    "words",
    [("assign", "conflict", "1", "--to", "Nobody"), ("assign", "question", "99", "--nobody"),
     ("snooze", "conflict", "1", "--until", "1999-01-01"), ("comment", "conflict", "1", " "), ("mail", "--test"),
     ("retry", "1", "--value", "accounts@")],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_is_the_callers_fault(concord: Calls, words: tuple[str, ...]) -> None:
    assert concord(*words) == 2


def test_a_refused_value_is_typed_anew(concord: Calls) -> None:
    assert concord("retry", "1", "--value", "accounts@example.org", "--reason", "Asked") == 0
    assert concord("rejections", "--connection", "Northwind", "--status", "retrying", "--json") == 0
    assert [row["id"] for row in json.loads(concord.capsys.readouterr().out)] == [1]


def test_mail_is_shown_tested_and_looked_after(concord: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server() as box:
        monkeypatch.setenv("CONCORD_SMTP_URL", f"smtp://me:canary-secret@127.0.0.1:{box.port}")
        monkeypatch.setenv("CONCORD_MAIL_FROM", "concord@example.org")
        monkeypatch.setenv("CONCORD_MAIL_TO", "ada@example.org")
        assert concord("mail", "--test", "--look", "--json") == 0
        printed = concord.capsys.readouterr()
        shown = json.loads(printed.out)
        assert (shown["to"], shown["sent"], shown["fault"]) == (["ada@example.org"], 1, None)  # a plan is held there
        assert len(box.letters) == 2
        assert "canary-secret" not in printed.out + printed.err
