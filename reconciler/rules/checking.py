"""Whether rules can hold as a whole: what each side can do, and what two fields may not both do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.core.model import SIDES, Side
from reconciler.core.schema import FieldRule, Flow, KindRule
from reconciler.mapping import salesforce, xero
from reconciler.mapping.limits import SALESFORCE, read_only
from reconciler.rules import wording


def faults(rule: KindRule) -> Iterator[tuple[str, str]]:
    """Each fault of a kind's rules as the path below the kind and a sentence."""
    for field in rule.fields:
        found = (*_flow_faults(field), *_group_faults(field), *_reserved(field, rule), *wording.faults(field))
        for setting, sentence in found:
            yield f"fields.{field.key}.{setting}", sentence
    for side in SIDES:
        yield from _written_twice(rule, side)


def _flow_faults(field: FieldRule) -> Iterator[tuple[str, str]]:
    for side in SIDES:
        reason = read_only(side, field)
        if reason and field.flow.reaches(side):
            other = Flow.X2S if side is Side.XERO else Flow.S2X
            yield "flow", f"{reason}, so nothing can flow to it: write {other} or {Flow.OFF}"


def _group_faults(field: FieldRule) -> Iterator[tuple[str, str]]:
    grouped = field.xero.startswith(f"{xero.ADDRESSES}.")
    if grouped and field.comparison != "address":
        yield "comparison", f"{field.xero} is an address and is compared as one: write address"
    if not grouped and field.comparison == "address":
        yield "comparison", f"{field.xero} is no address: write another comparison"
    if grouped and (field.salesforce.endswith("__c") or field.salesforce in SALESFORCE):
        yield "salesforce", "an address is named by its prefix, such as Billing or Shipping"
    if field.xero.startswith(f"{xero.BALANCES}.") is not field.derived:
        yield "comparison", "a balance of Xero's is compared as one, and nothing else is: write balance or leave it out"
    if not grouped and field.salesforce in {"Billing", "Shipping"}:
        yield "xero", f"{field.salesforce} is a whole address: write Addresses.POBOX or Addresses.STREET"


def _reserved(field: FieldRule, rule: KindRule) -> Iterator[tuple[str, str]]:
    own = {name.casefold() for name in (*salesforce.OWN_COLUMNS, rule.opt_in.salesforce)} - {"name"}
    if field.salesforce.casefold() in own:
        yield "salesforce", f"{field.salesforce} is Concord's or Salesforce's own and cannot be shared"


def _written_twice(rule: KindRule, side: Side) -> Iterator[tuple[str, str]]:
    """Two fields that write one place would take turns at overwriting each other."""
    writing = [field for field in rule.fields if field.flow.reaches(side)]
    counts = Counter(place for field in writing for place in _places(side, field))
    for field in writing:
        twice = [place for place in _places(side, field) if counts[place] > 1]
        if twice:
            title = side.value.title()
            yield f"fields.{field.key}.{side}", f"another field is written to {title}'s {_name(side, field)} too"


def _places(side: Side, field: FieldRule) -> tuple[str, ...]:
    names = salesforce.columns(field) if side is Side.SALESFORCE else (field.xero,)
    return tuple(name.casefold() for name in names)


def _name(side: Side, field: FieldRule) -> str:
    return field.salesforce if side is Side.SALESFORCE else field.xero
