"""Directions by a click, and the sentences that say what the click does and what it does not."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.effects import effect
from reconciler.core.schema import Blank, Drift, FieldRule, Flow, Policy
from reconciler.queries.rules import Differing
from reconciler.store.tables import ConnectionRow, RulesRow
from tests.portal.conftest import SignIn

FRAGMENT = {"HX-Request": "true"}
PHONE = FieldRule("phone", "Phone", "Phones.DEFAULT", "phone")


def test_every_field_shows_its_four_arrows_and_which_one_holds(ada: FlaskClient) -> None:
    text = ada.get("/c/1/directions").text
    for flow in ("S2X", "both", "X2S", "off"):
        assert f'id="customer-phone-{flow}"' in text
    assert 'value="S2X" id="customer-fax-S2X" aria-pressed="true"' in " ".join(text.split())


def test_an_arrow_that_cannot_hold_says_why_and_cannot_be_pressed(ada: FlaskClient) -> None:
    text = html.unescape(ada.get("/c/1/directions").text)
    assert 'type="button" aria-disabled="true" id="customer-website-S2X"' in text
    assert "Xero's Website is read-only" in text


def test_it_is_refused_even_when_it_is_sent(ada: FlaskClient, session: Session) -> None:
    answer = ada.post("/c/1/directions/customer/website", data={"flow": "both"}, headers=FRAGMENT)
    assert answer.status_code == 422
    assert "read-only" in answer.text
    assert session.get_one(ConnectionRow, 1).rules_version == 2


def test_a_click_turns_the_arrow_and_offers_the_way_back(ada: FlaskClient, session: Session) -> None:
    text = ada.post("/c/1/directions/customer/phone", data={"flow": "S2X"}, headers=FRAGMENT).text
    assert text.count('aria-pressed="true"') == 1
    assert "an edit in Salesforce is carried to Xero" in text
    assert "2 of 12 linked records differ in it now; they stay as they are" in text
    assert "/c/1/rules/versions/2/restore" in text
    rule = session.scalars(select(RulesRow).where(RulesRow.version == 3)).one()
    assert rule.saved_by == "Ada"
    ada.post("/c/1/rules/versions/2/restore", data={"next": "/c/1/directions#customer-phone"})
    session.expire_all()
    documents = {row.version: row.document for row in session.scalars(select(RulesRow))}
    assert documents[4] == documents[2] != documents[3]


def test_without_scripts_the_same_click_comes_back_to_the_page(ada: FlaskClient) -> None:
    answer = ada.post("/c/1/directions/customer/phone", data={"flow": "off"}, follow_redirects=True)
    assert "Phone: Saved. This field is no longer compared" in answer.text


@pytest.mark.parametrize("change", [{"policy": "ask"}, {"blank": "keep"}])
def test_what_happens_in_a_clash_and_on_clearing_is_chosen_beside_it(
    ada: FlaskClient, session: Session, change: dict[str, str]
) -> None:
    ada.post("/c/1/directions/customer/phone", data=change, headers=FRAGMENT)
    document = session.scalars(select(RulesRow.document).where(RulesRow.version == 3)).one()
    name, value = next(iter(change.items()))
    assert f"{name}: {value}" in document


def test_a_one_way_field_says_what_becomes_of_an_edit_against_it(ada: FlaskClient) -> None:
    text = ada.get("/c/1/directions").text
    assert "An edit in Xero" in text
    assert 'id="customer-fax-drift"' in text
    assert 'id="customer-fax-policy"' not in text


def test_choosing_what_holds_already_saves_nothing(ada: FlaskClient, session: Session) -> None:
    text = ada.post("/c/1/directions/customer/phone", data={"flow": "both"}, headers=FRAGMENT).text
    assert "Nothing changed." in text
    assert "Undo this change" not in text
    assert session.get_one(ConnectionRow, 1).rules_version == 2


@pytest.mark.parametrize(("kind", "key"), [("customer", "shoe_size"), ("supplier", "phone")])
def test_a_field_that_is_not_shared_cannot_be_turned(ada: FlaskClient, kind: str, key: str) -> None:
    assert ada.post(f"/c/1/directions/{kind}/{key}", data={"flow": "off"}).status_code == 404


@pytest.mark.parametrize("name", ["Vera", "Rui"])
def test_who_may_not_turn_an_arrow_reads_what_is_set_and_finds_nothing_to_press(sign_in: SignIn, name: str) -> None:
    text = sign_in(name).get("/c/1/directions").text
    rows = dict(re.findall(r'<tbody id="customer-(\w+)">(.*?)</tbody>', text, re.DOTALL))
    for part in ("Both ways", "The last writer wins", "is carried across"):
        assert part in rows["phone"]
    for part in ("Salesforce ← Xero", "is put back, and listed", "stays on its side"):
        assert part in rows["website"]
    for control in ("<button", "<select", "<input", "<form"):
        assert control not in text.partition("<main")[2]


@pytest.mark.parametrize(
    ("before", "after", "differing", "part"),
    [
        (
            Flow.BOTH,
            Flow.S2X,
            Differing(12, 300, all_seen=True),
            "12 of 300 linked records differ in it now; they stay",
        ),
        (Flow.BOTH, Flow.X2S, Differing(0, 300, all_seen=True), "All of 300 linked records agree in it now"),
        (Flow.OFF, Flow.S2X, Differing(3, 2_000, all_seen=False), "the newest 2,000 linked records differ in it now."),
        (Flow.OFF, Flow.S2X, Differing(3, 9, all_seen=True), "carries Salesforce’s values to Xero"),
        (Flow.OFF, Flow.BOTH, Differing(3, 9, all_seen=True), "asks you about the ones where both are filled"),
        (Flow.S2X, Flow.OFF, Differing(3, 9, all_seen=True), "Nothing is written."),
        (Flow.BOTH, Flow.X2S, Differing(1, 9, all_seen=True), "an edit in Salesforce is put back"),
    ],
)
def test_turning_an_arrow_says_what_it_does_and_what_not(
    before: Flow, after: Flow, differing: Differing, part: str
) -> None:
    said = " ".join(effect(replace(PHONE, flow=before), replace(PHONE, flow=after), differing))
    assert part in said


@pytest.mark.parametrize(
    ("after", "part"),
    [
        (replace(PHONE, policy=Policy.ASK), "Conflicts that wait for you are not decided by it"),
        (replace(PHONE, blank=Blank.FILL), "values cleared from now on"),
        (replace(PHONE, drift=Drift.PROTECT), "edits made against the arrow from now on"),
        (PHONE, "Nothing changed."),
    ],
)
def test_the_other_settings_say_from_when_they_hold(after: FieldRule, part: str) -> None:
    assert part in " ".join(effect(PHONE, after, Differing(0, 0, all_seen=True)))


def test_held_edits_are_announced_with_the_arrow() -> None:
    after = replace(PHONE, flow=Flow.S2X, drift=Drift.PROTECT)
    assert "is held for review" in " ".join(effect(PHONE, after, Differing(0, 1, all_seen=True)))
