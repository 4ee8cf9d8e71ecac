"""What other rules would do is told before they are saved, and is what the next run then does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from reconciler.core.model import Side
from reconciler.core.schema import Flow
from reconciler.queries.impact import Impact, preview
from reconciler.store.tables import ActionRow, PlanRow, RulesRow
from tests.engine.bench import HERE, Bench, owned

S, X = Side.SALESFORCE, Side.XERO


def told(bench: Bench, text: str) -> Impact:
    with bench.session() as session:
        return preview(session, bench.id, text, bench.clock.now())


def customer(text: str) -> str:
    return "kinds: {customer: {" + text + "}}"


def fax(flow: str) -> str:
    return customer("fields: {fax: {flow: " + flow + "}}")


def test_a_field_switched_on_writes_what_the_preview_said(bench: Bench) -> None:
    bench.rule(owned(bench, fax={"flow": Flow.OFF}))
    for number in range(4):
        account, _ = bench.linked(f"Firm {number}")
        bench.edit(S, account, fax=f"+64 9 555 010{number}" if number else "")
    bench.run()
    found = told(bench, fax("S2X"))
    assert [change.path for change in found.changes] == ["kinds.customer.fields.fax.flow"]
    assert (found.looked, found.records) == (4, 3)
    assert {key: entry.count for key, entry in found.touched.items()} == {(X, "fax"): 3}
    assert "fax in Xero: 3." in found.sentences()
    bench.rule(replace(bench.kind, fields=tuple(_on(each) for each in bench.kind.fields)))
    bench.run()
    written = [row for row in bench.rows(ActionRow) if row.do == "update" and "fax" in row.fields]
    assert len(written) == found.records


def _on(field: Any) -> Any:
    return replace(field, flow=Flow.S2X) if field.key == "fax" else field


def test_a_preview_stores_nothing_and_asks_nobody(bench: Bench) -> None:
    bench.linked(phone="1")
    before = [len(bench.rows(table)) for table in (ActionRow, PlanRow)]
    calls = [gateway.meter.calls for gateway in bench.gateways.values()]
    told(bench, customer("policy: xero, limits: {creates: 1}"))
    assert [len(bench.rows(table)) for table in (ActionRow, PlanRow)] == before
    assert [gateway.meter.calls for gateway in bench.gateways.values()] == calls
    with Session(bench.engine) as session:
        assert session.query(RulesRow).filter_by(connection_id=bench.id).count() == 1


def test_turning_an_arrow_writes_nothing_where_the_sides_agree(bench: Bench) -> None:
    bench.linked(phone="+64 9 555 0100")
    found = told(bench, customer("fields: {phone: {flow: X2S}}"))
    assert (found.looked, found.records, found.touched) == (1, 0, {})


def test_who_joins_and_who_leaves_is_counted(bench: Bench) -> None:
    bench.linked("Here Ltd", billing=HERE)
    bench.linked("There Ltd")
    for number in range(3):
        bench.customer(f"Born in Xero {number}", X)
    bench.run()
    found = told(bench, customer("opt_in: {xero: all}"))
    assert found.joining == {S: 0, X: 3}
    criteria = "opt_in: {criteria: {all: [{field: billing.country, is: equal, value: New Zealand}]}}"
    found = told(bench, customer(criteria))
    assert found.leaving == {S: 1, X: 0}


def test_what_the_data_holds_against_the_rules_is_told_beforehand(bench: Bench) -> None:
    account, _ = bench.linked("Long Account Number Ltd", phone="+64 9 555 0100")
    bench.linked("No Phone Ltd")
    bench.edit(S, account, email="no address at all")
    bench.customer("Twin Ltd")
    bench.customer("TWIN LIMITED")
    bench.run()
    found = told(bench, customer("fields: {email: {flow: S2X, blank: carry}}"))
    lint = {(remark.code, remark.side, remark.key): remark for remark in found.remarks}
    assert lint["bad_email", X, "email"].samples == ["Long Account Number Ltd"]
    assert lint["duplicate_name", S, "name"].count == 2
    assert "Twin Ltd" in lint["duplicate_name", S, "name"].text


def test_a_blank_that_could_erase_is_told(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.OFF}))
    account, _ = bench.linked("Only Here Ltd")
    bench.edit(S, account, phone="+64 9 555 0100")
    bench.run()
    found = told(bench, customer("fields: {phone: {flow: both, blank: carry}}"))
    erasing = [remark for remark in found.remarks if remark.code == "blank_erases"]
    assert [(remark.side, remark.key) for remark in erasing] == [(S, "phone")]
    assert found.as_json()["writes"] == [
        {"side": "xero", "field": "phone", "count": 1, "blanks": 0, "samples": [
            {"name": "Only Here Ltd", "from": "", "to": "+64 9 555 0100"}]}
    ]  # fmt: skip


def test_fields_never_read_are_named_as_such(bench: Bench) -> None:
    bench.linked()
    text = customer("fields: {industry: {salesforce: Industry, xero: CompanyNumber, flow: S2X}}")
    found = told(bench, text)
    assert found.reread == ["industry"]
    assert found.touched == {}
