"""The activity log in words: what was done to what, with the way there, and nothing that only the program can read."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from reconciler.store.tables import EventRow
from tests.portal.test_pages import INSIDE
from tests.portal.world import NAMES, NOW, salesforce_id, xero_id

HERE = f"salesforce:{salesforce_id(1)}"


def told(client: FlaskClient, session: Session, what: str, subject: str, **details: Any) -> str:
    """The newest line of the log, as it is read; links as [text](address)."""
    session.add(EventRow(connection_id=1, at=NOW, by="Ada", what=what, subject=subject, details=details))
    session.commit()
    text = client.get("/c/1/activity").text
    line = re.findall(r'<tr id="event-\d+">(.*?)</tr>', text, re.DOTALL)[0].partition('data-label="What"')[2]
    line = re.sub(r'<a href="([^"]*)">(.*?)</a>', r"[\2](\1)", line)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", f"<{line}")).split())


@pytest.mark.parametrize(
    ("what", "subject", "sentence"),
    [
        ("run.asked", "3", "asked for [sync 3](/c/1/syncs/3)"),
        ("plan.approved", "2", "approved [preview 2](/c/1/plans/2)"),
        ("undo.proposed", "2", "looked at what an undo would do: [preview 2](/c/1/plans/2)"),
        ("rules.saved", "version 2", "changed the rules [version 2](/c/1/rules/versions/2)"),
        ("question.answered", "1", "answered [question 1](/c/1/questions/1)"),
        ("work.snoozed", "rejection 1", "put off [number 1 of what needs fixing](/c/1/fixing/1)"),
        ("link.parted", HERE, f"parted two records [{NAMES[0]}](/c/1/records/salesforce/{salesforce_id(1)})"),
        ("connection.paused", "xero", "paused Xero"),
        ("person.added", "Noor", "let a person in Noor"),
        ("person.signed_in", "Ada", "signed in"),
    ],
)
def test_a_line_leads_to_what_it_is_about(
    ada: FlaskClient, session: Session, what: str, subject: str, sentence: str
) -> None:
    assert told(ada, session, what, subject) == sentence


def test_a_decision_is_told_by_its_record_and_field(ada: FlaskClient, session: Session) -> None:
    line = told(ada, session, "conflict.resolved", "1", name="Aurora", field="phone", winner="value", reason="")
    assert line == "decided a conflict: [Aurora · Phone](/c/1/conflicts/1) winner: a value of their own"


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({"until": "2026-03-24T09:30:12.732043+00:00"}, "until: 24 March 2026, 09:30 UTC"),
        ({"until": "2026-03-17T10:30:12+00:00"}, "until: 10:30 UTC"),
        ({"changes": ["kinds.customer.fields.fax.flow: both -> S2X"]}, "changes: Fax, flow: both → S2X"),
        ({"answer": f"link:xero:{xero_id(1)}"}, f"answer: It is the same: link it to {NAMES[0]}"),
        ({"role": "viewer", "reason": "", "sound": True}, "role: Viewer · sound: yes"),
    ],
)
def test_details_are_words(ada: FlaskClient, session: Session, details: dict[str, Any], sentence: str) -> None:
    assert told(ada, session, "first.checked", "", **details) == f"checked both sides {sentence}"


def test_what_is_for_the_program_stays_inside(ada: FlaskClient, session: Session) -> None:
    line = told(ada, session, "plan.approved", "2", digest="f7a3ef8a2062c7f2", reason="Looked through")
    assert "f7a3" not in line
    assert INSIDE.findall(line) == []
    assert "reason: Looked through" in line


def test_a_line_says_when_to_the_second(ada: FlaskClient, session: Session) -> None:
    told(ada, session, "first.checked", "")
    assert "2026-03-17 09:30:12 UTC" in re.sub(r'title="[^"]*"', "", ada.get("/c/1/activity").text)
