"""Xero contacts to records, and canonical changes to the body of a write.

Xero leaves out what is blank, so absent is blank here.  A telephone number lies in three parts and is written whole
into one of them; a street is up to four address lines.  Nothing is cleared by null: the SDK cannot send it, and Xero
takes "" for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.core.model import Fields, Record, Ref, Side, Status, Value
from reconciler.core.schema import FieldRule, KindRule
from reconciler.core.values import canonical, is_blank
from reconciler.core.values.text import clean, one_line
from reconciler.mapping import stamps

PARTNER = "ContactNumber"
PHONES, ADDRESSES, BALANCES = "Phones", "Addresses", "Balances"
PHONE_TYPES = ("DEFAULT", "DDI", "MOBILE", "FAX")
ADDRESS_TYPES = ("POBOX", "STREET")
LINES = tuple(f"AddressLine{line}" for line in range(1, 5))
# Every place of a contact that a rule may share, and the comparison that suits it.
COMPARISONS = {
    "Name": "name",
    "AccountNumber": "text",
    "EmailAddress": "email",
    "TaxNumber": "tax",
    "Website": "website",
    "CompanyNumber": "tax",
    "FirstName": "name",
    "LastName": "name",
    **{f"{PHONES}.{slot}": "phone" for slot in PHONE_TYPES},
    **{f"{ADDRESSES}.{slot}": "address" for slot in ADDRESS_TYPES},
    **{f"{BALANCES}.{slot}": "balance" for slot in ("Outstanding", "Overdue")},  # of what the contact owes us
}
PLACES = tuple(COMPARISONS)
# Only a paged list or a single contact shows these, so an answer to a write leaves them out whatever they hold.
SHOWN_BY_READING_ONLY = frozenset({"Website"})
_MEMBERS = {"city": "City", "region": "Region", "postcode": "PostalCode", "country": "Country"}
_STATUSES = {"ARCHIVED": Status.ARCHIVED, "GDPRREQUEST": Status.ARCHIVED}


def to_record(wire: Mapping[str, Any], rule: KindRule, *, answer: bool = False, balances: bool = True) -> Record:
    """A contact as a record; odd content is read as text or as absent and never fails.

    `answer` is true for a contact in the answer to a write: fields that such an answer never shows are left out of
    the record, and its `groups` are not known.  Without `balances` those are left out too.
    """
    survivor = clean(wire.get("MergedToContactID"))
    changed_at = stamps.read(wire.get("UpdatedDateUTC"))
    return Record(
        ref=Ref(Side.XERO, clean(wire.get("ContactID"))),
        kind=rule.kind,
        version=clean(wire.get("UpdatedDateUTC")),
        changed_at=changed_at,
        edited_at=changed_at,
        fields={
            field.key: _value(wire, field)
            for field in rule.read.values()
            if not (answer and field.xero in SHOWN_BY_READING_ONLY) and not (field.derived and (answer or not balances))
        },
        status=_status(clean(wire.get("ContactStatus")), survivor),
        partner=clean(wire.get(PARTNER)),
        groups=tuple(filter(None, (one_line(group.get("Name")) for group in _rows(wire, "ContactGroups")))),
        is_supplier=wire.get("IsSupplier") is True,
        is_customer=wire.get("IsCustomer") is True,
        merged_into=survivor,
    )


def _status(status: str, survivor: str) -> Status:
    """A merged contact is archived and names its survivor; one under a privacy request takes no edits either."""
    known = _STATUSES.get(status, Status.ACTIVE)
    return Status.MERGED if known is Status.ARCHIVED and survivor else known


def _rows(wire: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    rows = wire.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _value(wire: Mapping[str, Any], rule: FieldRule) -> Value:
    name, dot, slot = rule.xero.partition(".")
    if not dot:
        return canonical(rule.comparison, wire.get(name))
    if name == BALANCES:
        return canonical(rule.comparison, _part(_part(wire.get(BALANCES), "AccountsReceivable"), slot))
    kind = "PhoneType" if name == PHONES else "AddressType"
    row = next((row for row in _rows(wire, name) if row.get(kind) == slot), {})
    return canonical(rule.comparison, _phone(row) if name == PHONES else _address(row, rule.members))


def _part(whole: object, name: str) -> Any:
    return whole.get(name) if isinstance(whole, Mapping) else None


def _phone(row: Mapping[str, Any]) -> str:
    """Country, area and number as one text: "64", "9", "123 4567" is +64 9 123 4567.

    A number that says its own country is whole already, as we write it; parts that it does not begin with are kept
    before it, so that no part a person typed goes unseen.  A country code alone is no number.
    """
    country, area, number = (clean(row.get(f"Phone{part}")) for part in ("CountryCode", "AreaCode", "Number"))
    if not area and not number:
        return ""
    digits = _digits(country) if country else ""
    if number.startswith("+") and _digits(number).startswith(digits + _digits(area)):
        return number
    return " ".join(filter(None, (f"+{digits}" if digits else country, area, number)))


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdecimal()).removeprefix("00")


def _address(row: Mapping[str, Any], members: Sequence[str]) -> tuple[Any, ...]:
    street = "\n".join([text for line in LINES if (text := clean(row.get(line)))])
    return tuple(street if member == "street" else row.get(_MEMBERS[member]) for member in members)


def to_wire(fields: Fields, rule: KindRule) -> dict[str, Any]:
    """The body that writes these fields and leaves every other one alone; ValueError for a fifth address line.

    Sent phones and addresses replace their own slot only, so slots that are not written are not sent.
    """
    body: dict[str, Any] = {}
    for key, value in fields.items():
        field = rule.field(key)
        name, dot, slot = field.xero.partition(".")
        texts = {cell.rpartition(".")[2]: text for cell, text in cells(field, value)}
        if not dot:
            body |= texts
        elif name == PHONES:
            empty = {"PhoneAreaCode": "", "PhoneCountryCode": ""}
            body.setdefault(PHONES, []).append({"PhoneType": slot, **texts, **empty})
        else:
            if len(texts) > len(LINES) + len(_MEMBERS):
                raise ValueError(f"{key} has more lines than Xero holds: `limits.cannot_hold` tells before")
            body.setdefault(ADDRESSES, []).append({"AddressType": slot, **texts})
    return body


def cells(rule: FieldRule, value: Value) -> Iterator[tuple[str, str]]:
    """Where each text of a value is written: "Name", "Phones.FAX.PhoneNumber", "Addresses.POBOX.AddressLine1"."""
    name, dot, _ = rule.xero.partition(".")
    if not rule.members:
        text = value if isinstance(value, str) else " ".join(value)
        yield (f"{rule.xero}.PhoneNumber" if dot and name == PHONES else rule.xero), str(text)
        return
    members = ("",) * len(rule.members) if is_blank(value) else value
    for member, text in zip(rule.members, members, strict=True):
        if member != "street":
            yield f"{rule.xero}.{_MEMBERS[member]}", str(text)
            continue
        lines = text.split("\n")
        lines += [""] * (len(LINES) - len(lines))
        for number, line in enumerate(lines, start=1):
            yield f"{rule.xero}.AddressLine{number}", str(line)
