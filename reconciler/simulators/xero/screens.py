"""What a person does in the vendor's own screens: `/_sim/edit` and the window.

The same rules hold as for the API, except that a person may restore, merge, put into groups, give longer names, and set
what the API only shows (Website, IsCustomer, IsSupplier, Balances, Discount).  A refusal is `Refused`, with what the
screen says.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.simulators.kit import Refused
from reconciler.simulators.kit.amounts import LARGEST, is_number
from reconciler.simulators.xero import rules
from reconciler.simulators.xero.book import Group
from reconciler.simulators.xero.contact import ACTIVE, ARCHIVED, GDPR, READ_ONLY, Contact
from reconciler.simulators.xero.writing import Outcome, Writer, merged, told

SILENT = frozenset({"IsCustomer", "IsSupplier", "Balances", "ContactGroups"})
"""Never move UpdatedDateUTC: recorded of the first three, which follow from invoices."""

LONGEST_NAME = 500
"""Live contacts have names longer than the API takes: xero-python #70 met one of 263 characters."""

_APART = READ_ONLY | {"ContactGroups", "ContactStatus"}
_KNOWN = {*rules.LENGTHS, *_APART, "Phones", "Addresses", "ContactPersons", "PaymentTerms"}
_FLAGS = {"IsCustomer": "is_customer", "IsSupplier": "is_supplier"}

_OWED, _AMOUNTS = ("AccountsReceivable", "AccountsPayable"), ("Outstanding", "Overdue")

Act = Callable[[Writer, str, Mapping[str, Any]], Contact]


def act(writer: Writer, body: Mapping[str, Any]) -> Contact:
    """Carry out one act: {"as", "do", "id", "loser", "fields"}."""
    if body.get("type", "Contact") not in ("Contact", "Contacts"):
        raise Refused("People edit the type Contact here.")
    doing = _ACTS.get(str(body.get("do", "")))
    if doing is None:
        raise Refused(f"In Xero a person can {', '.join(_ACTS)} a contact; it cannot be deleted, only archived.")
    return doing(replace(writer, longest_name=LONGEST_NAME), str(body.get("as") or "Someone"), body)


def _create(writer: Writer, user: str, body: Mapping[str, Any]) -> Contact:
    fields = _fields(body)
    contact = _accepted(writer.create_by_hand(_cleaned(fields), user))
    return _set_apart(writer, contact, fields, user)


def _update(writer: Writer, user: str, body: Mapping[str, Any]) -> Contact:
    contact, fields = _named(writer, body, "id"), _fields(body)
    if contact.status != ACTIVE:
        raise Refused("This contact is archived. Restore it before you edit it.")
    plain = _cleaned(fields)
    if plain:
        contact = _accepted(writer.change(contact, plain, user))
    return _set_apart(writer, contact, fields, user)


def _archive(writer: Writer, user: str, body: Mapping[str, Any]) -> Contact:
    contact = _named(writer, body, "id")
    if contact.status == ARCHIVED:
        raise Refused("This contact is archived already.")
    return writer.put(merged(contact, {"ContactStatus": ARCHIVED}), user, "Archived", "The contact was archived.")


def _restore(writer: Writer, user: str, body: Mapping[str, Any]) -> Contact:
    contact = _named(writer, body, "id")
    if contact.status == ACTIVE:
        raise Refused("This contact is not archived.")
    if writer.book.active_named(contact.name):
        raise Refused(rules.NAME_TAKEN.format(contact.name))
    restored = merged(contact, {"ContactStatus": ACTIVE})
    restored.merged_to = ""
    return writer.put(restored, user, "Restored", "The contact was restored.")


def _merge(writer: Writer, user: str, body: Mapping[str, Any]) -> Contact:
    """The loser is archived and names the survivor; the survivor keeps its own values and is stamped."""
    survivor, loser = _named(writer, body, "id"), _named(writer, body, "loser")
    if survivor.id == loser.id or survivor.status != ACTIVE or loser.status != ACTIVE:
        raise Refused("A merge needs two different active contacts.")
    gone = merged(loser, {"ContactStatus": ARCHIVED})
    gone.merged_to = survivor.id
    writer.put(gone, user, "Merged", f"The contact was merged into {survivor.name}.")
    kept = merged(survivor, {})
    kept.is_customer |= loser.is_customer
    kept.is_supplier |= loser.is_supplier
    return writer.put(kept, user, "Merged", f"{loser.name} was merged into this contact.")


def _update_all(writer: Writer, user: str, body: Mapping[str, Any]) -> Contact:
    """Every active contact in one moment: what an import does, and pages full of equal stamps."""
    fields = _cleaned(_fields(body))
    moment = writer.now()
    at_once = replace(writer, now=lambda: moment)
    active = [one for one in writer.book.contacts.values() if one.active]
    changed = [_accepted(at_once.change(one, fields, user)) for one in active]
    if not changed:
        raise Refused("There is no active contact.")
    return changed[-1]


_ACTS: dict[str, Act] = {
    "create": _create,
    "update": _update,
    "archive": _archive,
    "restore": _restore,
    "merge": _merge,
    "update_all": _update_all,
}


def _fields(body: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = body.get("fields", {})
    if not isinstance(fields, Mapping):
        raise Refused("fields is an object of the vendor's own names.")
    unknown = sorted(set(fields) - _KNOWN)
    if unknown:
        raise Refused(f"A contact has no {', '.join(unknown)} that a person can edit.")
    _check_apart(fields)
    return fields


def _check_apart(fields: Mapping[str, Any]) -> None:
    """What the API only shows keeps the shape in which it shows it."""
    if not _is_balances(fields.get("Balances")):
        raise Refused(f"Balances is an object of {' and '.join(_OWED)}, each of {' and '.join(_AMOUNTS)}.")
    for flag in _FLAGS:
        if not isinstance(fields.get(flag, False), bool):
            raise Refused(f"{flag} is true or false.")
    if fields.get("Discount") is not None and not is_number(fields["Discount"], 0, 100):
        raise Refused("Discount is a number from 0 to 100.")
    if not isinstance(fields.get("ContactGroups") or [], list):
        raise Refused("ContactGroups is a list of groups.")


def _is_balances(given: Any) -> bool:
    sides = {} if given is None else given
    return (
        isinstance(sides, Mapping)
        and set(sides) <= {*_OWED}
        and all(isinstance(side, Mapping) and set(side) <= {*_AMOUNTS} for side in sides.values())
        and all(is_number(amount, -LARGEST, LARGEST) for side in sides.values() for amount in side.values())
    )


def _cleaned(fields: Mapping[str, Any]) -> dict[str, Any]:
    try:
        cleaned = rules.clean({key: value for key, value in fields.items() if key not in _APART})
    except rules.Unreadable as unreadable:
        raise Refused(str(unreadable)) from unreadable
    for key in ("Phones", "Addresses"):
        if len(cleaned.get(key, ())) < len(fields.get(key) or ()):
            raise Refused(f"Each of {key} has a known type, and no two have the same.")
    return cleaned


def _named(writer: Writer, body: Mapping[str, Any], key: str) -> Contact:
    contact = writer.book.by_key(str(body.get(key, "")))
    if contact is None:
        raise Refused(f"There is no contact {body.get(key)!r}.")
    return contact


def _accepted(outcome: Outcome) -> Contact:
    if outcome.contact is None:
        raise Refused(" ".join(outcome.errors))
    return outcome.contact


def _set_apart(writer: Writer, contact: Contact, fields: Mapping[str, Any], user: str) -> Contact:
    given = {key: fields[key] for key in _APART if key in fields}
    if given.get("ContactStatus", GDPR) not in (GDPR, contact.status):
        raise Refused(f"A status is changed by archive and restore; {GDPR} is the one that can be set.")
    if not given:
        return contact
    changed = copy.copy(merged(contact, {}))
    for key, attribute in _FLAGS.items():
        if key in given:
            setattr(changed, attribute, given[key])
    changed.status = given.get("ContactStatus", changed.status)
    if "ContactGroups" in given:
        changed.groups = [_group(writer, one).id for one in given["ContactGroups"] or ()]
    if "Website" in given:
        changed.texts = changed.texts | {"Website": _text("Website", given["Website"])}
    shown = {key: given[key] for key in ("Balances", "Discount") if key in given}
    changed.nested = {key: value for key, value in (changed.nested | shown).items() if value is not None}
    if set(given) <= SILENT:
        writer.book.replace(changed)
        return changed
    stamp = not set(given) <= SILENT | set(writer.stays())
    return writer.put(changed, user, "Edited", told(contact, changed), stamp=stamp)


def _text(key: str, value: Any) -> str:
    try:
        return rules.text(key, value)
    except rules.Unreadable as unreadable:
        raise Refused(str(unreadable)) from unreadable


def _group(writer: Writer, wanted: Any) -> Group:
    """The group of that name, as {"Name": ...} or by the name alone; made if there is none."""
    name = _text("Name", wanted.get("Name") if isinstance(wanted, Mapping) else wanted).strip()
    if not name:
        raise Refused('A group is {"Name": ...}.')
    found = next((one for one in writer.book.groups.values() if one.name.casefold() == name.casefold()), None)
    group = found or Group(writer.new_id(), name)
    writer.book.groups[group.id] = group
    return group
