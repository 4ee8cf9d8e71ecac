"""Undo, why, parting and proof as people meet them: in the portal, over a connection that has really run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal import create_app
from portal.extensions import db
from reconciler.core.model import Ref
from reconciler.errors import Unavailable, Usage
from reconciler.retold import histories
from reconciler.settings import load
from reconciler.store.tables import RunRow, UserRow
from tests.engine.bench import Bench, S, X
from tests.portal.test_pages import INSIDE, read


@pytest.fixture
def browser(bench: Bench, tmp_path: Path) -> Iterator[FlaskClient]:
    """An administrator's browser on the bench's own database."""
    with bench.session() as session:
        session.query(UserRow).delete()
        now = bench.clock.now()
        session.add(UserRow(id=1, name="Ada", role="administrator", password="-", stamp="stamp", created_at=now))
        session.add(UserRow(id=2, name="Vera", role="viewer", password="-", stamp="stamp", created_at=now))
        session.commit()
    place = {"CONCORD_DATABASE_URL": str(bench.engine.url), "CONCORD_INSTANCE": str(tmp_path)}
    app = create_app(load(place), now=bench.clock.now, config={"TESTING": True, "WTF_CSRF_ENABLED": False})
    yield signed_in(app.test_client(), 1)
    with app.app_context():
        db.engine.dispose()


def signed_in(client: FlaskClient, number: int) -> FlaskClient:
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = f"{number}:stamp", True
    return client


def carried(bench: Bench) -> tuple[str, str, int]:
    account, contact = bench.linked(phone="+64 9 1")
    bench.edit(S, account, phone="+64 9 2")
    return account, contact, bench.run()["run_id"]


def test_an_undo_is_shown_first_approved_with_a_reason_and_carried_out(bench: Bench, browser: FlaskClient) -> None:
    _account, contact, run = carried(bench)
    page = browser.get(f"/c/{bench.id}/syncs/{run}")
    assert "Undo: show what it would do" in page.text
    shown = browser.post(f"/c/{bench.id}/syncs/{run}/undo", follow_redirects=True)
    assert "Nothing is written yet" in shown.text
    assert "Undo of" in shown.text
    assert bench.shown(X, contact)["phone"] == "+64 9 2"
    plan = re.search(r"/plans/(\d+)/approve", shown.text)
    assert plan
    browser.post(f"/c/{bench.id}/plans/{plan[1]}/approve", data={"reason": "A wrong import."})
    asked = bench.rows(RunRow)[-1].id
    bench.clock.advance(5)
    report = bench.run()
    assert report["run_id"] != asked
    assert bench.shown(X, contact)["phone"] == "+64 9 1"
    queue = browser.get(f"/c/{bench.id}/review?reason=undone&run={report['run_id']}")
    assert "Taken back, waiting for your word" in queue.text


def test_the_preview_names_what_is_left_alone(bench: Bench, browser: FlaskClient) -> None:
    account, contact, run = carried(bench)
    bench.edit(X, contact, phone="+64 9 3")
    bench.run()
    shown = browser.post(
        f"/c/{bench.id}/syncs/{run}/undo", data={"record": f"salesforce:{account}"}, follow_redirects=True
    )
    left = " ".join(shown.text.partition("Left alone")[2].split())
    name = bench.shown(X, contact)["name"]
    assert f'{contact}">{name}</a>, Phone: it has been edited since.' in left


def test_a_records_page_leads_to_why_and_why_tells_the_chain(bench: Bench, browser: FlaskClient) -> None:
    account, _contact, run = carried(bench)
    path = f"/c/{bench.id}/records/salesforce/{account}/why/phone"
    assert path in browser.get(f"/c/{bench.id}/records/salesforce/{account}").text
    page = browser.get(path).text
    assert f"Sync {run} wrote it in Xero" in page
    assert "rules version 1" in page


def test_two_records_are_parted_on_their_page(bench: Bench, browser: FlaskClient) -> None:
    account, _contact, _ = carried(bench)
    data = {"reason": "Two firms."}
    page = browser.post(f"/c/{bench.id}/records/salesforce/{account}/unlink", data=data, follow_redirects=True)
    assert "Two firms." in page.text
    assert bench.links() == []


def test_one_field_is_taken_back_from_its_line_on_the_records_page(bench: Bench, browser: FlaskClient) -> None:
    account, contact = bench.linked(phone="+64 9 1", fax="+64 9 2")
    bench.edit(S, account, phone="+64 9 3", fax="+64 9 4")
    run = bench.run()["run_id"]
    page = browser.get(f"/c/{bench.id}/records/xero/{contact}").text
    assert page.count("Undo this field") == 2
    fields = r'name="record" value="([^"]+)"><input type="hidden" name="field" value="fax"'
    form = re.search(rf'action="([^"]+/undo)">[^\n]*?{fields}', page)
    assert form
    assert form[1] == f"/c/{bench.id}/syncs/{run}/undo"
    shown = browser.post(form[1], data={"record": form[2], "field": "fax"}, follow_redirects=True).text
    plan = re.search(r"/plans/(\d+)/approve", shown)
    assert plan
    browser.post(f"/c/{bench.id}/plans/{plan[1]}/approve", data={"reason": "Not this one."})
    bench.clock.advance(5)
    bench.run()
    assert bench.shown(X, contact)["fax"] == "+64 9 2"
    assert bench.shown(X, contact)["phone"] == "+64 9 3"
    page = browser.get(f"/c/{bench.id}/records/xero/{contact}").text
    assert page.count("Undo this field") == 1  # the fax waits for a person now


def test_before_a_creation_is_taken_back_the_page_says_what_cannot_be_reversed(
    bench: Bench, browser: FlaskClient
) -> None:
    bench.customer("Newcomer")
    run = bench.run()["run_id"]
    shown = browser.post(f"/c/{bench.id}/syncs/{run}/undo", follow_redirects=True).text
    assert "is archived, which Concord cannot reverse" in shown
    assert "restore it in Xero by hand" in " ".join(shown.split())
    assert all(record.status.value == "active" for record in bench.worlds[X].records.values())


def test_two_records_that_were_parted_are_linked_again_on_their_page(bench: Bench, browser: FlaskClient) -> None:
    account, _contact, _ = carried(bench)
    path = f"/c/{bench.id}/records/salesforce/{account}"
    assert "Link the two again" not in browser.get(path).text
    parted = browser.post(f"{path}/unlink", data={"reason": "A slip."}, follow_redirects=True).text
    assert "Link the two again" in parted
    again = browser.post(f"{path}/relink", follow_redirects=True).text
    assert "Linked again." in again
    assert "Link the two again" not in again
    assert len(bench.links()) == 1
    assert "linked two records again" in browser.get(f"/c/{bench.id}/activity").text


def test_why_quotes_both_systems_own_histories(bench: Bench, browser: FlaskClient) -> None:
    bench.worlds[S].tracked.add("phone")
    account, contact = bench.linked(phone="+64 9 1")
    bench.edit(S, account, phone="+64 9 2")
    bench.clock.advance(600)
    bench.edit(X, contact, phone="+64 9 3")
    bench.run()
    page = read(browser.get(f"/c/{bench.id}/records/salesforce/{account}/why/phone").text)
    said = " ".join(page.words)
    assert "As Salesforce tells it" in said
    assert "phone became" in said
    assert "As Xero tells it" in said
    assert "exact, from the field history" in said
    queue = browser.get(f"/c/{bench.id}/review?show=unasked").text
    assert "As Xero tells it" in queue


def test_both_systems_are_asked_for_their_own_history_and_one_that_is_away_hides_nothing(
    bench: Bench, browser: FlaskClient
) -> None:
    account, contact, _ = carried(bench)
    browser.application.extensions["concord.histories"] = lambda number, ref: histories(bench.works, number, ref)
    path = f"/c/{bench.id}/records/salesforce/{account}"
    assert f'action="{path}/history"' in browser.get(path).text
    bench.gateways[S].hooks.fail_next = Unavailable("Salesforce is being maintained.")
    page = browser.post(f"{path}/history").text
    assert "Salesforce is being maintained." in page
    assert "Concord: edited" in page
    found = histories(bench.works, bench.id, Ref(X, contact))
    assert [one.ref.id for one in found.values()] == [account, contact]
    with pytest.raises(Usage, match="never been read"):
        histories(bench.works, bench.id, Ref(X, "nobody"))


def test_the_proof_lists_each_write(bench: Bench, browser: FlaskClient) -> None:
    account, *_ = carried(bench)
    page = browser.get(f"/c/{bench.id}/proof").text
    assert "<code>Sync_with_Xero__c</code> was ticked on" in page
    assert f'href="/c/{bench.id}/records/salesforce/{account}"' in page
    assert f"/c/{bench.id}/proof" in browser.get(f"/c/{bench.id}/activity").text
    assert "no proof" not in page


def test_these_pages_keep_to_the_words_people_read(bench: Bench, browser: FlaskClient) -> None:
    account, _contact, run = carried(bench)
    shown = browser.post(f"/c/{bench.id}/syncs/{run}/undo", follow_redirects=True).text
    why = browser.get(f"/c/{bench.id}/records/salesforce/{account}/why/phone").text
    for page in (shown, why, browser.get(f"/c/{bench.id}/proof").text):
        said = " ".join(read(page).words)
        assert not INSIDE.search(said), INSIDE.findall(said)
        assert not read(page).inline


def test_a_viewer_sees_why_and_takes_nothing_back(bench: Bench, browser: FlaskClient) -> None:
    account, _contact, run = carried(bench)
    vera = signed_in(browser.application.test_client(), 2)
    assert vera.get(f"/c/{bench.id}/records/salesforce/{account}/why/phone").status_code == 200
    assert vera.post(f"/c/{bench.id}/syncs/{run}/undo").status_code == 403
    assert vera.post(f"/c/{bench.id}/records/salesforce/{account}/unlink").status_code == 403
    assert vera.post(f"/c/{bench.id}/records/salesforce/{account}/relink").status_code == 403
    assert "Undo this field" not in vera.get(f"/c/{bench.id}/records/salesforce/{account}").text
    assert "show what it would do" not in vera.get(f"/c/{bench.id}/syncs/{run}").text
