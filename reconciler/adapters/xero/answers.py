"""What became of each write to Xero, from the elements of an answer.

A 200 is no success: every element says for itself.  Elements come in the order sent as far as anyone has seen, which
no document promises, so each is also known by its id or number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.adapters.catalogue import WAIT, xero_refusal
from reconciler.core.schema import KindRule
from reconciler.errors import Refusal
from reconciler.mapping.xero import PARTNER, to_record
from reconciler.ports import Moved, Outcome, Refused, Write, Written

Element = Mapping[str, Any]

TRY_AGAIN = Refused(
    Refusal(
        code="batch_refused",
        message="Xero refused the request this record went with, because of another record.",
        remedy="Nothing to do: the next run tries again without that one.",
        retry=WAIT,
    )
)


def matched(elements: Sequence[Element], writes: Sequence[Write]) -> list[Element | None]:
    """The element that answers each write; None where there is none that certainly does."""
    if len(elements) == len(writes) == 1:
        return list(elements)
    return [_answering(elements, index, write) for index, write in enumerate(writes)]


def _answering(elements: Sequence[Element], index: int, write: Write) -> Element | None:
    at = elements[index] if index < len(elements) else None
    if at is not None and _answers(at, write):
        return at
    return next((element for element in elements if _answers(element, write)), None)


def _answers(element: Element, write: Write) -> bool:
    if write.id:
        return _same(element.get("ContactID"), write.id)
    return _same(element.get(PARTNER), write.partner)


def _same(one: object, other: str) -> bool:
    return bool(other) and str(one).lower() == other.lower()


def outcome(element: Element, write: Write, rule: KindRule) -> Outcome:
    """What one element says became of its write; fields of a refused element are only an echo of what was sent."""
    if not failed(element):
        return Written(to_record(element, rule, answer=True))
    refusal, field = xero_refusal(messages(element))
    if write.id and refusal.code == "archived":
        return Moved()  # archived since it was read: looking again shows it
    return Refused(replace(refusal, field=key_of(field, rule)))


def failed(element: Element) -> bool:
    """Whether the element was refused."""
    return element.get("StatusAttributeString") == "ERROR" or element.get("HasValidationErrors") is True


def messages(element: Element) -> list[str]:
    """The sentences of an element's errors; some answers call them Description."""
    errors = element.get("ValidationErrors")
    rows = [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []
    return [str(row.get("Message") or row.get("Description") or "") for row in rows]


def key_of(field: str, rule: KindRule) -> str:
    """Our key of a Xero field, or the field itself where the rules do not share it."""
    return next((one.key for one in rule.fields if one.xero == field), field)
