"""What the fuzz throws at both twins, and one caller for each; no test is in here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from hypothesis import strategies as st

from reconciler.simulators import salesforce, xero
from reconciler.simulators.kit import Clock
from tests.simulators.salesforce.api import NOON

CLIENT = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}
VERBS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY", "get"])
ODD_TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", " ", "\x00", "\ud83d\ude00", "%", "%zz", "../..", "'", '"', "\\", "0", "-1", "1e999", "null",
                     "9" * 400, "a" * 5000,
                     "\uff12\uff10\uff12\uff16", "\u202e", "ﬁ", "İ", "ß", "00000000-0000-0000-0000-000000000000"]),
)  # fmt: skip
MOMENTS = st.one_of(
    ODD_TEXTS,
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "Mon, 04 May 2026 12:00:00 GMT",
                     "Mon, 32 May 2026 25:00:00 GMT", "2026-05-04", "2026-W19-1", "20260504T120000Z", "/Date(1)/",
                     "Mon, 04 May 99999 12:00:00 GMT", "1778155200", "Mon, 04 May 2026 12:00:00 -9999"]),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | ODD_TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXTS, inner, max_size=3),
    max_leaves=6,
)


def encoded(value: Any) -> st.SearchStrategy[bytes]:
    """The value as JSON, as it should be and as it should not."""
    text = json.dumps(value)
    return st.sampled_from([
        text.encode(), text.encode("utf-16"), text.encode()[:-1], b"\xef\xbb\xbf" + text.encode(), text.encode() * 2,
        text.encode().replace(b'"', b"'"), b"\xff" + text.encode(), b"[" * 3000 + text.encode(),
    ])  # fmt: skip


def tagged(value: Any) -> str:
    """The value as XML, as far as its names allow: they are what a parser must survive."""
    if isinstance(value, dict):
        return "".join(f"<{name}>{tagged(inner)}</{name}>" for name, inner in value.items())
    return "".join(map(tagged, value)) if isinstance(value, list) else str(value)


TAGS = st.sampled_from(["Contacts", "Contact", "Name", "Phones", "Phone", "ContactPersons", "PaymentTerms", "Sales"])
XML = st.recursive(
    ODD_TEXTS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TAGS, inner, max_size=3), max_leaves=8
).map(lambda value: tagged({"Contacts": value}).encode("utf-8", "surrogatepass"))
BODIES = st.one_of(st.binary(max_size=40), JSON.flatmap(encoded), XML)
TYPES = st.sampled_from([
    "application/json", "application/json; charset=utf-16", "text/xml", "application/xml", "",
    "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json; =", "a/b/c",
])  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A twin with a token to call it by."""

    client: FlaskClient = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    ids: list[str] = field(repr=False)

    def call(self, method: str, path: str, **sent: Any) -> Any:
        headers = {**self.headers, **sent.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **sent)


def salesforce_target() -> Target:
    app, twin = salesforce.create_app("unlinked", 12, 1, clock=Clock(source=lambda: NOON))
    twin.settings({
        "day_limit": 10**9, "session_life": 10**9, "field_history": ["Phone"], "state_country_picklists": True,
        "custom_fields": {"Account.Seen__c": {"type": "datetime"}, "Account.Sold__c": {"type": "multipicklist"},
                          "Account.Key__c": {"type": "string", "external_id": True}},
    })  # fmt: skip
    return _target(app, "/services/oauth2/token", {}, [record["Id"] for record in twin.state("Account")])


def xero_target() -> Target:
    app, twin = xero.create_app("demo", 12, 1, clock=Clock(source=lambda: NOON))
    limits = ("minute_limit", "day_limit", "app_minute_limit", "token_life")
    twin.settings(dict.fromkeys(limits, 10**9))
    ids = [contact["ContactID"] for contact in twin.state("Contact")]
    return _target(app, "/connect/token", {"xero-tenant-id": twin.tenant_id}, ids)


def _target(app: Any, path: str, headers: dict[str, str], ids: list[str]) -> Target:
    client = app.test_client()
    token = client.post(path, data=CLIENT).get_json()["access_token"]
    return Target(client, {"Authorization": f"Bearer {token}", **headers}, ids)
