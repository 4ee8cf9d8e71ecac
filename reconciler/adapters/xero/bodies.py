"""The requests that write to Xero, byte for byte: PUT creates with our own number, POST changes by ContactID."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from reconciler.core.schema import KindRule
from reconciler.mapping.xero import PARTNER, to_wire
from reconciler.ports import Write

AT_ONCE = 50  # Xero's own advice; a request may be 10 MB


def encode(value: Any) -> bytes:
    """The one way JSON is written here: an Idempotency-Key holds only for identical bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def contacts(rule: KindRule, writes: Sequence[Write]) -> tuple[bytes, list[bytes]]:
    """The request that carries `writes`, and the share of each."""
    elements = [_element(rule, write) for write in writes]
    return encode({"Contacts": elements}), [encode(element) for element in elements]


def _element(rule: KindRule, write: Write) -> dict[str, Any]:
    named = {"ContactID": write.id} if write.id else {}
    if write.archive:
        return {**named, "ContactStatus": "ARCHIVED"}
    number = {PARTNER: write.partner} if write.partner else {}
    return {**named, **to_wire(write.fields, rule), **number}


def batch_key(writes: Sequence[Write]) -> str:
    """The name of this try of these writes; "" when any is unnamed: a key made of the values would repeat itself."""
    keys = [write.key for write in writes]
    return _digest(*keys) if all(keys) else ""


def idempotency_key(tenant: str, key: str) -> str:
    """A batch's key within one organisation: Xero does not say whether keys are kept apart by organisation."""
    return _digest(tenant, key) if key else ""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
