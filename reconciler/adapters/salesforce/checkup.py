"""What a check-up asks Salesforce: fields, rights, quotas, and whether the vendor is as we assume.  Reads only.

Each check is one question; what the vendor's documents leave open, and a reading can settle, is settled here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from reconciler.adapters.salesforce import soql
from reconciler.adapters.salesforce.fields import missing
from reconciler.core.model import Side
from reconciler.core.schema import FieldRule, Flow, KindRule
from reconciler.mapping.limits import SALESFORCE, XERO_LENGTHS, described
from reconciler.mapping.salesforce import PARTNER, columns
from reconciler.mapping.stamps import EPOCH
from reconciler.mapping.unseen import REMEDY, plainly, unseen
from reconciler.mapping.xero import cells
from reconciler.ports import Finding

# A Xero id is a GUID in 36 characters.
GUID_LENGTH = 36
# Of the accounts Salesforce counts, the share our user must see: the count is allowed to lag behind.
SEEN = 0.95
SPARE = 0.1
FOUND, PRECONDITION_FAILED = 200, 412
ADDRESS_OF = {"Billing": "BillingStateCode", "Shipping": "ShippingStateCode"}


@dataclass(frozen=True, slots=True)
class Line:
    """How Salesforce is asked: a path below the version's root, a query, or a path for the status it answers with."""

    ask: Callable[..., Any]
    query: Callable[[str], Any]
    status: Callable[[str, Mapping[str, str]], int]


def examine(line: Line, thing: str, rule: KindRule) -> Iterator[Finding]:
    """Every check of one kind of record."""
    answer = line.ask(f"sobjects/{thing}/describe")
    yield from fields(answer, thing, rule)
    yield from rights(answer, thing)
    yield _sees_everything(line, thing)
    yield quota(line.ask("limits"))
    yield from shape(answer, rule)
    yield _conditional(line, thing)
    yield _history(line, thing)


def fields(answer: Mapping[str, Any], thing: str, rule: KindRule) -> Iterator[Finding]:
    """Missing, hidden, read-only or too short."""
    lacks = missing(answer, thing, rule)
    remedy = "Deploy the package that `metadata` makes, and give its permission set to the integration user."
    for sentence in lacks:
        yield Finding("fields", "bad", sentence, remedy)
    if not lacks:
        yield Finding("fields", "good", f"{thing} has every field of the rules, and Concord may write those it must.")
    found = described(answer)
    for named, column in unseen(rule, found):
        text = f"No record can be shared by its criteria: {plainly(named, column)}."
        yield Finding("criteria", "bad", text, REMEDY)
    if PARTNER in found and 0 < found[PARTNER].length < GUID_LENGTH:
        text = f"{PARTNER} holds {found[PARTNER].length} characters; a Xero id has {GUID_LENGTH}."
        yield Finding("fields", "bad", text, f"Make it a text of {GUID_LENGTH} characters.")
    lengths = {name: shape.length for name, shape in found.items()}
    short = [told for field in rule.fields if field.flow.reaches(Side.SALESFORCE) for told in _shorter(field, lengths)]
    if short:
        text = f"Characters that fit here are fewer than in Xero; a longer value is not carried: {', '.join(short)}."
        yield Finding("fields", "look", text, "Nothing is cut: such a record is listed under “Needs fixing”.")


def _shorter(field: FieldRule, lengths: Mapping[str, int]) -> Iterator[str]:
    there = _most_in_xero(field)
    for column in columns(field):
        here = lengths.get(column, 0)
        if here and there.get(column, 0) > here:
            yield f"{column} ({here}, in Xero {there[column]})"


def _most_in_xero(field: FieldRule) -> dict[str, int]:
    limits = [XERO_LENGTHS.get(cell.rpartition(".")[2], 0) for cell, _ in cells(field, "")]
    if not field.members:
        return {field.salesforce: limits[0]}
    # An address: four lines make the street, the others stand one for one.
    return dict(zip(columns(field), (sum(limits[:4]) + 3, *limits[4:]), strict=False))


def rights(answer: Mapping[str, Any], thing: str) -> Iterator[Finding]:
    """What the integration user may do with the object as a whole."""
    wanted = {"queryable": "read", "updateable": "edit", "createable": "create"}
    lacking = [word for name, word in wanted.items() if not answer.get(name, True)]
    if lacking:
        text = f"The integration user may not {', '.join(lacking)} {thing} records."
        yield Finding("rights", "bad", text, "Give it the permission set of the metadata package.")
    else:
        yield Finding("rights", "good", f"The integration user may read, create and edit {thing} records.")


def _sees_everything(line: Line, thing: str) -> Finding:
    """A record that is not shared with our user looks as if it did not exist."""
    counted = line.ask("limits/recordCount", params={"sObjects": thing})["sObjects"]
    every = next((int(row["count"]) for row in counted if row["name"] == thing), 0)
    seen = int(line.query(soql.count(thing))["totalSize"])
    if seen < every * SEEN:
        text = f"Salesforce counts about {every:,} {thing} records; the integration user sees {seen:,}."
        return Finding("rights", "bad", text, "Give it View All on them: the permission set of `metadata` does.")
    return Finding("rights", "good", f"The integration user sees all of the {seen:,} {thing} records.")


def quota(limits: Mapping[str, Any]) -> Finding:
    """How much of the day's calls is left."""
    day = limits.get("DailyApiRequests") or {}
    most, left = int(day.get("Max") or 0), int(day.get("Remaining") or 0)
    text = f"{left:,} of {most:,} calls are left in the 24 hours that run; other programs use the same ones."
    if left < most * SPARE:
        return Finding("quota", "bad" if not left else "look", text, "See who uses them: Setup > Company Information.")
    return Finding("quota", "good", text)


def shape(answer: Mapping[str, Any], rule: KindRule) -> Iterator[Finding]:
    """Where this organisation differs from the standard one that we assume."""
    found = described(answer)
    shared = [column for field in rule.fields if field.flow is not Flow.OFF for column in columns(field)]
    for name in shared:
        assumed = SALESFORCE[name].length if name in SALESFORCE else 0
        if name in found and assumed and found[name].length not in (0, assumed):
            text = f"{name} holds {found[name].length} characters here; the standard is {assumed}."
            yield Finding("assumption", "look", text, "Concord goes by what the organisation says.")
        if name in found and found[name].picklist:
            text = f"{name} takes only the {len(found[name].picklist)} values of its picklist."
            yield Finding("assumption", "look", text, "`rules plan` lists the values it will not take.")
    coded = [prefix for prefix, code in ADDRESS_OF.items() if code in found]
    if coded:
        text = f"State and country picklists are on ({', '.join(coded)}): only listed states and countries are taken."
        yield Finding("assumption", "look", text, "Spell them in Xero as the list does.")
    if "IsPersonAccount" in found:
        text = "Person accounts are on: the name of a person is written as first and last name."
        yield Finding("assumption", "look", text)


def _conditional(line: Line, thing: str) -> Finding:
    """Our writes rest on If-Unmodified-Since; a read whose condition fails must be refused the same way."""
    rows = line.query(soql.latest(thing))["records"]
    if not rows:
        return Finding("assumption", "look", "Without a single record, conditional requests could not be tried.")
    header = {"If-Unmodified-Since": format_datetime(EPOCH, usegmt=True)}
    status = line.status(f"sobjects/{thing}/{rows[0]['Id']}", header)
    if status == PRECONDITION_FAILED:
        return Finding("assumption", "good", "A request onto a record that has changed since is refused (412).")
    text = f"Salesforce does not honour If-Unmodified-Since (it answered {status}): a later edit could be written over."
    return Finding("assumption", "bad", text, "Leave the connection read-only, and tell whoever looks after Concord.")


def _history(line: Line, thing: str) -> Finding:
    """Field history turns "some time between two readings" into a moment and a name."""
    if line.status(f"sobjects/{thing}History/describe", {}) == FOUND:
        return Finding("assumption", "good", f"Field history of {thing} can be read, for the fields that are tracked.")
    text = f"Field history of {thing} cannot be read: who was last is known from the record's own stamp only."
    return Finding("assumption", "look", text, "Track the shared fields in Salesforce for better evidence.")
