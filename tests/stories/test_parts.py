"""Each of the parts by which people see what happens, stop it, understand it and take it back: one story each, from
both systems' own screens to the portal's pages and back.
"""

from __future__ import annotations

import pytest

from portal.happened import REPAIRS
from reconciler import running
from reconciler.mail import Postman, post
from reconciler.running import Asked
from reconciler.settings import load
from reconciler.store.tables import ConflictRow, PlanRow, QuestionRow, RejectionRow, RunRow
from tests.mail.server import mail_server
from tests.stories.conftest import Begin, S, Told, X

pytestmark = pytest.mark.prove
FEW = "kinds: {customer: {limits: {creates: 2}}}"


def linked(story: Told) -> tuple[str, str]:
    pair = story.world.pairs()[0]
    return pair[S], pair[X]


def test_a_plan_is_looked_at_approved_with_a_reason_and_carried_out_but_for_what_has_moved(begin: Begin) -> None:
    story = begin(2)
    one, other = story.world.pairs()
    for pair in (one, other):
        story.edit(S, pair[S], Fax="+64 9 555 0100")
    story.world.clock.advance(60)
    running.make_plan(story.concord.works, story.concord.connection_id)
    (plan,) = story.rows(PlanRow, status="proposed")
    page = story.page(f"plans/{plan.id}")
    assert "edited in Salesforce" in page
    assert "Approve: carry it out" in page
    assert "A reason is missing" in story.press(f"plans/{plan.id}/approve")
    assert "The next sync carries it out" in story.press(f"plans/{plan.id}/approve", reason="Two new lines")
    story.edit(S, other[S], Fax="+64 9 555 0200")
    report = story.run()
    assert (report["plan_id"], report["actions"]["update"]["xero"]) == (plan.id, 1)
    assert other[X] in report["set_aside"][0]
    page = story.page(f"plans/{plan.id}")
    assert "Two new lines" in page
    assert "Ada" in page
    assert story.run()["actions"]["update"]["xero"] == 1


def test_a_plan_that_a_pause_of_one_side_stops_says_so_and_goes_on_when_writes_are_resumed(begin: Begin) -> None:
    story = begin(2)
    one, other = story.world.pairs()
    story.edit(S, one[S], Fax="+64 9 555 0100")
    story.edit(X, other[X], AccountNumber="HB-1")
    story.world.clock.advance(60)
    running.make_plan(story.concord.works, story.concord.connection_id)
    (plan,) = story.rows(PlanRow, status="proposed")
    story.press(f"plans/{plan.id}/approve", reason="As it should be")
    story.press("pause", side="xero")
    report = story.run()
    assert report["actions"]["update"] == {"salesforce": 1, "xero": 0}
    assert "Writes to Xero are paused" in report["message"]
    assert "stopped by a pause after 1 of 2 changes" in story.page(f"plans/{plan.id}")
    story.edit(S, one[S], Name="Renamed meanwhile")
    story.press("resume", side="xero")
    report = story.run()
    assert (report["plan_id"], report["set_aside"]) == (plan.id, [])
    assert "carried out" in story.page(f"plans/{plan.id}")


def test_a_run_past_a_limit_writes_nothing_is_told_of_by_mail_and_released_on_its_page(begin: Begin) -> None:
    story = begin(1, FEW)
    for number in range(3):
        story.create(Name=f"Harbour Works {number}")
    with mail_server() as box:
        mail = {"CONCORD_SMTP_URL": f"smtp://127.0.0.1:{box.port}", "CONCORD_MAIL_FROM": "c@example.org"}
        settings = load(mail | {"CONCORD_MAIL_TO": "ada@example.org", "CONCORD_PUBLIC_URL": "https://c.example.org"})
        postman = Postman(post(settings), story.concord.works.engine, story.world.clock)
        postman.look()
        assert story.run()["status"] == "halted"
        assert len(story.world.state(X)) == 1
        (plan,) = story.rows(PlanRow, status="held")
        assert "waits for your approval" in story.page("")
        assert "New records: 3 found, 2 allowed, in Xero" in story.page(f"plans/{plan.id}")
        assert [postman.look(), postman.look()] == [1, 0]
        assert f"/plans/{plan.id}" in str(box.letters[-1].get_content())
        story.press(f"plans/{plan.id}/approve", reason="A new branch")
        assert story.run()["actions"]["create"]["xero"] == 3
        assert postman.look() == 1
        assert "well again" in str(box.letters[-1]["Subject"])


def test_a_records_page_says_who_typed_a_value_and_the_run_that_carried_it_is_taken_back(begin: Begin) -> None:
    story = begin()
    account, contact = linked(story)
    before = story.shown(X, contact)["Phones"]
    story.edit(S, account, Phone="+64 9 555 0100")
    run = story.run()["run_id"]
    why = story.page(f"records/xero/{contact}/why/phone")
    assert "Hana Tuiasau" in why
    assert f"Sync {run}" in why
    assert "+64 9 555 0100" in why
    assert "Undo: show what it would do" in story.page(f"syncs/{run}")
    assert "Nothing is written yet" in story.press(f"syncs/{run}/undo")
    (plan,) = story.rows(PlanRow, status="proposed")
    story.press(f"plans/{plan.id}/approve", reason="Typed into the wrong customer")
    story.run()
    assert story.shown(X, contact)["Phones"] == before
    (held,) = story.rows(ConflictRow, status="open")
    assert "was taken back" in story.page(f"conflicts/{held.id}")
    assert story.run()["actions"]["update"] == {"salesforce": 0, "xero": 0}
    assert "taken back" in story.page(f"records/xero/{contact}/why/phone")


def test_the_proof_lists_each_write_with_the_flag_it_rested_on(begin: Begin) -> None:
    story = begin()
    story.create(Name="Harbour Works")
    hidden = story.world.edit(S, "", {"Name": "Nobody's Business"}, do="create")
    story.run()
    proof = story.page("proof")
    assert "Harbour Works" in proof
    assert "Sync_with_Xero__c" in proof
    assert "Nobody's Business" not in proof
    assert hidden not in proof


def test_a_deletion_is_asked_about_followed_on_a_persons_word_and_what_returns_is_told(begin: Begin) -> None:
    story = begin()
    account, contact = linked(story)
    story.world.edit(S, account, do="delete")
    assert story.run()["questions"] == 1
    (question,) = story.rows(QuestionRow, status="open")
    page = story.page(f"questions/{question.id}")
    assert "deleted" in page.lower()
    story.world.edit(S, account, do="undelete")
    story.run()
    assert "stand" in story.rows(QuestionRow, id=question.id)[0].closed_because
    story.world.edit(S, account, do="delete")
    story.run()
    (again,) = story.rows(QuestionRow, status="open")
    story.press(f"questions/{again.id}/answer", choice="retire", reason="They closed")
    story.run()
    assert story.shown(X, contact)["ContactStatus"] == "ARCHIVED"


def test_a_refused_value_is_explained_given_away_typed_anew_and_stands_on_both_sides(begin: Begin) -> None:
    story = begin()
    account, contact = linked(story)
    story.edit(X, contact, AccountNumber="A" * 45)
    assert story.run()["rejections"] == 1
    (rejection,) = story.rows(RejectionRow, status="open")
    page = story.page(f"fixing/{rejection.id}")
    assert "holds at most 40 characters; this value has 45" in page
    assert "Shorten it by 5" in page
    story.press(f"work/rejection/{rejection.id}/comment", text="Asked their office")
    assert "Asked their office" in story.page(f"fixing/{rejection.id}")
    story.press(f"fixing/{rejection.id}/edit", value="HB-45", reason="Their own short form")
    story.run()
    assert story.shown(S, account)["AccountNumber"] == story.shown(X, contact)["AccountNumber"] == "HB-45"
    assert story.rows(RejectionRow, status="open") == []


def test_a_customer_that_was_refused_as_a_whole_is_made_under_the_name_that_is_typed(begin: Begin) -> None:
    story = begin()
    account = story.create(Name="Harbour <Works>")
    assert story.run()["actions"]["create"]["xero"] == 0
    (rejection,) = story.rows(RejectionRow, status="open")
    assert "cannot hold < or >" in story.page(f"fixing/{rejection.id}")
    pressed = story.press(f"fixing/{rejection.id}/edit", field="name", value="Harbour Works", reason="A slip")
    assert "the next sync writes your value to both sides" in pressed
    assert story.run()["actions"]["create"]["xero"] == 1
    story.run()
    assert story.shown(S, account)["Name"] == "Harbour Works"
    assert "Harbour Works" in [contact["Name"] for contact in story.world.state(X)]
    assert story.rows(RejectionRow, status="open") == []


def test_calls_that_are_spent_end_a_run_cleanly_and_the_pages_say_how_many_are_left(begin: Begin) -> None:
    story = begin()
    account, contact = linked(story)
    used = story.world.calls(X)
    story.world.control(X, "settings", {"day_limit": used + 3})
    problem, number = "", 0
    while not problem:
        number += 1
        story.edit(S, account, Phone=f"+64 9 555 {number:04}")
        problem = story.run().get("problem", "")
        assert number < 20
    assert problem == "spent"
    assert "allows no more calls for now" in story.page("")
    assert "Left today 2 of 4,999" in story.page("settings"), "the last two are for looking"
    assert "nothing is lost meanwhile" in story.page("settings")
    story.world.control(X, "settings", {"day_limit": 5_000})
    for _ in range(8):
        story.run(later=4 * 3600)
    assert story.run()["status"] == "done"
    phones = [phone.get("PhoneNumber") for phone in story.shown(X, contact)["Phones"]]
    assert f"+64 9 555 {number:04}" in phones, "nothing is lost"


def test_what_no_delta_shows_is_found_by_the_full_compare_and_listed(begin: Begin) -> None:
    story = begin()
    account, contact = linked(story)
    story.edit(X, contact, Balances={"AccountsReceivable": {"Outstanding": 1250.5, "Overdue": 300}})
    story.world.control(S, "clock", {"offset_seconds": -3600})
    story.edit(S, account, Phone="+64 9 555 0100")
    story.world.control(S, "clock", {"offset_seconds": 0})
    assert story.run()["actions"]["update"] == {"salesforce": 0, "xero": 0}
    assert "is asked for" in story.press("sync", full="1")
    (asked,) = story.rows(RunRow, status="queued")
    report = running.run(story.concord.works, story.concord.connection_id, Asked(by="schedule"), run_id=asked.id)
    assert report["actions"]["update"] == {"salesforce": 1, "xero": 1}
    assert story.shown(S, account)["Xero_Outstanding__c"] == 1250.5
    page = story.page("settings")
    assert "Salesforce 1 read, 1 found that had been missed" in page
    assert REPAIRS["late"] in page


def test_a_clash_quotes_both_systems_own_histories_where_it_is_decided(begin: Begin) -> None:
    story = begin(1, "kinds: {customer: {fields: {phone: {policy: ask}}}}")
    story.world.control(S, "settings", {"field_history": ["Phone"]})
    account, contact = linked(story)
    story.edit(S, account, Phone="+64 9 555 0100")
    story.world.clock.advance(600)
    story.edit(X, contact, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "+64 9 555 0200"}])
    story.run()
    (conflict,) = story.rows(ConflictRow, status="open")
    page = story.page(f"conflicts/{conflict.id}")
    assert "As Salesforce tells it" in page
    assert "As Xero tells it" in page
    story.press(f"conflicts/{conflict.id}/decide", take="xero", reason="They called", **story.seen(conflict.id))
    story.run()
    assert story.shown(S, account)["Phone"] == "+64 9 555 0200"


def test_monitoring_sees_runs_calls_and_what_waits_of_a_real_sync(begin: Begin) -> None:
    story = begin()
    account, contact = linked(story)
    for side, ref in ((S, account), (X, contact)):
        story.edit(side, ref, Name=f"Named in {side}")
    story.run()
    assert story.browser.get("/healthz").status_code == 200
    ready = story.browser.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (200, "ready")
    story.world.clock.advance(61)
    assert story.browser.get("/readyz").get_json()["faults"] == ["no scheduler has reported for a minute"]
    metrics = story.browser.get("/metrics").text
    assert 'concord_open{connection="1",what="conflicts"} 1' in metrics
    assert 'concord_runs{connection="1",status="open"} 1' in metrics
    assert "Named in" not in metrics
