"""What is written is what is read again, whatever the value and whichever the side."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model import Fields, Side
from reconciler.core.values import canonical
from reconciler.mapping import salesforce, xero
from reconciler.mapping.limits import cannot_hold
from reconciler.mapping.shipped import CUSTOMER

TEXT = st.text(max_size=12) | st.sampled_from(
    ["", " x ", "1 Quay\r\nFloor 2", "+64 9 123 4567", "Q\n\nR", "1250.5", "-3"]
)
KEYS = st.sampled_from([rule.key for rule in CUSTOMER.fields])


@st.composite
def changes(draw) -> Fields:
    keys = draw(st.sets(KEYS, min_size=1))
    rules = [CUSTOMER.field(key) for key in sorted(keys)]
    values = {rule.key: tuple(draw(TEXT) for _ in rule.members) if rule.members else draw(TEXT) for rule in rules}
    return {rule.key: canonical(rule.comparison, values[rule.key]) for rule in rules}


@given(changes())
def test_what_is_written_to_salesforce_is_read_again(fields):
    body = json.loads(json.dumps(salesforce.to_wire(fields, CUSTOMER)))
    assert salesforce.to_record(body, CUSTOMER).fields == fields


@given(changes())
def test_what_is_written_to_xero_is_read_again(fields):
    written = {key: value for key, value in fields.items() if not CUSTOMER.field(key).derived}
    held = {key: value for key, value in written.items() if not _too_many_lines(key, value)}
    body = json.loads(json.dumps(xero.to_wire(held, CUSTOMER)))
    seen = xero.to_record(body, CUSTOMER).fields
    assert {key: seen[key] for key in held} == held
    assert {type(text) for text in _texts(body)} <= {str}


def _texts(body):
    """Everything in a body that is neither mapping nor list."""
    if isinstance(body, dict | list):
        return [text for part in (body.values() if isinstance(body, dict) else body) for text in _texts(part)]
    return [body]


def _too_many_lines(key, value):
    refusal = cannot_hold(Side.XERO, CUSTOMER.field(key), value)
    return refusal is not None and refusal.code == "too_many_lines"
