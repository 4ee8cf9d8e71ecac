"""The other lists a person works through: questions, refusals, syncs, plans, records."""

from __future__ import annotations

import html

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.store.tables import ConflictRow, LinkRow, PlanRow, QuestionRow, RecordRow, RejectionRow, RunRow
from tests.portal.world import NAMES, salesforce_id, xero_id


def test_a_question_shows_the_records_and_every_answer(rui: FlaskClient) -> None:
    text = rui.get("/c/1/questions/1").text
    for part in ("Aurora Brewing may be Aurora Brewing Co", "it is covered by", "create it under the name", "Leave it"):
        assert part in text


def test_a_possible_match_leads_to_both_records_side_by_side(rui: FlaskClient, session: Session) -> None:
    row = session.get_one(QuestionRow, 1)
    row.details = {"candidates": [{"ref": f"xero:{xero_id(1)}", "score": 80, "reasons": ["same name"], "against": []}]}
    session.commit()
    assert '<a href="/c/1/questions/1">Compare them field by field</a>' in rui.get("/c/1/questions").text
    assert "Compare them" not in rui.get("/c/1/questions/1").text


def test_an_answer_is_recorded_for_the_next_sync(rui: FlaskClient, session: Session) -> None:
    form = {"choice": f"covered:xero:{xero_id(1)}", "reason": "A branch"}
    rui.post("/c/1/questions/1/answer", data=form)
    row = session.get_one(QuestionRow, 1)
    assert (row.status, row.answer, row.by, row.reason) == ("answered", form["choice"], "Rui", "A branch")


def test_creating_under_another_name_takes_the_name(rui: FlaskClient, session: Session) -> None:
    rui.post("/c/1/questions/1/answer", data={"choice": "create_as", "name": "Aurora (North)"})
    assert session.get_one(QuestionRow, 1).answer == "create_as:Aurora (North)"


def test_an_answer_that_cannot_be_taken_says_why_and_loses_nothing(rui: FlaskClient, session: Session) -> None:
    form = {"choice": "create_as", "name": " ", "reason": "They are two"}
    answer = rui.post("/c/1/questions/1/answer", data=form)
    assert answer.status_code == 422
    assert "Type it below the answer." in answer.text
    assert 'value="They are two"' in answer.text
    assert 'value="create_as" required checked' in answer.text
    assert session.get_one(QuestionRow, 1).status == "open"


@pytest.mark.parametrize("form", [{}, {"choice": "marry"}, {"choice": "create_as", "name": " "}])
def test_an_answer_that_is_none_is_refused(rui: FlaskClient, session: Session, form: dict[str, str]) -> None:
    text = rui.post("/c/1/questions/1/answer", data=form, follow_redirects=True).text
    assert "notice-danger" in text
    assert session.get_one(QuestionRow, 1).status == "open"


def test_a_refusal_says_cause_remedy_and_what_was_to_be_written(rui: FlaskClient) -> None:
    text = rui.get("/c/1/fixing").text
    for part in (
        "it is not valid",
        "Correct the e-mail address",
        "accounts@",
        "Tried again as soon as the value changes",
    ):
        assert part in text


def test_it_can_be_tried_again(rui: FlaskClient, session: Session) -> None:
    text = rui.post("/c/1/fixing/1/retry", follow_redirects=True).text
    assert f"{NAMES[3]} is tried again by the next sync." in text
    assert session.get_one(RejectionRow, 1).status == "retrying"


def test_a_sync_says_what_it_wrote_where_and_why(rui: FlaskClient) -> None:
    text = rui.get("/c/1/syncs/3").text
    for part in (NAMES[4], "<del>+64 9 555 0002</del>", "<ins>+64 21 555 222</ins>", "Edited in Salesforce only",
                 "refused, needs fixing", "asked for by the schedule"):  # fmt: skip
        assert part in text


def test_quiet_syncs_are_one_line(rui: FlaskClient) -> None:
    assert "5 syncs found nothing to do" in rui.get("/c/1/syncs").text


def test_what_people_changed_stands_between_the_syncs(rui: FlaskClient) -> None:
    text = rui.get("/c/1/syncs").text
    assert text.index("syncs/3") < text.index("decided a conflict") < text.index("syncs/2")


def test_a_stopped_plan_names_the_limits_and_waits(ada: FlaskClient) -> None:
    text = ada.get("/c/1/plans/2").text
    assert "New records: <b>140</b> found, 100 allowed, in Xero" in text
    assert "Approve: carry it out" in text


def test_a_plan_is_approved_with_a_reason_and_a_sync_is_asked_for(ada: FlaskClient, session: Session) -> None:
    ada.post("/c/1/plans/2/approve", data={"reason": "New branch"})
    row = session.get_one(PlanRow, 2)
    assert (row.status, row.decided_by, row.reason) == ("approved", "Ada", "New branch")
    assert session.scalars(select(RunRow).where(RunRow.status == "queued")).one().asked_by == "Ada"


def test_a_preview_tells_of_the_approved_one_that_is_carried_out_first(ada: FlaskClient, session: Session) -> None:
    session.get_one(PlanRow, 1).status = "proposed"
    session.commit()
    told = '<a href="/c/1/plans/2">Preview 2</a> was approved before, and is carried out first.'
    assert told not in ada.get("/c/1/plans/1").text
    ada.post("/c/1/plans/2/approve", data={"reason": "New branch"})
    assert f"nothing was written. {told}" in ada.get("/c/1/plans/1").text


def test_a_plan_is_not_decided_without_a_reason(ada: FlaskClient, session: Session) -> None:
    for path in ("approve", "drop"):
        assert "A reason is missing" in ada.post(f"/c/1/plans/2/{path}", follow_redirects=True).text
    assert session.get_one(PlanRow, 2).status == "held"


def test_a_plan_can_be_dropped_once(ada: FlaskClient, session: Session) -> None:
    ada.post("/c/1/plans/2/drop", data={"reason": "A mistake"})
    assert session.get_one(PlanRow, 2).status == "dropped"
    again = ada.post("/c/1/plans/2/approve", data={"reason": "Or not"}, follow_redirects=True)
    assert "it no longer waits" in again.text


def test_a_record_shows_both_sides_what_was_agreed_and_why(rui: FlaskClient) -> None:
    text = rui.get(f"/c/1/records/xero/{xero_id(2)}").text
    for part in ("Account", "Contact", "same as now", "sync 3", "Edited in Salesforce only", "Agreed"):
        assert part in text


def test_a_record_in_dispute_leads_to_the_conflict(rui: FlaskClient) -> None:
    text = rui.get(f"/c/1/records/salesforce/{salesforce_id(1)}").text
    assert "/c/1/conflicts/1" in text
    assert "Conflict" in text


def test_a_record_without_a_partner_says_why(rui: FlaskClient) -> None:
    assert "not opted in" in rui.get(f"/c/1/records/xero/{xero_id(901)}").text
    assert "waits for an answer" in rui.get(f"/c/1/records/salesforce/{salesforce_id(900)}").text


def test_a_record_whose_link_was_closed_still_tells_what_was_agreed(rui: FlaskClient, session: Session) -> None:
    link = session.get_one(LinkRow, 2)
    link.status, link.closed_because = "closed", "The account was merged into another."
    for record in session.scalars(select(RecordRow).where(RecordRow.link_id == 2)):
        record.link_id = None
    session.commit()
    text = rui.get(f"/c/1/records/salesforce/{salesforce_id(2)}").text
    assert "no longer linked: The account was merged into another." in text


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("brew", NAMES[0]),
        ("zurich", NAMES[2]),
        ("ÉTOILE", NAMES[4]),
        ("kowhai", NAMES[10]),
        ("lonely", "Lonely Supplier"),
    ],
)
def test_a_record_is_found_by_any_part_of_its_name(rui: FlaskClient, query: str, there: str) -> None:
    assert there in html.unescape(rui.get("/c/1/records", query_string={"q": query}).text)


@pytest.mark.parametrize("query", [salesforce_id(900), f"salesforce:{salesforce_id(900)}"])
def test_an_id_leads_straight_to_the_record(rui: FlaskClient, query: str) -> None:
    answer = rui.get("/c/1/records", query_string={"q": query})
    assert answer.headers["Location"] == f"/c/1/records/salesforce/{salesforce_id(900)}"


def test_a_pair_is_found_once(rui: FlaskClient) -> None:
    assert rui.get("/c/1/records?q=blixt").text.count("Blixt &amp; Søn") == 1


def test_another_value_is_typed_in_place_of_one_that_was_refused(rui: FlaskClient, session: Session) -> None:
    assert "Type another value, for both sides" in rui.get("/c/1/fixing/1").text
    form = {"value": "accounts@example.org", "reason": "Asked them"}
    text = rui.post("/c/1/fixing/1/edit", data=form, follow_redirects=True).text
    assert "the next sync writes your value to both sides" in text
    assert session.get_one(RejectionRow, 1).status == "retrying"
    row = session.scalars(select(ConflictRow).where(ConflictRow.reason == "refused")).one()
    assert (row.field, row.decision["value"], row.by) == ("email", "accounts@example.org", "Rui")


def test_a_typed_value_that_is_refused_as_well_is_said_at_once(rui: FlaskClient, session: Session) -> None:
    text = rui.post("/c/1/fixing/1/edit", data={"value": "accounts@"}, follow_redirects=True).text
    assert "takes an e-mail address only" in text
    assert session.get_one(RejectionRow, 1).status == "open"
