"""What waits is given to people, put off and written beside; lists show whose it is, and nothing is lost by it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.store.tables import EventRow, RejectionRow, UserRow, WorkRow
from tests.portal.world import NAMES, ago

LISTS = {"conflict": "/c/1/review", "question": "/c/1/questions", "rejection": "/c/1/fixing"}
FIRST = {"conflict": 'id="conflict-1"', "question": 'id="question-1"', "rejection": 'id="fix-1"'}


@pytest.fixture(
    params=["conflict", *(pytest.param(each, marks=pytest.mark.prove) for each in ("question", "rejection"))]
)
def what(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def listed(client: FlaskClient, what: str, whose: str = "") -> bool:
    return FIRST[what] in client.get(LISTS[what], query_string={"whose": whose}).text


def test_what_is_given_to_a_person_is_theirs_until_it_is_given_back(
    what: str, rui: FlaskClient, ada: FlaskClient
) -> None:
    assert (listed(rui, what, "mine"), listed(rui, what, "nobody")) == (False, True)
    text = ada.post(f"/c/1/work/{what}/1/assign", data={"to": "Rui"}, follow_redirects=True).text
    assert "Rui’s" in text
    assert (listed(rui, what, "mine"), listed(rui, what, "nobody"), listed(ada, what, "mine")) == (True, False, False)
    rui.post(f"/c/1/work/{what}/1/assign", data={"to": ""})
    assert (listed(rui, what, "mine"), listed(rui, what, "nobody")) == (False, True)


def test_what_is_put_off_leaves_the_list_and_the_counts_and_comes_back(
    what: str, rui: FlaskClient, session: Session
) -> None:
    before = rui.get("/c/1/").text
    rui.post(f"/c/1/work/{what}/1/snooze", data={"for": "7"})
    assert (listed(rui, what), listed(rui, what, "snoozed")) == (False, True)
    assert rui.get("/c/1/").text.partition('class="tiles"')[2] != before.partition('class="tiles"')[2]
    session.get_one(WorkRow, (what, 1)).snoozed_until = ago(seconds=1)
    session.commit()
    assert (listed(rui, what), listed(rui, what, "snoozed")) == (True, False)


@pytest.mark.prove
def test_it_can_be_brought_back_at_once(what: str, rui: FlaskClient) -> None:
    rui.post(f"/c/1/work/{what}/1/snooze", data={"for": "30"})
    rui.post(f"/c/1/work/{what}/1/wake")
    assert listed(rui, what)


def test_a_comment_is_shown_beside_it_and_escaped(what: str, rui: FlaskClient, vera: FlaskClient) -> None:
    rui.post(f"/c/1/work/{what}/1/comment", data={"text": "I asked them <b>twice</b>"})
    text = vera.get(LISTS[what]).text
    assert "I asked them &lt;b&gt;twice&lt;/b&gt;" in text
    assert "1 comment" in text


def test_what_is_put_off_says_the_day_on_which_it_comes_back(rui: FlaskClient) -> None:
    rui.post("/c/1/work/conflict/1/snooze", data={"for": "7"})
    text = re.sub(r"<[^>]*>", "", rui.get("/c/1/review?whose=snoozed").text)
    assert "put off until 24 March 2026, 09:30 UTC" in text


def test_what_was_done_to_it_is_in_the_activity(rui: FlaskClient, session: Session) -> None:
    rui.post("/c/1/work/conflict/1/assign", data={"to": "Ada"})
    rui.post("/c/1/work/conflict/1/comment", data={"text": "Secret thought"})
    rows = list(session.scalars(select(EventRow).where(EventRow.what.startswith("work."))))
    assert [(row.what, row.by, row.subject) for row in rows] == [
        ("work.assigned", "Rui", "conflict 1"),
        ("work.commented", "Rui", "conflict 1"),
    ]
    assert "Secret thought" not in str([row.details for row in rows])
    text = " ".join(rui.get("/c/1/activity").text.split())
    assert 'assigned <a href="/c/1/conflicts/1">conflict 1</a>' in text


@pytest.mark.parametrize("path", ["work/conflict/99/assign", "work/marriage/1/assign", "work/rejection/99/comment"])
def test_what_does_not_wait_cannot_be_taken_in_hand(path: str, rui: FlaskClient) -> None:
    assert rui.post(f"/c/1/{path}", data={"to": "Rui", "text": "x"}).status_code == 404


@pytest.mark.prove
def test_it_is_given_only_to_somebody_who_may_sign_in(ada: FlaskClient, session: Session) -> None:
    session.scalars(select(UserRow).where(UserRow.name == "Vera")).one().disabled_at = ago(days=1)
    session.commit()
    for name in ("Vera", "Nobody at all"):
        text = ada.post("/c/1/work/conflict/1/assign", data={"to": name}, follow_redirects=True).text
        assert "who may sign in" in text
    assert session.get(WorkRow, ("conflict", 1)) is None


@pytest.mark.prove
def test_a_list_that_there_is_not_is_no_page(rui: FlaskClient) -> None:
    assert rui.get("/c/1/review?whose=theirs").status_code == 404


def test_a_viewer_sees_whose_it_is_and_changes_nothing(vera: FlaskClient) -> None:
    assert vera.post("/c/1/work/conflict/1/assign", data={"to": "Vera"}).status_code == 403
    assert "Nobody’s yet" in vera.get("/c/1/review").text
    assert "Assign it to" not in vera.get("/c/1/review").text


@pytest.mark.prove
def test_what_is_put_off_is_still_decided_and_retried(rui: FlaskClient, session: Session) -> None:
    rui.post("/c/1/work/rejection/1/snooze", data={"for": "7"})
    assert f"{NAMES[3]} is tried again" in rui.post("/c/1/fixing/1/retry", follow_redirects=True).text
    assert session.get_one(RejectionRow, 1).status == "retrying"


def test_filters_are_kept_under_a_name_by_each_person_for_themselves(rui: FlaskClient, ada: FlaskClient) -> None:
    form = {"name": "My <phones>", "show": "open", "field": "phone", "whose": "nobody"}
    text = rui.post("/c/1/review/views", data=form, follow_redirects=True).text
    assert "My &lt;phones&gt;</a>" in text
    assert 'href="/c/1/review?show=open&amp;field=phone&amp;whose=nobody"' in text
    assert "My &lt;phones&gt;" not in ada.get("/c/1/review").text
    rui.post("/c/1/review/views", data={"name": "My <phones>", "forget": "1"})
    assert "My &lt;phones&gt;</a>" not in rui.get("/c/1/review").text


@pytest.mark.prove
def test_a_view_without_a_name_or_one_too_many_is_refused(rui: FlaskClient) -> None:
    assert "A name has 1 to 60" in rui.post("/c/1/review/views", data={"field": "x"}, follow_redirects=True).text
    for number in range(21):
        answer = rui.post("/c/1/review/views", data={"name": f"n{number}", "field": "fax"}, follow_redirects=True)
    assert "You keep 20 views already" in answer.text
