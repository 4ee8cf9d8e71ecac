"""Each thing that rules may meet in the data is told with its count, with records by name, and only where it is so."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model import Side
from reconciler.core.schema import Flow
from reconciler.mapping.limits import described
from reconciler.queries.impact import Impact, preview
from tests.engine.bench import HERE, Bench, make_database, owned

S, X = Side.SALESFORCE, Side.XERO


def picklist(name: str, *values: tuple[str, str, int | None]) -> dict[str, Any]:
    listed = [
        {"value": value, "label": label, "active": True, "validFor": None if at is None else bit(at)}
        for value, label, at in values
    ]
    return {"name": name, "type": "picklist", "length": 255, "restrictedPicklist": True, "picklistValues": listed}


def bit(number: int) -> str:
    return b64encode(bytes([0x80 >> number, 0])).decode()


DESCRIBE = {
    "fields": [
        picklist("Fax", ("1", "1", None), ("2", "2", None)),
        {"name": "Phone", "type": "phone", "length": 12},
        picklist("BillingCountryCode", ("AU", "Australia", None), ("NZ", "New Zealand", None)),
        picklist("BillingStateCode", ("NSW", "New South Wales", 0)),
    ]
}


@pytest.fixture(scope="module")
def told() -> Iterator[Any]:
    """What is told about one set of rules over customers with one trouble each, and about other rules over the same."""
    engine = make_database()
    bench = Bench(engine)
    bench.rule(owned(bench, account_number={"flow": Flow.OFF}))
    troubled: dict[str, dict[str, str | tuple[str, ...]]] = {
        "Too Long Ltd": {"phone": "+64 9 555 0100 200"},
        "Off The List Ltd": {"fax": "7"},
        "Off The List Too": {"fax": "7"},
        "Atlantis Ltd": {"billing": ("1 Quay", "Port", "", "1", "Atlantis")},
        "Tasman Ltd": {"billing": ("1 Quay", "Port", "Tasman", "1", "New Zealand")},
        "Sydney Ltd": {"billing": ("1 Quay", "Port", "nsw", "1", "Australia")},
        "Sound Ltd": {"billing": HERE, "fax": "1"},
    }
    for name, fields in troubled.items():
        _, contact = bench.pair(name)
        bench.run()
        bench.worlds[X].edit(contact.ref.id, fields)
    bench.customer("Twin Ltd")
    bench.customer("TWIN LIMITED")
    bench.run()

    def look(settings: str = "", **described_as: Any) -> Impact:
        with bench.session() as session:
            shapes = described(described_as or DESCRIBE)
            text = f"kinds: {{customer: {{fields: {{{settings}}}}}}}"
            return preview(session, bench.id, text, bench.clock.now(), shapes=shapes)

    yield look
    engine.dispose()


def found(impact: Impact) -> dict[tuple[str, str], tuple[int, list[str], dict[str, int]]]:
    """Of what concerns Salesforce."""
    return {(r.code, r.key): (r.count, r.samples, dict(r.common)) for r in impact.remarks if r.side is S}


@pytest.mark.parametrize(
    ("code", "key", "count", "samples", "values"),
    [
        ("too_long", "phone", 1, ["Too Long Ltd"], {}),
        ("not_in_picklist", "fax", 2, ["Off The List Ltd", "Off The List Too"], {"7": 2}),
        ("country_not_listed", "billing", 1, ["Atlantis Ltd"], {"Atlantis": 1}),
        ("state_not_listed", "billing", 1, ["Tasman Ltd"], {"Tasman": 1}),
        ("duplicate_name", "name", 2, ["Twin Ltd", "TWIN LIMITED"], {}),
    ],
)
def test_what_the_data_holds_is_told_with_its_count_and_by_name(
    told: Any, code: str, key: str, count: int, samples: list[str], values: dict[str, int]
) -> None:
    assert found(told())[code, key] == (count, samples, values)


def test_nothing_else_is_told_and_rules_that_do_not_change_are_looked_at_too(told: Any) -> None:
    impact = told()
    assert impact.changes == ()
    assert {code for code, _ in found(impact)} == {
        "too_long", "not_in_picklist", "country_not_listed", "state_not_listed", "duplicate_name",
    }  # fmt: skip


def test_a_value_that_the_map_translates_into_the_list_is_no_longer_told(told: Any) -> None:
    assert ("not_in_picklist", "fax") not in found(told('fax: {values: {"1": "7"}}'))
    assert found(told('fax: {values: {"3": "7"}}'))["not_in_picklist", "fax"][2] == {"7": 2}
    assert found(told('fax: {values: {"1": "9"}}'))["unmapped", "fax"][2] == {"7": 2, "1": 1}
    assert ("country_not_listed", "billing") not in found(
        told("billing: {values: {country: {Australia: Atlantis}}, unmapped: pass}")
    )


def test_where_nothing_flows_to_salesforce_its_lists_do_not_matter(told: Any) -> None:
    assert set(found(told("fax: {flow: S2X}, billing: {flow: S2X}, phone: {flow: S2X}"))) == {
        ("duplicate_name", "name")
    }


def test_where_salesforce_could_not_be_asked_that_is_said(bench: Bench) -> None:
    bench.linked()
    with bench.session() as session:
        impact = preview(session, bench.id, "", bench.clock.now())
    assert [remark.code for remark in impact.remarks] == ["not_described"]
    assert "Salesforce could not be asked now" in impact.sentences()[-1]


def test_blanks_that_would_erase_are_told_by_name(bench: Bench) -> None:
    bench.rule(owned(bench, fax={"flow": Flow.OFF}))
    account, _ = bench.linked("Only Here Ltd")
    bench.edit(S, account, fax="1")
    bench.rule(
        replace(bench.kind, fields=tuple(replace(f, flow=Flow.X2S) if f.key == "fax" else f for f in bench.kind.fields))
    )
    bench.run()
    with bench.session() as session:
        impact = preview(
            session, bench.id, "kinds: {customer: {fields: {fax: {flow: both}}}}", bench.clock.now(), shapes={}
        )
    assert found(impact)["blank_erases", "fax"][:2] == (1, ["Only Here Ltd"])
