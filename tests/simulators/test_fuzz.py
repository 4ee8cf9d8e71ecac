"""Whatever a stranger sends, neither twin breaks down: no 5xx that was not asked for, on any path, verb or encoding."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.simulators.simulate import Pair
from tests.simulators.fuzzing import (
    BODIES,
    JSON,
    MOMENTS,
    ODD_TEXTS,
    TYPES,
    VERBS,
    XML,
    Target,
    salesforce_target,
    xero_target,
)

pytestmark = pytest.mark.prove
some = settings(max_examples=max(30, settings().max_examples // 4))
"""Each example is a dozen calls, so that a quarter of them is plenty."""

SEGMENTS = {
    "salesforce": [
        "services", "data", "v66.0", "v0.0", "v99.9", "vX", "sobjects", "Account", "Contact", "User", "AccountHistory",
        "describe", "updated", "deleted", "query", "queryAll", "composite", "limits", "recordCount", "jobs", "ingest",
        "Xero_Contact_Id__c", "Key__c", "oauth2", "token", "revoke", "introspect", "authorize", "userinfo", "id",
        "Soap", "u", "async", "_sim", "reset", "faults", "edit", "state", "settings", "clock", "calls", "window", "new",
    ],
    "xero": [
        "api.xro", "2.0", "Contacts", "contacts", "ContactGroups", "Organisation", "Actions", "History", "connections",
        "connect", "token", "revocation", "identity", "authorize", ".well-known", "openid-configuration", "Invoices",
        "jwks", "userinfo",
        "_sim", "reset", "faults", "edit", "state", "settings", "clock", "calls", "window", "contact", "new", "archive",
    ],
}  # fmt: skip
FIELDS = st.dictionaries(
    st.sampled_from([
        "Name", "ContactID", "ContactNumber", "AccountNumber", "EmailAddress", "ContactStatus", "Phones", "Addresses",
        "ContactPersons", "PaymentTerms", "TaxNumber", "DefaultCurrency", "IsCustomer", "Website", "Balances", "Id",
        "ContactGroups", "MergedToContactID", "HasValidationErrors", "Phone", "BillingCountryCode", "BillingState",
        "Sync_with_Xero__c", "NumberOfEmployees", "AnnualRevenue", "ParentId", "Seen__c", "Sold__c", "attributes",
        "PhoneType", "AddressType", "PhoneNumber", "records", "Contacts", "HistoryRecords", "Details", "as", "do",
    ]),
    JSON, max_size=5,
)  # fmt: skip
FORMS = st.dictionaries(
    st.sampled_from([
        "grant_type", "client_id", "client_secret", "code", "redirect_uri", "refresh_token", "scope", "token", "state",
        "response_type", "code_verifier", "code_challenge", "code_challenge_method", "decision", "user", "as", "Name",
        "fault", "times", "which", "loser", "new", "group", "IsCustomer", "organisation", "nonce",
    ]),
    ODD_TEXTS | st.sampled_from([
        "authorization_code", "refresh_token", "client_credentials", "password", "concord", "code", "S256", "allow",
        "http://localhost:8000/x", "http://[", "https://", "accounting.contacts", "offline_access", "drop_after",
    ]),
    max_size=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def targets() -> dict[str, Target]:
    return {"salesforce": salesforce_target(), "xero": xero_target()}


def paths(vendor: str) -> st.SearchStrategy[str]:
    words = st.sampled_from(SEGMENTS[vendor]) | ODD_TEXTS.map(lambda text: quote(text.encode("utf-8", "surrogatepass")))
    roots = {"salesforce": ["/services/data/v66.0", "/services", "", "/window", "/id"], "xero": ["/api.xro/2.0", ""]}
    return st.builds(
        lambda root, rest: root + "".join(f"/{word}" for word in rest),
        st.sampled_from(roots[vendor]),
        st.lists(words, max_size=4),
    ).filter(lambda path: not path.startswith("//"))  # the test client takes what follows for the name of a host


def headers() -> st.SearchStrategy[dict[str, str]]:
    plain = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=20)
    values = plain | MOMENTS.filter(lambda text: text.isprintable() and text.isascii())
    return st.dictionaries(
        st.sampled_from([
            "If-Modified-Since", "If-Unmodified-Since", "If-Match", "If-None-Match", "Authorization", "xero-tenant-id",
            "Idempotency-Key", "Sforce-Query-Options", "Sforce-Duplicate-Rule-Header", "X-SFDC-Session", "Expect",
            "X-HTTP-Method-Override", "Sec-Fetch-Site", "Accept", "Content-Encoding", "Range", "Host", "Cookie",
        ]),
        values, max_size=4,
    )  # fmt: skip


def check(answer: Any, *said: Any) -> None:
    asked = answer.status_code == 500 and answer.mimetype == "text/xml"  # the vendor's way of refusing SOAP
    assert answer.status_code < 500 or asked, (answer.status_code, said)


@pytest.mark.parametrize("vendor", ["salesforce", "xero"])
@some
@given(data=st.data())
def test_no_path_verb_header_or_body_breaks_the_service(vendor: str, targets: dict[str, Target], data: Any) -> None:
    method, path, sent = data.draw(VERBS), data.draw(paths(vendor)), data.draw(headers())
    if path.rstrip("/").endswith(("reset", "faults", "settings", "clock")) and "_sim" in path:
        return  # these change what is asked of the twin; they have a test of their own
    body, kind = data.draw(BODIES), data.draw(TYPES)
    query = "&".join(f"{quote(key)}={quote(value.encode('utf-8', 'surrogatepass'))}" for key, value in data.draw(
        st.dictionaries(st.sampled_from(["q", "where", "order", "page", "pageSize", "IDs", "fields", "start", "end",
                                         "ids", "type", "summarizeErrors", "watch", "includeArchived"]),
                        ODD_TEXTS | MOMENTS, max_size=3)).items())  # fmt: skip
    answer = targets[vendor].call(method, f"{path}?{query}", headers=sent, data=body, content_type=kind)
    check(answer, method, path, query, sent, body, kind)


@pytest.mark.parametrize("vendor", ["salesforce", "xero"])
@some
@given(data=st.data())
def test_no_record_breaks_the_service(vendor: str, targets: dict[str, Target], data: Any) -> None:
    target, fields = targets[vendor], data.draw(FIELDS)
    key = data.draw(
        st.sampled_from(target.ids) | ODD_TEXTS.map(lambda text: quote(text.encode("utf-8", "surrogatepass")))
    )
    base = {"salesforce": "/services/data/v66.0/sobjects/Account", "xero": "/api.xro/2.0/Contacts"}[vendor]
    rows = (
        {"records": [{**fields, "attributes": {"type": "Account"}}]}
        if vendor == "salesforce"
        else {"Contacts": [fields]}
    )
    for method, path, sent in (
        ("POST", base, fields), ("POST", base, rows), ("PUT", base, rows), ("PATCH", f"{base}/{key}", fields),
        ("POST", f"{base}/{key}", fields), ("PUT", f"{base}/{key}/History", fields),
        ("PATCH", f"{base}/Xero_Contact_Id__c/{key}", fields), ("PATCH", f"{base}/Key__c/{key}", fields),
        ("POST", "/services/data/v66.0/composite/sobjects", rows),
        ("POST", "/_sim/edit", {"do": "update", "id": key, "fields": fields}),
        ("POST", "/_sim/edit", {"do": "create", "fields": fields}), ("POST", "/_sim/edit", fields),
    ):  # fmt: skip
        check(target.call(method, path, json=sent), method, path, sent)


@some
@given(body=XML, method=st.sampled_from(["PUT", "POST"]))
def test_no_xml_breaks_the_service(targets: dict[str, Target], body: bytes, method: str) -> None:
    for path in ("/api.xro/2.0/Contacts", "/api.xro/2.0/ContactGroups"):
        check(targets["xero"].call(method, path, data=body, content_type="application/xml"), method, path, body)


FILTER_WORDS = [
    "Name",
    "ContactNumber",
    "ContactID",
    "UpdatedDateUTC",
    "IsCustomer",
    "ContactStatus",
    "Foo",
    "==",
    "=",
    "!=",
    "<>",
    "<",
    ">=",
    "&&",
    "||",
    "AND",
    "OR",
    "!",
    "(",
    ")",
    ".",
    ",",
    '"',
    '""',
    '"x"',
    "\\",
    "null",
    "true",
    "5",
    "-1.5",
    'Guid("x")',
    "DateTime(2026,1,1)",
    "DateTime(",
    "9" * 30,
    ".Contains(",
    ".ToLower()",
    ".StartsWith(",
    "DateTime.Parse(",
]
QUERY_WORDS = [
    "SELECT", "Id", "Name", "FROM", "Account", "Contact", "a", "WHERE", "IN", "NOT", "(", ")", ",", "(SELECT Id FROM",
    "Contacts", "Histories)", "GROUP BY", "ORDER BY", "COUNT(Id)", "MAX(Seen__c)", "LIMIT 1", "OFFSET 1", "=", "<",
    "'x'", "null", "TRUE", "5", "LAST_N_YEARS:9999", "NEXT_N_WEEKS:99999999", "N_QUARTERS_AGO:3", "THIS_WEEK",
    "LIKE", "AccountId", "DESC", "HAVING",
    "CALENDAR_YEAR(Sold__c)", "DAY_ONLY(Seen__c)", "toLabel(Industry)", "USING SCOPE mine", ", Account.Owner b",
    "Sold__c", "Seen__c", "Key__c", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "FIELDS(ALL)", "AND", "OR",
]  # fmt: skip


@some
@given(
    where=st.lists(st.sampled_from(FILTER_WORDS), max_size=10).map(" ".join),
    soql=st.lists(st.sampled_from(QUERY_WORDS), max_size=14).map(" ".join),
    deep=st.sampled_from(["(", "!", "!(", "NOT (", "Id IN (SELECT AccountId FROM Contact WHERE "]),
)
def test_no_filter_and_no_query_breaks_the_service(
    targets: dict[str, Target], where: str, soql: str, deep: str
) -> None:
    for text in (where, deep * 300 + where, f'Name=="{where}'):
        for key in ("where", "order", "searchTerm"):
            check(targets["xero"].call("GET", "/api.xro/2.0/Contacts", query_string={key: text, "page": 1}), text)
    start = "SELECT Id FROM Account WHERE "
    for text in (soql, f"SELECT {soql}", start + soql, start + deep * 300 + soql, f"SELECT Id FROM Account {soql}"):
        for resource in ("query", "queryAll"):
            path = f"/services/data/v66.0/{resource}"
            check(targets["salesforce"].call("GET", path, query_string={"q": text}), text)


@pytest.mark.parametrize("vendor", ["salesforce", "xero"])
@some
@given(form=FORMS, basic=ODD_TEXTS)
def test_no_form_breaks_sign_in_or_window(vendor: str, targets: dict[str, Target], form: Any, basic: str) -> None:
    forms = {key: value.encode("utf-8", "replace").decode() for key, value in form.items()}
    places = {
        "salesforce": ["/services/oauth2/token", "/services/oauth2/authorize", "/services/oauth2/revoke",
                       "/services/oauth2/introspect", "/window/new", "/window/account/x", "/window/account/x/merge"],
        "xero": ["/connect/token", "/connect/revocation", "/identity/connect/authorize", "/window/new",
                 "/window/contact/x", "/window/contact/x/merge"],
    }[vendor]  # fmt: skip
    for path in places:
        for kept in ({}, {"Authorization": "Basic " + quote(basic.encode("utf-8", "replace"))}):
            check(targets[vendor].call("POST", path, data=forms, headers=kept), path, form, kept)
            check(targets[vendor].call("GET", path, query_string=forms, headers=kept), path, form, kept)


@pytest.mark.parametrize("vendor", ["salesforce", "xero"])
@pytest.mark.parametrize("path", ["reset", "faults", "settings", "clock", "edit"])
@some
@given(body=JSON, known=st.data())
def test_no_control_call_breaks_the_service(vendor: str, path: str, body: Any, known: Any) -> None:
    keys = {
        "reset": ["scenario", "records", "seed"], "clock": ["now", "offset_seconds", "frozen", "rate"],
        "faults": ["match", "times", "do"], "edit": ["as", "do", "type", "id", "loser", "fields", "organisation"],
        "settings": ["day_limit", "minute_limit", "latency_ms", "field_history", "hidden_fields", "environment",
                     "custom_fields", "refusals", "validation_rules", "duplicate_rules", "organisations", "scopes",
                     "stamps_do_not_move", "connected", "offline", "day_seconds", "token_life", "session_life"],
    }[path]  # fmt: skip
    small = JSON.filter(lambda value: not isinstance(value, int) or value < 50)
    sent = known.draw(st.dictionaries(st.sampled_from(keys), small | MOMENTS, max_size=4))
    target = FRESH[vendor]
    for asked in (body, sent, [sent]):
        answer = target.client.post(f"/_sim/{path}", json=asked)
        assert answer.status_code in (200, 400), (answer.status_code, asked)
    target.client.delete("/_sim/faults")


FRESH = {"salesforce": salesforce_target(), "xero": xero_target()}


@pytest.fixture(scope="module")
def listening() -> Iterator[dict[str, int]]:
    with Pair("empty", 0, 1) as pair:
        yield {"salesforce": int(pair.salesforce.url.rsplit(":", 1)[1]), "xero": int(pair.xero.url.rsplit(":", 1)[1])}


@pytest.mark.parametrize("vendor", ["salesforce", "xero"])
@some
@given(
    line=st.sampled_from([
        b"GET / HTTP/1.1", b"GET /api.xro/2.0/Contacts HTTP/9.9", b"POST /connect/token HTTP/1.1", b"GET", b"\x00\x01",
        b"GET /\xff\xfe HTTP/1.1", b"PATCH /services/data/v66.0/sobjects/Account/1 HTTP/1.0", b"GET //x:y@[z HTTP/1.1",
    ]),
    heads=st.lists(
        st.sampled_from([
            b"Content-Length: -1", b"Content-Length: x", b"Content-Length: 99999999999999999999", b"Content-Length: 2",
            b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip", b"Host:", b"no colon", b": empty", b"Expect: 1",
            b"Content-Type: \xff", b"Authorization: Basic \xff\xff", b"Connection: close",
        ]),
        max_size=4,
    ),
    body=st.sampled_from([b"", b"{}", b"zz\r\n", b"5\r\nab", b"FFFFFFFFFFFFFFFFF\r\n", b"0\r\n\r\n", b"-1\r\n"]),
)  # fmt: skip
def test_no_bytes_on_the_wire_break_the_server(
    vendor: str, listening: dict[str, int], line: bytes, heads: list[bytes], body: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", listening[vendor]), timeout=30) as wire:
        wire.sendall(line + b"\r\n" + b"".join(head + b"\r\n" for head in heads) + b"\r\n" + body)
        wire.shutdown(socket.SHUT_WR)
        said = wire.recv(4096)
    allowed = (b"HTTP/1.1 501", b"HTTP/1.1 505", b"HTTP/1.0 501", b"HTTP/1.0 505")
    assert not said.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")) or said.startswith(allowed), said[:200]
