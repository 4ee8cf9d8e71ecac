"""The requests that write to Salesforce, byte for byte.

An update is a PATCH that holds only if nobody has touched the record since it was read, up to 24 of them in one
composite whose last part reads the records back (a PATCH answers without a body).  A create is an upsert by the unique
external id, so that a second try finds what the first one made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from reconciler.adapters.salesforce import soql
from reconciler.core.schema import KindRule
from reconciler.mapping.salesforce import PARTNER, soql_fields, to_wire
from reconciler.ports import Write

UPDATES_AT_ONCE = 24  # a composite takes 25 parts, and one of them reads back
CREATES_AT_ONCE = 200
READ_BACK = "read"


def encode(value: Any) -> bytes:
    """The one way JSON is written here, so that the same value is always the same bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def update(thing: str, rule: KindRule, writes: Sequence[Write], version: str) -> tuple[bytes, list[bytes]]:
    """The composite that changes `writes`, and the share of each."""
    base = f"/services/data/v{version}"
    parts = [_patch(f"{base}/sobjects/{thing}", rule, write, index) for index, write in enumerate(writes)]
    question = soql.by_ids(soql_fields(rule), thing, [write.id for write in writes])
    read = {"method": "GET", "url": f"{base}/queryAll?q={quote(question)}", "referenceId": READ_BACK}
    return encode({"allOrNone": False, "compositeRequest": [*parts, read]}), [encode(part) for part in parts]


def create(thing: str, rule: KindRule, writes: Sequence[Write]) -> tuple[bytes, list[bytes]]:
    """The collection that creates `writes`, and the share of each."""
    records = [{"attributes": {"type": thing}, **_fields(rule, write)} for write in writes]
    return encode({"allOrNone": False, "records": records}), [encode(record) for record in records]


def _patch(base: str, rule: KindRule, write: Write, index: int) -> dict[str, Any]:
    part: dict[str, Any] = {
        "method": "PATCH",
        "url": f"{base}/{quote(write.id)}",
        "referenceId": reference(index),
        "body": _fields(rule, write),
    }
    if write.edited_at is not None:
        part["httpHeaders"] = {"If-Unmodified-Since": format_datetime(write.edited_at, usegmt=True)}
    return part


def reference(index: int) -> str:
    """The name of a write's part in the composite."""
    return f"w{index}"


def _fields(rule: KindRule, write: Write) -> Mapping[str, Any]:
    """What is written of one record.  Retiring one here means clearing its opt-in; Concord deletes nothing."""
    if write.archive:
        return {rule.opt_in.salesforce: False}
    fields = to_wire(write.fields, rule)
    if write.partner:
        fields[PARTNER] = write.partner
    if write.flag:
        fields[rule.opt_in.salesforce] = True
    return fields
