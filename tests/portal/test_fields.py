"""A field's own page: which value is which, what is not listed, what a new record gets; foreseen before it is saved."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.mapping.limits import FieldShape
from reconciler.rules import parse
from reconciler.store.tables import RulesRow

PAGE = "/c/1/fields/customer/account_number"


def newest(session: Session) -> str:
    session.expire_all()
    text: str | None = session.scalar(select(RulesRow.document).order_by(RulesRow.version.desc()).limit(1))
    return text or ""


def test_values_are_typed_a_pair_a_line_and_come_back_as_they_were_saved(ada: FlaskClient, session: Session) -> None:
    form = {"values-": "Gold = G\nSilver = S\n", "unmapped": "pass", "default-xero": "S"}
    answer = ada.post(PAGE, data=form, follow_redirects=True)
    assert "saved. It holds from the next sync on." in answer.text
    assert "Gold = G\nSilver = S</textarea>" in answer.text
    rule = parse(newest(session)).kinds["customer"].field("account_number")
    assert rule.values[0].pairs == (("Gold", "G"), ("Silver", "S"))
    assert (rule.unmapped, dict(rule.defaults)) == ("pass", {"xero": "S"})
    ada.post(PAGE, data={"values-": "", "unmapped": "refuse"})
    rule = parse(newest(session)).kinds["customer"].field("account_number")
    assert (rule.values, rule.defaults) == ((), ())


def test_a_map_that_cannot_be_read_back_is_refused_and_nothing_typed_is_lost(
    ada: FlaskClient, session: Session
) -> None:
    before = newest(session)
    for typed, told in (("Gold = G\nSilver = G", "&#39;G&#39; of Xero would be"), ("Gold", "Line 1 is no pair")):
        answer = ada.post(PAGE, data={"values-": typed, "unmapped": "refuse"})
        assert answer.status_code == 422
        assert told in answer.text
        assert f"{typed}</textarea>" in answer.text
    assert newest(session) == before


def test_what_it_would_do_is_told_before_it_is_saved_by_what_salesforce_says_it_holds(
    ada: FlaskClient, session: Session
) -> None:
    before = newest(session)
    app = ada.application
    app.extensions["concord.shapes"] = lambda _connection: {"Phone": FieldShape(length=3)}
    page = "/c/1/fields/customer/phone/preview"
    text = ada.post(page, data={"values-": "Nobody = No one", "unmapped": "refuse"}).text
    assert "What saving would do" in text
    assert "that the map of values has no one word for in Xero" in text
    assert "Nobody = No one</textarea>" in text
    app.extensions["concord.shapes"] = lambda _connection: None
    assert "Salesforce could not be asked now" in ada.post(page, data={"values-": "", "unmapped": "refuse"}).text
    assert newest(session) == before


def test_a_group_has_a_list_for_each_of_its_parts(ada: FlaskClient, session: Session) -> None:
    text = ada.get("/c/1/fields/customer/billing").text
    assert "Values of Country" in text
    ada.post("/c/1/fields/customer/billing", data={"values-country": "Aotearoa = New Zealand", "unmapped": "pass"})
    (table,) = parse(newest(session)).kinds["customer"].field("billing").values
    assert (table.member, table.pairs) == ("country", (("Aotearoa", "New Zealand"),))


def test_values_in_use_are_counted_and_those_not_listed_come_first(ada: FlaskClient) -> None:
    text = ada.get("/c/1/fields/customer/phone").text
    assert "Values in use" in text
    assert "</svg>not listed" not in text
    ada.post("/c/1/fields/customer/phone", data={"values-": "Nobody = No one", "unmapped": "refuse"})
    assert "</svg>not listed" in ada.get("/c/1/fields/customer/phone").text


def test_who_may_not_change_rules_sees_them_only(rui: FlaskClient) -> None:
    text = rui.get(PAGE).text
    assert "readonly" in text
    assert "What would it do?" not in text
    assert rui.post(PAGE, data={"values-": "A = B"}).status_code == 403
    assert rui.post(f"{PAGE}/preview", data={"values-": "A = B"}).status_code == 403
    assert rui.get("/c/1/fields/customer/nothing").status_code == 404


def test_a_version_says_who_when_and_what_and_going_back_is_foreseen_and_is_a_new_version(
    ada: FlaskClient, session: Session
) -> None:
    before = newest(session)
    ada.post("/c/1/rules", data={"text": "kinds: {customer: {limits: {creates: 7}}}", "note": "Only out"})
    count = session.query(RulesRow).count()
    kept = ada.get(f"/c/1/rules/versions/{count}").text
    assert "by Ada: Only out." in kept
    assert "What it changed" in kept
    text = ada.post(f"/c/1/rules/versions/{count - 1}/preview").text
    assert "What saving would do" in text
    assert "kinds.customer.limits.creates" in text
    session.expire_all()
    assert session.query(RulesRow).count() == count
    ada.post(f"/c/1/rules/versions/{count - 1}/restore")
    assert parse(newest(session)) == parse(before)
    assert session.query(RulesRow).count() == count + 1
    assert f"as in version {count - 1}" in ada.get("/c/1/rules").text
    assert ada.post("/c/1/rules/versions/77/preview").status_code == 404
