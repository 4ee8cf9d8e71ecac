"""The review queue: deciding one by one and in bulk, taking decisions back, and never on values nobody saw."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.core.closing import UNSHARED
from reconciler.store.tables import ConflictRow, EventRow, LinkRow, RecordRow, RulesRow
from tests.portal.world import HERE, NAMES, THERE, ago, salesforce_id

FRAGMENT = {"HX-Request": "true"}


def seen(client: FlaskClient, number: int) -> str:
    """What the form on the page carries to say which values were seen."""
    page = client.get(f"/c/1/conflicts/{number}").text
    found = re.search(r'name="seen(?:-\d+)?" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


def conflict(session: Session, number: int) -> ConflictRow:
    session.expire_all()
    return session.get_one(ConflictRow, number)


def test_the_queue_shows_everything_needed_to_decide(rui: FlaskClient) -> None:
    text = rui.get("/c/1/conflicts/1").text
    for part in (NAMES[0], "+64 21 555 111", "+64 9 555 9999", "+64 9 555 0001", "Jane Doe", "40 min ago",
                 "from the record’s change time", "between", "only known to lie between two readings", "proposed",
                 "cannot be told who was last"):  # fmt: skip
        assert part in text


def test_what_was_agreed_is_told_per_side_where_it_differs(rui: FlaskClient, session: Session) -> None:
    conflict(session, 1).baseline = {"salesforce": "(09) 555 0001", "xero": "+64 9 555 0001"}
    session.commit()
    text = rui.get("/c/1/conflicts/1").text
    assert "(09) 555 0001" in text
    assert "+64 9 555 0001" in text


@pytest.mark.parametrize(
    ("show", "there", "not_there"),
    [
        ("open", NAMES[0], NAMES[7]),
        ("unasked", NAMES[8], NAMES[4]),
        ("people", NAMES[4], NAMES[8]),
        ("closed", NAMES[9], NAMES[0]),
    ],
)
def test_each_tab_holds_its_own(rui: FlaskClient, show: str, there: str, not_there: str) -> None:
    text = html.unescape(rui.get(f"/c/1/review?show={show}").text)
    assert there in text
    assert not_there not in text


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", {1, 2, 3, 4}), ("field=phone", {1}), ("reason=first", {3}), ("text=aurora", {1}), ("run=99", set()),
        ("text=" + salesforce_id(6), {2}), ("text=100%25", set()), ("field=phone&text=gr", set()),
    ],
)  # fmt: skip
def test_filters_live_in_the_address(rui: FlaskClient, query: str, numbers: set[int]) -> None:
    text = rui.get(f"/c/1/review?{query}").text
    assert {int(found) for found in re.findall(r'id="conflict-(\d+)"', text)} == numbers


def test_a_long_queue_goes_on_where_the_page_before_ended(rui: FlaskClient, session: Session) -> None:
    pattern = conflict(session, 1)
    names = [column.key for column in ConflictRow.__table__.columns if column.key != "id"]
    session.add_all(ConflictRow(**{name: getattr(pattern, name) for name in names}) for _ in range(60))
    session.commit()
    first = rui.get("/c/1/review?field=phone").text
    more = re.search(r'rel="next" href="([^"]*)"', first)
    assert more is not None
    assert "field=phone" in more[1]
    second = rui.get(html.unescape(more[1])).text
    shown = [set(re.findall(r'id="conflict-(\d+)"', page)) for page in (first, second)]
    assert [len(each) for each in shown] == [50, 11]
    assert not shown[0] & shown[1]


def test_taking_a_side_is_recorded_for_the_next_sync(rui: FlaskClient, session: Session) -> None:
    form = {"take": "salesforce", "reason": "They called", "seen": seen(rui, 1)}
    answer = rui.post("/c/1/conflicts/1/decide", data=form)
    assert answer.headers["Location"] == "/c/1/conflicts/1"
    row = conflict(session, 1)
    assert row.status == "open"
    assert row.decision["winner"] == "salesforce"
    assert row.decision["value"] == "+64 21 555 111"
    assert (row.decision["by"], row.decision["reason"]) == ("Rui", "They called")
    page = rui.get("/c/1/conflicts/1").text
    assert "Carried out by the next sync" in page
    assert "Undo" in page


def test_a_decision_by_htmx_answers_with_the_line_and_the_new_count(rui: FlaskClient) -> None:
    form = {"take": "xero", "seen": seen(rui, 1)}
    text = rui.post("/c/1/conflicts/1/decide", data=form, headers=FRAGMENT).text
    assert "<html" not in text
    assert 'id="conflict-1"' in text
    assert re.search(r'id="count-conflicts" hx-swap-oob="true">.*?2</span>', text, re.DOTALL)


def test_a_typed_value_can_stand_on_both_sides(rui: FlaskClient, session: Session) -> None:
    rui.post("/c/1/conflicts/1/decide", data={"take": "value", "value": " +64 9 777 ", "seen": seen(rui, 1)})
    decision = conflict(session, 1).decision
    assert (decision["winner"], decision["value"]) == ("value", "+64 9 777")


def test_an_address_is_typed_by_its_parts(rui: FlaskClient, session: Session) -> None:
    page = rui.get("/c/1/conflicts/2").text
    assert 'name="value-postcode" value="3000"' in page
    parts = {
        "street": "1 New Street\r\nUnit 9",
        "city": "Melbourne",
        "region": "VIC",
        "postcode": "3002",
        "country": "",
    }
    form = {f"value-{key}": text for key, text in parts.items()}
    rui.post("/c/1/conflicts/2/decide", data=form | {"take": "value", "seen": seen(rui, 2)})
    assert conflict(session, 2).decision["value"] == ["1 New Street\nUnit 9", "Melbourne", "VIC", "3002", ""]


def test_the_parts_of_an_address_that_differ_are_marked(rui: FlaskClient) -> None:
    page = rui.get("/c/1/conflicts/2").text
    assert f"<mark>{HERE[3]}</mark>" in page
    assert f"<mark>{THERE[3]}</mark>" in page
    assert f"<mark>{HERE[1]}</mark>" not in page


def test_a_decision_on_values_that_have_changed_is_refused_and_says_the_new_one(
    rui: FlaskClient, session: Session
) -> None:
    old = seen(rui, 1)
    row = conflict(session, 1)
    row.values = row.values | {"xero": "+64 9 000 0000"}
    session.commit()
    form = {"take": "xero", "seen": old}
    answer = rui.post("/c/1/conflicts/1/decide", data=form, headers=FRAGMENT)
    assert answer.status_code == 409
    line, _, said = answer.text.partition('id="notices"')
    assert "+64 9 000 0000" in line  # in place of what stood there, so that the next look is at what stands now
    assert "Xero now shows “+64 9 000 0000”" in said
    assert 'role="alert"' in said
    assert conflict(session, 1).decision == {}


def test_nobody_overrules_a_decision_that_they_have_not_seen(
    ada: FlaskClient, rui: FlaskClient, session: Session
) -> None:
    old = seen(rui, 1)
    ada.post("/c/1/conflicts/1/decide", data={"take": "xero", "seen": old})
    answer = rui.post("/c/1/conflicts/1/decide", data={"take": "salesforce", "seen": old}, headers=FRAGMENT)
    assert answer.status_code == 409
    assert f"Ada has decided {NAMES[0]} · Phone since you saw it, for Xero’s value." in html.unescape(answer.text)
    assert "Ada: take Xero" in answer.text
    many = {"ids": ["1"], "take": "salesforce", "seen-1": old, "next": "/c/1/review"}
    assert "Ada has decided" in rui.post("/c/1/review/decide", data=many, follow_redirects=True).text
    assert conflict(session, 1).decision["winner"] == "xero"


def test_a_decision_that_was_seen_can_be_decided_otherwise(rui: FlaskClient, session: Session) -> None:
    rui.post("/c/1/conflicts/1/decide", data={"take": "xero", "seen": seen(rui, 1)})
    many = {"ids": ["1"], "take": "salesforce", "seen-1": seen(rui, 1)}
    rui.post("/c/1/review/decide", data=many)
    assert conflict(session, 1).decision["winner"] == "salesforce"


def test_a_decided_one_is_overturned_once(rui: FlaskClient, session: Session) -> None:
    old = seen(rui, 6)
    for _ in range(2):
        text = rui.post("/c/1/conflicts/6/decide", data={"take": "salesforce", "seen": old}, follow_redirects=True).text
    assert "is open about the same field" in text
    field, link = conflict(session, 6).field, conflict(session, 6).link_id
    alike = select(ConflictRow).where(ConflictRow.field == field, ConflictRow.link_id == link)
    assert [row.status for row in session.scalars(alike)].count("open") == 1


def test_a_decision_is_refused_when_a_record_has_moved_since_the_conflict_was_noted(
    rui: FlaskClient, session: Session
) -> None:
    form = {"take": "xero", "seen": seen(rui, 1)}
    record = session.scalars(select(RecordRow).where(RecordRow.side == "xero", RecordRow.link_id == 1)).one()
    record.fields = record.fields | {"phone": "+64 9 123 0000"}
    session.commit()
    answer = rui.post("/c/1/conflicts/1/decide", data=form, follow_redirects=True)
    assert "+64 9 123 0000" in answer.text
    assert conflict(session, 1).decision == {}


def test_a_value_that_a_side_cannot_hold_is_refused_with_the_reason(rui: FlaskClient, session: Session) -> None:
    form = {"take": "value", "value": "9" * 90, "seen": seen(rui, 1)}
    answer = rui.post("/c/1/conflicts/1/decide", data=form, headers=FRAGMENT)
    assert answer.status_code == 422
    assert "notice-danger" in answer.text
    assert conflict(session, 1).decision == {}


def test_a_decision_can_be_taken_back_until_it_is_carried_out(rui: FlaskClient, session: Session) -> None:
    assert rui.post("/c/1/conflicts/4/withdraw").status_code == 303
    row = conflict(session, 4)
    assert (row.decision, row.winner, row.by) == ({}, "", "")
    noted = session.scalars(select(EventRow).where(EventRow.what == "conflict.withdrawn")).one()
    assert (noted.by, noted.subject) == ("Rui", "4")


def test_many_are_decided_at_once_and_named(rui: FlaskClient, session: Session) -> None:
    form = {
        "ids": ["1", "2"],
        "take": "xero",
        "seen-1": seen(rui, 1),
        "seen-2": seen(rui, 2),
        "reason": "Books are right",
    }
    text = html.unescape(rui.post("/c/1/review/decide", data=form, follow_redirects=True).text)
    assert f"Decided for Xero: {NAMES[0]} · Phone, {NAMES[5]} · Billing address." in text
    assert [conflict(session, number).decision["reason"] for number in (1, 2)] == ["Books are right"] * 2


def test_many_are_decided_together_or_not_at_all(rui: FlaskClient, session: Session) -> None:
    form = {"ids": ["1", "2"], "take": "xero", "seen-1": seen(rui, 1), "seen-2": "something else"}
    text = rui.post("/c/1/review/decide", data=form, follow_redirects=True).text
    assert "has changed since you saw it" in text
    assert conflict(session, 1).decision == {}


def test_many_decisions_are_taken_back_at_once(rui: FlaskClient, session: Session) -> None:
    form = {"ids": ["4"], "take": "withdraw", "seen-4": seen(rui, 4)}
    text = rui.post("/c/1/review/decide", data=form, follow_redirects=True).text
    assert f"Decisions taken back: {NAMES[6]}" in html.unescape(text)
    assert conflict(session, 4).decision == {}


def test_choosing_nothing_is_said(rui: FlaskClient) -> None:
    text = rui.post("/c/1/review/decide", data={"take": "xero"}, follow_redirects=True).text
    assert "Nothing was chosen" in text


def test_what_was_decided_without_asking_can_be_decided_otherwise(rui: FlaskClient, session: Session) -> None:
    page = rui.get("/c/1/conflicts/5").text
    assert "Keep Salesforce’s value" in page
    assert "Keep Xero’s value" not in page
    answer = rui.post("/c/1/conflicts/5/decide", data={"take": "salesforce", "seen": seen(rui, 5)})
    assert answer.status_code == 303
    again = session.scalars(select(ConflictRow).where(ConflictRow.reason == "overturned")).one()
    assert again.decision["value"] == "+64 1"


def test_what_a_person_decided_can_be_decided_otherwise_once_it_was_carried_out(
    rui: FlaskClient, session: Session
) -> None:
    row = conflict(session, 5)
    row.by, row.decision = "Ada", {"winner": "xero", "by": "Ada", "value": "+64 2", "shown": {}, "reason": ""}
    session.commit()
    page = rui.get("/c/1/conflicts/5").text
    assert "It has been carried out." in page
    assert "Carried out by the next sync" not in page
    assert "Keep Salesforce’s value" in page


def test_it_cannot_once_somebody_has_edited_it_since(rui: FlaskClient, session: Session) -> None:
    form = {"take": "salesforce", "seen": seen(rui, 5)}
    record = session.scalars(select(RecordRow).where(RecordRow.side == "xero", RecordRow.link_id == 8)).one()
    record.fields = record.fields | {"phone": "+64 3"}
    session.commit()
    answer = rui.post("/c/1/conflicts/5/decide", data=form, headers=FRAGMENT)
    assert answer.status_code == 409
    assert not session.scalars(select(ConflictRow).where(ConflictRow.reason == "overturned")).all()


def test_an_administrator_has_edits_against_the_arrow_held_from_now_on(ada: FlaskClient, session: Session) -> None:
    assert "Hold such edits for review" in ada.get("/c/1/conflicts/6").text
    ada.post("/c/1/conflicts/6/protect")
    newest = session.scalars(select(RulesRow).order_by(RulesRow.version.desc())).first()
    assert newest is not None
    assert "drift: protect" in newest.document


def test_a_conflict_of_another_connection_is_not_reached_through_this_one(rui: FlaskClient, session: Session) -> None:
    conflict(session, 1).connection_id = 2
    session.commit()
    assert rui.get("/c/1/conflicts/1").status_code == 404
    assert rui.post("/c/1/conflicts/1/decide", data={"take": "xero"}).status_code == 404


def test_a_decision_that_came_too_late_is_told(rui: FlaskClient, session: Session) -> None:
    conflict(session, 1).noted = f"Rui decided for Xero at {ago(hours=1):%H:%M}, but Salesforce was edited first."
    session.commit()
    assert "but Salesforce was edited first" in rui.get("/c/1/conflicts/1").text


def test_a_conflict_of_a_pair_that_is_not_shared_is_in_no_queue_and_its_pages_say_why(
    rui: FlaskClient, session: Session
) -> None:
    row = conflict(session, 1)
    row.status, row.closed_because, row.closed_at = "closed", UNSHARED, ago(minutes=5)
    row.noted = "Rui had decided that “+64 9” shall stand. It was not carried out."
    session.commit()
    record = f"/c/1/records/salesforce/{salesforce_id(1)}"
    for page in ("/c/1/conflicts/1", record, f"{record}/why/phone", "/c/1/review?show=closed"):
        text = html.unescape(rui.get(page).text)
        assert UNSHARED in text, page
        assert row.noted in text, page
    assert 'id="conflict-1"' not in rui.get("/c/1/review").text


def test_nothing_is_decided_about_a_pair_that_is_not_shared(rui: FlaskClient, session: Session) -> None:
    before = seen(rui, 1)
    session.get_one(LinkRow, 1).status = "suspended"
    session.commit()
    answer = rui.post("/c/1/conflicts/1/decide", data={"take": "xero", "seen": before}, headers=FRAGMENT)
    assert answer.status_code == 409
    assert "The pair is not shared at present" in answer.text
    assert conflict(session, 1).decision == {}


def test_a_viewer_is_offered_no_decisions(vera: FlaskClient) -> None:
    text = vera.get("/c/1/review").text
    assert "Take Salesforce" not in text
    assert 'name="ids"' not in text
