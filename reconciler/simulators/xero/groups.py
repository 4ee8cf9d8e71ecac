"""Routes of /ContactGroups.  Joining or leaving a group does not move a contact's UpdatedDateUTC."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from reconciler.simulators.xero import answers, listing, rules, shape
from reconciler.simulators.xero.answers import Problem
from reconciler.simulators.xero.book import Group
from reconciler.simulators.xero.company import Company
from reconciler.simulators.xero.contact import ARCHIVED, Contact
from reconciler.simulators.xero.fields import Unparsable
from reconciler.simulators.xero.front import API
from reconciler.simulators.xero.guard import Guard, body
from reconciler.simulators.xero.ids import ZERO_GUID, canonical

MOST_GROUPS = 100
TOO_MANY = f"You’ve reached the limit of {MOST_GROUPS} contact groups."
NAME_MISSING = "The contact group name must be given."
NAME_TAKEN = "A Contact Group already exists with this name"
ARCHIVED_REFUSED = "Unable to assign an Archived contact."
"""Reported word for word, as the sentence before it: xero-php #525 and #16."""


def routes(guard: Guard) -> Blueprint:
    blueprint = Blueprint("groups", __name__, url_prefix=API)

    @blueprint.get("/ContactGroups")
    def groups() -> Response:
        return guard("contacts", _list)

    @blueprint.put("/ContactGroups")
    def create() -> Response:
        return guard("contacts", _create)

    @blueprint.post("/ContactGroups")
    def create_or_change() -> Response:
        return guard("contacts", _create_or_change)

    @blueprint.get("/ContactGroups/<key>")
    def group(key: str) -> Response:
        return guard("contacts", lambda company: _one(company, _found(company, key)))

    @blueprint.post("/ContactGroups/<key>")
    def change(key: str) -> Response:
        return guard("contacts", lambda company: _change(company, _found(company, key)))

    @blueprint.put("/ContactGroups/<key>/Contacts")
    def join(key: str) -> Response:
        return guard("contacts", lambda company: _join(company, _found(company, key)))

    @blueprint.delete("/ContactGroups/<key>/Contacts")
    def clear(key: str) -> Response:
        return guard("contacts", lambda company: _leave(_found(company, key), list(company.book.contacts.values())))

    @blueprint.delete("/ContactGroups/<key>/Contacts/<contact>")
    def leave(key: str, contact: str) -> Response:
        return guard("contacts", lambda company: _leave(_found(company, key), [_member(company, contact)]))

    return blueprint


def _list(company: Company) -> Response:
    try:
        return _answer(company, *listing.groups(company.book.groups.values(), request.args))
    except Unparsable as unparsable:
        return answers.unparsable(unparsable)


def _found(company: Company, key: str) -> Group:
    group = company.book.groups.get(canonical(key))
    if group is None:
        raise Problem(answers.not_found())
    return group


def _member(company: Company, key: Any) -> Contact:
    contact = company.book.contacts.get(canonical(str(key)))
    if contact is None:
        raise Problem(answers.not_found())
    return contact


def _answer(company: Company, *groups: Group) -> Response:
    return answers.envelope(company.clock.now(), "ContactGroups", [shape.group_line(group) for group in groups])


def _one(company: Company, group: Group) -> Response:
    return answers.envelope(company.clock.now(), "ContactGroups", [shape.group_with_members(group, company.book)])


def _create(company: Company) -> Response:
    names = [_name(one) for one in _listed("ContactGroups")]
    taken = _folded(group.name for group in company.book.groups.values())
    if not all(names):
        return _invalid([name for name in names if not name], NAME_MISSING)
    bad = [name for place, name in enumerate(names) if name.casefold() in taken | _folded(names[:place])]
    if bad:
        return _invalid(bad, NAME_TAKEN)
    if len(company.book.groups) + len(names) > MOST_GROUPS:
        return _invalid(names, TOO_MANY)
    made = [Group(str(uuid.uuid4()), name) for name in names]
    company.book.groups.update({group.id: group for group in made})
    return _answer(company, *made)


def _create_or_change(company: Company) -> Response:
    given = _listed("ContactGroups")[0]
    key = rules.text("ContactGroupID", given.get("ContactGroupID"))
    return _change(company, _found(company, key)) if key not in ("", ZERO_GUID) else _create(company)


def _change(company: Company, group: Group) -> Response:
    given = _listed("ContactGroups")[0]
    if given.get("Status", group.status) not in ("ACTIVE", "DELETED"):
        return _invalid([group.name], "The contact group status is not valid.")
    name = _name(given) or group.name
    taken = _folded(one.name for one in company.book.groups.values() if one.id != group.id)
    if name.casefold() in taken:
        return _invalid([name], NAME_TAKEN)
    group.name = name
    group.status = given.get("Status", group.status)
    if group.status == "DELETED":
        del company.book.groups[group.id]
    return _answer(company, group)


def _join(company: Company, group: Group) -> Response:
    members = [_member(company, one.get("ContactID")) for one in _listed("Contacts")]
    archived = [member for member in members if member.status == ARCHIVED]
    if archived:
        errors = [{"Message": ARCHIVED_REFUSED}]
        return answers.invalid(
            {**shape.member(one), "HasValidationErrors": True, "ValidationErrors": errors} for one in archived
        )
    for member in members:
        if group.id not in member.groups:
            member.groups.append(group.id)
    lines = [{**shape.member(member), "ValidationErrors": []} for member in members]
    return answers.envelope(company.clock.now(), "Contacts", lines)


def _leave(group: Group, members: list[Contact]) -> Response:
    for member in members:
        if group.id in member.groups:
            member.groups.remove(group.id)
    return answers.nothing()


def _name(given: Mapping[str, Any]) -> str:
    return rules.text("Name", given.get("Name")).strip()


def _listed(key: str) -> list[Mapping[str, Any]]:
    posted = body()
    listed = posted.get(key, [posted]) if isinstance(posted, Mapping) else posted
    if not isinstance(listed, list) or not listed or not all(isinstance(one, Mapping) for one in listed):
        raise Problem(answers.no_data(key.removesuffix("s")))
    return listed


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _invalid(names: Iterable[str], message: str) -> Response:
    refused = {"Contacts": [], "HasValidationErrors": True, "ValidationErrors": [{"Message": message}]}
    return answers.invalid({"ContactGroupID": ZERO_GUID, "Name": name, **refused} for name in names)
