"""The page of differences: filtered, chosen one by one and in bulk, and never between values that are gone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask.testing import FlaskClient
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from portal import create_app, people
from reconciler.__main__ import main
from reconciler.core.model import Side
from reconciler.queries.differences import Difference
from reconciler.settings import load
from reconciler.store.schema import MIGRATIONS
from reconciler.store.tables import ConflictRow, ConnectionRow, EventRow, FirstChoiceRow
from tests.e2e.live import Live
from tests.first.conftest import begin, engine, world
from tests.first.test_differences import approve, listed, live

__all__ = ["begin", "engine", "live", "world"]
pytestmark = pytest.mark.prove


@pytest.fixture
def ada(live: Live, tmp_path: Path) -> FlaskClient:
    """An administrator's browser on this connection's own database."""
    return browser(live, tmp_path, "administrator")


def browser(live: Live, place: Path, role: str) -> FlaskClient:
    settings = load({"CONCORD_DATABASE_URL": str(live.engine.url), "CONCORD_INSTANCE": str(place)})
    app = create_app(settings, now=live.world.clock.now, config={"TESTING": True, "WTF_CSRF_ENABLED": False})
    with Session(live.engine) as session:
        name = f"{role} {live.id}"
        who = people.add(session, name, role, "four plain words here", live.world.clock.now()).get_id()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = who, True
    return client


def form(*rows: Difference, take: str) -> Mapping[str, object]:
    return {"ids": [each.id for each in rows], "take": take} | {f"seen-{each.id}": each.seen for each in rows}


def chosen(live: Live) -> dict[str, str]:
    return {each.id: each.chosen for each in listed(live) if each.chosen}


def test_differences_are_listed_with_both_values_and_filtered(live: Live, ada: FlaskClient) -> None:
    page = f"/c/{live.id}/differences"
    shown = ada.get(page).text
    rows = listed(live)
    assert shown.count("data-row") == len(rows)
    for each in rows:
        assert f'id="difference-{each.salesforce}-{each.xero}-{each.field}"' in shown
    faxes = ada.get(f"{page}?field=fax").text
    assert faxes.count("data-row") == len([each for each in rows if each.field == "fax"])
    assert "None fits these filters." in ada.get(f"{page}?text=nobody+at+all").text
    assert ada.get(f"{page}?show=nonsense").status_code == 404
    assert page in ada.get(f"/c/{live.id}/first").text, "the step of the first sync leads here"


def test_one_line_is_chosen_by_its_own_button_and_taken_back(live: Live, ada: FlaskClient) -> None:
    one, *_ = listed(live, field="phone")
    where = f"/c/{live.id}/differences/choose"
    answer = ada.post(where, data=form(one, take="xero"), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.count("data-row") == 1
    assert "chose Xero" in answer.text
    assert 'data-key="undo"' in answer.text
    assert chosen(live) == {one.id: "xero"}
    ada.post(where, data=form(*listed(live, show="chosen"), take="clear"))
    assert chosen(live) == {}


def test_a_value_of_ones_own_is_typed_beside_the_two_and_taken_back(live: Live, ada: FlaskClient) -> None:
    one, *_ = listed(live, field="phone")
    where = f"/c/{live.id}/differences/choose"
    typed = {**form(one, take="value"), "value": "+64 9 555 0999"}
    answer = ada.post(where, data=typed, headers={"HX-Request": "true"}).text
    assert "typed another value" in answer
    assert "stands on both sides" in answer
    assert answer.count("+64 9 555 0999") == 2, "shown, and offered in the box"
    assert chosen(live) == {one.id: "value"}
    missing = ada.post(where, data=form(one, take="value"), follow_redirects=True).text
    assert "No value was typed." in missing
    ada.post(where, data=form(*listed(live, show="chosen"), take="clear"))
    assert chosen(live) == {}


def test_many_are_chosen_at_once_and_the_plan_is_made_anew_before_it_is_approved(live: Live, ada: FlaskClient) -> None:
    rows = listed(live)
    answer = ada.post(f"/c/{live.id}/differences/choose", data=form(*rows, take="salesforce"), follow_redirects=True)
    assert "Salesforce’s value stands" in answer.text
    assert "Make the plan anew" in answer.text
    assert set(chosen(live)) == {each.id for each in rows}
    ada.post(f"/c/{live.id}/first/match")
    live.run()
    assert "Something was chosen since" not in ada.get(f"/c/{live.id}/differences").text
    approve(live)
    assert {each["field"] for each in _resolved(live)} == {"phone", "fax"}
    assert "The first sync is over" in ada.get(f"/c/{live.id}/differences").text


def _resolved(live: Live) -> list[dict[str, str]]:
    return [{"field": row.field, "status": row.status} for row in live.rows(ConflictRow, status="decided")]


def test_values_that_have_changed_since_are_not_chosen_between(live: Live, ada: FlaskClient) -> None:
    one, *_ = listed(live, field="phone")
    live.edit(Side.SALESFORCE, one.salesforce, phone="+64 9 555 0999")
    live.run()
    told = ada.post(f"/c/{live.id}/differences/choose", data=form(one, take="xero"), follow_redirects=True).text
    assert "has changed since you saw it" in told
    assert chosen(live) == {}
    nothing = ada.post(f"/c/{live.id}/differences/choose", data={"take": "xero"}, follow_redirects=True)
    assert "Nothing was chosen." in nothing.text


def test_a_field_gets_a_rule_of_its_own_there(live: Live, ada: FlaskClient) -> None:
    where = f"/c/{live.id}/differences"
    assert "a filled value wins over a blank; where both are filled, ask me" in ada.get(f"{where}?field=fax").text
    ada.post(f"{where}/rule", data={"field": "fax", "winner": "xero"})
    live.run()
    assert {each.field: each.stands for each in listed(live)} == {"phone": "", "fax": "xero"}
    assert ada.post(f"{where}/rule", data={"field": "website", "winner": "xero"}).status_code == 404


def test_only_an_administrator_chooses(live: Live, tmp_path: Path) -> None:
    rui = browser(live, tmp_path, "reviewer")
    one, *_ = listed(live)
    assert "Take Xero" not in rui.get(f"/c/{live.id}/differences").text
    assert rui.post(f"/c/{live.id}/differences/choose", data=form(one, take="xero")).status_code == 403
    assert rui.post(f"/c/{live.id}/differences/rule", data={"field": "fax", "winner": "xero"}).status_code == 403


def stamped(live: Live) -> None:
    """The tables were made as they are declared: say so to the command, which looks for the newest schema."""
    with live.engine.begin() as db:
        if not inspect(db).has_table("alembic_version"):
            db.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
            db.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest})


def test_the_command_lists_and_chooses_the_same(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONCORD_DATABASE_URL", str(live.engine.url))
    monkeypatch.setenv("CONCORD_INSTANCE", str(tmp_path))
    with Session(live.engine) as session:
        name = session.get_one(ConnectionRow, live.id).name
    stamped(live)
    one, *_ = listed(live, field="phone")
    assert main(["differences", "--connection", name, "--field", "phone"]) == 0
    assert capsys.readouterr().out.count("\n") == 3
    ref = f"salesforce:{one.salesforce}"
    assert main(["differences", "--connection", name, "--record", ref, "--take", "xero", "--json"]) == 0
    assert re.sub(r"\s", "", capsys.readouterr().out) == '{"chosen":1,"left":0}'
    assert main(["differences", "--connection", name, "--show", "chosen", "--json"]) == 0
    assert f'"salesforce": "{one.salesforce}"' in capsys.readouterr().out
    assert main(["differences", "--connection", name, "--record", ref, "--field", "phone", "--value", "09 1"]) == 0
    capsys.readouterr()
    assert main(["differences", "--connection", name, "--show", "chosen"]) == 0
    assert "-> 09 1 (chosen)" in capsys.readouterr().out
    with Session(live.engine) as session:
        assert session.query(FirstChoiceRow).filter_by(connection_id=live.id).count() == 1
        assert session.query(EventRow).filter_by(connection_id=live.id, what="first.chosen").count() == 2
