"""What a side cannot hold or cannot be written, known before anything is sent.

Never a silent cut: whatever does not fit is a refusal that names the place, the limit and what was found.
Salesforce's lengths are those of the standard fields; a describe of the organisation (`shapes`) goes before them and
adds the custom ones.  What is not known here is left to the vendor, whose refusal says as much, only later.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.core.model import Side, Value
from reconciler.core.schema import FieldRule
from reconciler.core.values import is_blank
from reconciler.errors import Refusal
from reconciler.mapping import salesforce, xero


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What a describe says about one Salesforce column; `picklist` is empty unless values are restricted to it."""

    length: int = 0  # 0: no limit is known
    type: str = "string"
    picklist: tuple[str, ...] = ()
    updateable: bool = True
    required: bool = False
    # With state and country picklists: the countries under "", or per country its states, by name and by code.
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)


Shapes = Mapping[str, FieldShape]  # by column

_ADDRESS_SHAPES = {"Street": 255, "City": 40, "State": 80, "PostalCode": 20, "Country": 80}
SALESFORCE: Shapes = {
    "Name": FieldShape(255, required=True),
    "AccountNumber": FieldShape(40),
    "Phone": FieldShape(40, "phone"),
    "Fax": FieldShape(40, "phone"),
    "Website": FieldShape(255, "url"),
    "Site": FieldShape(80),
    **{
        prefix + suffix: FieldShape(length)
        for prefix in ("Billing", "Shipping")
        for suffix, length in _ADDRESS_SHAPES.items()
    },
}
XERO_LENGTHS = {
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "AccountNumber": 50,
    "CompanyNumber": 50,
    "TaxNumber": 50,
    "EmailAddress": 255,
    "PhoneNumber": 50,
    **dict.fromkeys(xero.LINES, 500),
    "City": 255,
    "Region": 255,
    "PostalCode": 50,
    "Country": 50,
}
XERO_READ_ONLY = frozenset({"Website", "Balances.Outstanding", "Balances.Overdue"})
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\.]+(\.[^\s@<>()\[\],;:\"\\.]+)+")
_LETTERS = re.compile(r"[^\W\d_]+( [^\W\d_]+)*")


def described(answer: Mapping[str, Any]) -> dict[str, FieldShape]:
    """The columns of a describe answer, by name."""
    fields = {field["name"]: field for field in answer.get("fields", ()) if "name" in field}
    found = {name: _shape(field) for name, field in fields.items()}
    for prefix in ("Billing", "Shipping"):
        countries, states = fields.get(f"{prefix}CountryCode"), fields.get(f"{prefix}StateCode")
        if countries and states:
            for column, places in (("Country", {"": _all(countries)}), ("State", _states(countries, states))):
                name = f"{prefix}{column}"
                found[name] = replace(found.get(name, FieldShape()), places=places)
    return found


def _listed(field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [value for value in field.get("picklistValues") or () if value.get("active", True)]


def _called(value: Mapping[str, Any]) -> frozenset[str]:
    """A state or country may be given by its name or by its code, in any case."""
    return frozenset(str(value.get(name) or "").casefold() for name in ("label", "value")) - {""}


def _all(field: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for value in _listed(field) for name in _called(value))


def _states(countries: Mapping[str, Any], states: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """Per country, by name and by code, its states: `validFor` is a bit map over all countries, in base 64."""
    found: dict[str, set[str]] = {}
    for state in _listed(states):
        bits = b64decode(str(state.get("validFor") or ""))
        for number, country in enumerate(countries.get("picklistValues") or ()):
            if number // 8 < len(bits) and bits[number // 8] & (0x80 >> number % 8):
                for name in _called(country):
                    found.setdefault(name, set()).update(_called(state))
    return {country: frozenset(names) for country, names in found.items()}


def _shape(field: Mapping[str, Any]) -> FieldShape:
    values = field.get("picklistValues") or () if field.get("restrictedPicklist") else ()
    return FieldShape(
        length=field.get("length") or 0,
        type=field.get("type", "string"),
        picklist=tuple(value["value"] for value in values if value.get("active", True)),
        updateable=bool(field.get("updateable", True)),
        required=not field.get("nillable", True) and not field.get("defaultedOnCreate", False),
    )


def read_only(side: Side, rule: FieldRule, shapes: Shapes | None = None) -> str:
    """Why a field can never be written on a side; "" if it can."""
    if side is Side.XERO:
        return f"Xero's {rule.xero} is read-only" if rule.xero in XERO_READ_ONLY else ""
    known = shapes or {}
    fixed = [column for column in salesforce.columns(rule) if column in known and not known[column].updateable]
    return f"Salesforce does not let Concord write {', '.join(fixed)}" if fixed else ""


def cannot_hold(side: Side, rule: FieldRule, value: Value, shapes: Shapes | None = None) -> Refusal | None:
    """Why a side cannot take a value for a field; None if, as far as can be known here, it can."""
    fixed = read_only(side, rule, shapes)
    if fixed:
        return Refusal("read_only", f"{fixed}.", rule.key, "Turn the field's arrow the other way, or off.", "never")
    refusals = (
        _salesforce(rule, value, {**SALESFORCE, **(shapes or {})}) if side is Side.SALESFORCE else _xero(rule, value)
    )
    return next(refusals, None)


def _salesforce(rule: FieldRule, value: Value, shapes: Shapes) -> Iterator[Refusal]:
    for column, text in salesforce.cells(rule, value):
        shape = shapes.get(column, FieldShape())
        place = f"Salesforce's {column}"
        if not text:
            if shape.required:
                yield _required(rule, place)
            continue
        if shape.length and len(text) > shape.length:
            yield _too_long(rule, place, text, shape.length)
        if shape.picklist and text not in shape.picklist:
            yield _not_listed(rule, place)
        if (shape.type == "email" or rule.comparison == "email") and not _EMAIL.fullmatch(text):
            yield _bad_email(rule, place)
    if rule.members:
        yield from _no_place(rule, dict(salesforce.cells(rule, value)), shapes)


def _no_place(rule: FieldRule, texts: Mapping[str, str], shapes: Shapes) -> Iterator[Refusal]:
    """With state and country picklists on, only what they list is taken, and a state only in its own country."""
    country, state = texts[f"{rule.salesforce}Country"], texts[f"{rule.salesforce}State"]
    countries = shapes.get(f"{rule.salesforce}Country", FieldShape()).places.get("")
    states = shapes.get(f"{rule.salesforce}State", FieldShape()).places
    remedy = f"Spell it as the list in Salesforce does, or say so in the values of {rule.key}."
    if countries is None:
        return
    if country and country.casefold() not in countries:
        message = f"Salesforce's {rule.salesforce}Country takes only the countries it lists, and this is none of them."
        yield _refusal(rule, "country_not_listed", message, remedy)
    elif state and state.casefold() not in states.get(country.casefold(), frozenset()):
        message = f"Salesforce's {rule.salesforce}State takes only the states it lists for {country or 'a country'}."
        yield _refusal(rule, "state_not_listed", message, remedy)


def _xero(rule: FieldRule, value: Value) -> Iterator[Refusal]:
    if is_blank(value):
        if rule.xero == "Name":
            yield _required(rule, "Xero's Name")
        return
    lines = value[0].count("\n") + 1 if "street" in rule.members[:1] else 0
    if lines > len(xero.LINES):
        yield _too_many_lines(rule, lines)
    for cell, text in xero.cells(rule, value):
        name = cell.rpartition(".")[2]
        place = f"Xero's {cell}"
        limit = XERO_LENGTHS.get(name, 0)
        if limit and len(text) > limit:
            yield _too_long(rule, place, text, limit)
        yield from _xero_letters(rule, name, place, text)


def _xero_letters(rule: FieldRule, name: str, place: str, text: str) -> Iterator[Refusal]:
    if name == "Name" and ("<" in text or ">" in text):
        yield _refusal(rule, "bad_character", f"{place} cannot hold < or >.", "Spell the name without them.")
    if name == "EmailAddress" and text and not (_EMAIL.fullmatch(text) and text.isascii()):
        yield _bad_email(rule, place)
    if name == "Country" and text and not _LETTERS.fullmatch(text):
        remedy = "Write the country in letters and blanks only."
        yield _refusal(rule, "letters_only", f"{place} takes letters and blanks only.", remedy)


def _refusal(rule: FieldRule, code: str, message: str, remedy: str) -> Refusal:
    return Refusal(code, message, rule.key, remedy)


def _required(rule: FieldRule, place: str) -> Refusal:
    return _refusal(rule, "required", f"{place} cannot be blank.", "Fill it in, or set blanks of this field to keep.")


def _too_long(rule: FieldRule, place: str, text: str, limit: int) -> Refusal:
    message = f"{place} holds at most {limit} characters; this value has {len(text)}."
    return _refusal(rule, "too_long", message, f"Shorten it by {len(text) - limit}.")


def _too_many_lines(rule: FieldRule, lines: int) -> Refusal:
    message = f"Xero's {rule.xero} holds at most {len(xero.LINES)} street lines; this address has {lines}."
    return _refusal(rule, "too_many_lines", message, f"Join lines until {len(xero.LINES)} are left.")


def _not_listed(rule: FieldRule, place: str) -> Refusal:
    message = f"{place} takes only the values of its picklist, and this is none of them."
    return _refusal(rule, "not_in_picklist", message, "Choose a listed value, or ask an administrator to add it.")


def _bad_email(rule: FieldRule, place: str) -> Refusal:
    return _refusal(
        rule, "bad_email", f"{place} takes an e-mail address only, and this is none.", "Correct the address."
    )
