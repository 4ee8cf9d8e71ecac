"""Whatever is sent, the answer is one of the vendor's: never a breakdown that nobody asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulators.salesforce.api import BASE, Api

some = settings(max_examples=max(25, settings().max_examples // 4))
"""The many examples are for ./dev prove."""

WORDS = re.split(
    r"\s+",
    "SELECT FROM WHERE AND OR NOT IN LIKE ORDER BY GROUP LIMIT OFFSET ASC DESC NULLS FIRST LAST Account User Id Name "
    "Owner.Name Foo Description BillingAddress SystemModstamp Sync_with_Xero__c NumberOfEmployees ( ) , = != < >= null "
    "TRUE 'a' '%' '' 5 -1.5 2026-05-04T12:00:00Z 2026-05-04 TODAY LAST_N_DAYS:3 LAST_N_DAYS:999999999 count( MAX( "
    "FIELDS( ALL '001000000000001AAA' \\ ' : . AccountHistory OldValue CreatedBy.LastModifiedBy.Name",
)
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
QUERIES = st.one_of(
    SENTENCES.map("SELECT Id FROM Account WHERE {}".format),
    SENTENCES.map("SELECT {}".format),
    st.lists(st.sampled_from(WORDS), max_size=5).map(lambda words: f"SELECT {', '.join(words)} FROM Account LIMIT 1"),
    SENTENCES.map("SELECT Id FROM User ORDER BY {}".format),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.just("2026-05-04"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
FIELDS = st.dictionaries(
    st.sampled_from(["Name", "Phone", "Email__c", "ParentId", "OwnerId", "AnnualRevenue", "NumberOfEmployees", "Id",
                     "id", "Sync_with_Xero__c", "BillingStreet", "Xero_Contact_Id__c", "attributes", "Foo"]),
    VALUES, max_size=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Api:
    api = Api()
    api.create(Name="Able", Phone="1", NumberOfEmployees=3)
    api.create(Name="Baker", Description="long")
    api.set(field_history=["Phone"], session_life=9_999_999, day_limit=9_999_999)
    return api


@some
@given(query=QUERIES)
def test_no_query_breaks_the_service(shop: Api, query: str) -> None:
    answer = shop.query(query)
    assert answer.status_code in (200, 400), query
    assert answer.is_json


LITERALS = (
    "'x'", "'001000000000001AAA'", "''", "null", "TRUE", "5", "-1.5", "2026-05-04", "2026-05-04T12:00:00Z", "TODAY",
    "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00",
)  # fmt: skip
KINDS = ("boolean", "string", "textarea", "picklist", "multipicklist", "double", "currency", "date", "datetime")


@pytest.mark.prove
def test_a_field_of_every_type_can_be_counted_grouped_compared_and_ordered_without_a_breakdown() -> None:
    api = Api()
    api.set(custom_fields={f"Account.{kind}__c": {"type": kind} for kind in KINDS})
    dated = {"date__c": "2026-05-04", "datetime__c": "2026-05-04T12:00:00Z", "multipicklist__c": "a;b"}
    parent = api.create(NumberOfEmployees=1, BillingCity="X", Phone="1", double__c=1.5, currency__c=2, **dated)
    api.create(ParentId=parent)
    fields = {field.type: field.name for field in api.twin.org.visible["Account"].fields}
    conditions = [
        f"{name} {operator} {each}"
        for name in fields.values()
        for literal in LITERALS
        for operator, each in (("=", literal), ("<", literal), ("LIKE", literal), ("IN", f"({literal})"),
                               ("EXCLUDES", f"({literal})"))
    ]  # fmt: skip
    queries = [f"SELECT Id FROM Account WHERE {each} OR Parent.{each}" for each in conditions]
    queries += [f"SELECT COUNT(Id) FROM Account GROUP BY {each.split()[0]} HAVING {each}" for each in conditions]
    queries += [
        f"SELECT {function}({name}) FROM Account"
        for function in ("COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG")
        for name in (*fields.values(), "Parent.Name", "Foo")
    ]
    queries += [f"SELECT Id FROM Account ORDER BY {name} DESC NULLS LAST" for name in fields.values()]
    answers = {query: api.query(query, "queryAll").status_code for query in queries}
    assert {query: status for query, status in answers.items() if status not in (200, 400)} == {}
    assert 200 in answers.values()


MANY_DIGITS = "9" * 5000


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/query?q=SELECT+Id+FROM+Account+LIMIT+{2**31}", 400),
        (f"/query?q=SELECT+Id+FROM+Account+LIMIT+{2**31 - 1}", 200),
        (f"/query?q=SELECT+Id+FROM+Account+LIMIT+{MANY_DIGITS}", 400),
        (f"/query?q=SELECT+Id+FROM+Account+OFFSET+{MANY_DIGITS}", 400),
        (r"/query?q=SELECT+Id+FROM+Account+WHERE+Id='\ud800'", 400),
        (r"/query?q=SELECT+Id+FROM+Account+WHERE+Name='\ud83d\ude00'", 200),
        (f"/query/01g-{MANY_DIGITS}", 400),
        (f"/?page={MANY_DIGITS}", 200),
    ],
)
def test_numbers_and_letters_beyond_all_measure_are_met(shop: Api, path: str, status: int) -> None:
    url = path if path.startswith("/?") else BASE + path
    assert shop.client.get(url, headers=shop.headers).status_code == status


def test_numbers_beyond_all_measure_in_a_header_or_a_form_are_met(shop: Api) -> None:
    asked = {"Sforce-Query-Options": f"batchSize={MANY_DIGITS}"}
    assert shop.query("SELECT Id FROM Account", headers=asked).status_code == 200
    parts = [{"referenceId": "a", "method": "GET", "url": f"{BASE}/sobjects/@{{b[{MANY_DIGITS}]}}"}]
    assert shop.call("POST", "/composite", {"compositeRequest": parts}).status_code == 200
    assert shop.client.post("/window/faults", data={"fault": "slow", "times": MANY_DIGITS}).status_code == 303
    shop.client.delete("/_sim/faults")


def _passed(text: str, encoding: str) -> bytes:
    return text.encode(encoding, "surrogatepass")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_half_a_letter_is_refused_before_it_is_kept(shop: Api, encoding: str) -> None:
    """Kept once, it would break every answer that shows it."""
    half = r"\uD800" if encoding == "ascii" else "\ud800"
    for url, body in (
        (f"{BASE}/sobjects/Account", f'{{"Name": "{half}"}}'),
        ("/_sim/edit", f'{{"as": "{half}", "do": "create", "fields": {{"Name": "A"}}}}'),
        ("/_sim/edit", f'{{"as": "A", "do": "create", "fields": {{"Name": "{half}"}}}}'),
    ):
        headers = {**shop.headers, "Content-Type": "application/json"}
        assert shop.client.post(url, data=_passed(body, encoding), headers=headers).status_code == 400
    assert shop.query("SELECT Name, Owner.Name FROM Account").status_code == 200


@some
@given(fields=FIELDS)
def test_no_row_breaks_the_service(shop: Api, fields: dict[str, Any]) -> None:
    key = shop.found("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    for method, path in (
        ("POST", "/sobjects/Account"), ("PATCH", f"/sobjects/Account/{key}"), ("POST", "/sobjects/Contact"),
        ("PATCH", "/sobjects/Account/Xero_Contact_Id__c/k"),
    ):  # fmt: skip
        assert shop.call(method, path, fields).status_code < 500
    rows = {"records": [{"attributes": {"type": "Account"}, **fields}]}
    assert shop.call("POST", "/composite/sobjects", rows).status_code < 500
    assert shop.call("PATCH", "/composite/sobjects", rows).status_code < 500
    assert shop.call("PATCH", "/composite/sobjects/Account/Xero_Contact_Id__c", rows).status_code < 500
    edit = shop.client.post("/_sim/edit", json={"do": "update", "id": key, "fields": fields})
    assert edit.status_code in (200, 400)


@some
@given(body=VALUES, part=VALUES)
def test_no_envelope_breaks_the_service(shop: Api, body: Any, part: Any) -> None:
    bodies = (body, {"records": body}, {"records": [part]}, {"ids": body, "fields": part}, {"compositeRequest": body})
    subrequest = {"referenceId": "a", "method": "POST", "url": f"{BASE}/sobjects/Account", "body": body}
    composites = ({"compositeRequest": [{**subrequest, "httpHeaders": part}]}, {"compositeRequest": [subrequest, part]})
    for path in ("/composite/sobjects", "/composite/sobjects/Account", "/composite"):
        for sent in (*bodies, *composites):
            assert shop.call("POST", path, sent).status_code < 500, sent
