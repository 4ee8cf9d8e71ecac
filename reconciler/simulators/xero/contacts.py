"""Routes of /Contacts and of a contact's history.  They translate; `listing`, `writing` and `shape` do the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from reconciler.simulators.xero import answers, listing, rules, shape
from reconciler.simulators.xero.answers import Problem
from reconciler.simulators.xero.company import Company
from reconciler.simulators.xero.contact import Contact, HistoryRow
from reconciler.simulators.xero.fields import Unparsable
from reconciler.simulators.xero.front import API
from reconciler.simulators.xero.guard import Guard, body
from reconciler.simulators.xero.writing import Outcome, merged

LONGEST_NOTE = 2500

Save = Callable[[Mapping[str, Any]], Outcome]


def routes(guard: Guard) -> Blueprint:
    blueprint = Blueprint("contacts", __name__, url_prefix=API)

    @blueprint.get("/Contacts")
    def contacts() -> Response:
        return guard("contacts", _list)

    @blueprint.put("/Contacts")
    def create() -> Response:
        return guard("contacts", lambda company: _write(company, company.writer.create))

    @blueprint.post("/Contacts")
    def create_or_change() -> Response:
        return guard("contacts", lambda company: _write(company, company.writer.create_or_change, by_id=True))

    @blueprint.get("/Contacts/<key>")
    def contact(key: str) -> Response:
        return guard("contacts", lambda company: _one(company, _found(company, key)))

    @blueprint.post("/Contacts/<key>")
    def change(key: str) -> Response:
        return guard("contacts", lambda company: _change(company, _found(company, key)))

    @blueprint.get("/Contacts/<key>/History")
    def history(key: str) -> Response:
        return guard("contacts", lambda company: _history(company, _found(company, key)))

    @blueprint.route("/Contacts/<key>/History", methods=["PUT", "POST"])
    def note(key: str) -> Response:
        return guard("contacts", lambda company: _note(company, _found(company, key)))

    return blueprint


def _list(company: Company) -> Response:
    try:
        asked = listing.question(request.args, request.headers.get("If-Modified-Since"))
        if listing.high_volume(asked, len(company.book.contacts), always=company.current.high_volume):
            return answers.refused(51, "HighVolumeException", answers.HIGH_VOLUME)
        keys, pagination = listing.paged(listing.found(company.book, asked), asked.page)
    except listing.UrlTooLong:
        return answers.not_found()
    except listing.NoGuids:
        return answers.no_guids()
    except Unparsable as unparsable:
        return answers.unparsable(unparsable)
    form = shape.summary if asked.summary else shape.single if asked.page else shape.unpaged
    shown = [form(company.book.contacts[key], company.book.groups) for key in keys]
    return answers.envelope(company.clock.now(), "Contacts", _seen(company, shown), pagination)


def _seen(company: Company, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what the signed-in user may not see."""
    for key in company.current.hidden_fields:
        for contact in shown:
            contact.pop(key, None)
    return shown


def _found(company: Company, key: str) -> Contact:
    contact = company.book.by_key(key)
    if contact is None:
        raise Problem(answers.not_found())
    return contact


def _one(company: Company, contact: Contact) -> Response:
    shown = [shape.single(contact, company.book.groups)]
    return answers.envelope(company.clock.now(), "Contacts", _seen(company, shown))


def _write(company: Company, save: Save, *, by_id: bool = False) -> Response:
    """Every element is tried by itself, in order; a refused one never undoes the others."""
    cleaned = _elements()
    if by_id and any(company.writer.match(one) is None for one in cleaned if "ContactID" in one):
        return answers.not_found()
    return _told(company, [save(one) for one in cleaned])


def _told(company: Company, outcomes: list[Outcome]) -> Response:
    given = {key.lower(): value.lower() for key, value in request.args.items()}
    if given.get("summarizeerrors") == "false":
        shown = [_with_status(company, one) for one in outcomes]
        return answers.envelope(company.clock.now(), "Contacts", _seen(company, shown))
    return _summarised(company, outcomes)


def _summarised(company: Company, outcomes: list[Outcome]) -> Response:
    """The default: one refusal makes it a 400 that lists only refusals, while the others ARE saved."""
    bad = [_unsaved(company, one) for one in outcomes if one.contact is None]
    if bad:
        return answers.invalid(_seen(company, bad))
    good = [shape.written(one.contact, company.book.groups) for one in outcomes if one.contact]
    return answers.envelope(company.clock.now(), "Contacts", _seen(company, good))


def _with_status(company: Company, outcome: Outcome) -> dict[str, Any]:
    if outcome.contact is None:
        return {**_unsaved(company, outcome), "StatusAttributeString": "ERROR"}
    return {**shape.written(outcome.contact, company.book.groups), "StatusAttributeString": "OK"}


def _unsaved(company: Company, outcome: Outcome) -> dict[str, Any]:
    if outcome.meant is not None and outcome.meant.active:
        return shape.unsaved(merged(outcome.meant, outcome.sent), company.book.groups, outcome.errors)
    return shape.refused(outcome.sent, outcome.meant, outcome.errors)


def _change(company: Company, contact: Contact) -> Response:
    elements = _elements()
    if len(elements) != 1:
        return answers.unreadable("One contact is changed at this address.")
    return _told(company, [company.writer.change(contact, elements[0])])


def _elements() -> list[dict[str, Any]]:
    """The contacts of a body: under "Contacts", or one by itself."""
    posted = body()
    elements = posted.get("Contacts", posted) if isinstance(posted, Mapping) else posted
    elements = [elements] if isinstance(elements, Mapping) else elements
    if not isinstance(elements, list) or not elements or elements == [{}]:
        raise Problem(answers.no_data("Contact"))
    return [rules.clean(element) for element in elements]


def _history(company: Company, contact: Contact) -> Response:
    rows = [_row(row) for row in reversed(contact.history)]
    return answers.envelope(company.clock.now(), "HistoryRecords", rows)


def _row(row: HistoryRow) -> dict[str, Any]:
    return {
        "Changes": row.changes,
        "DateUTCString": row.at.strftime("%Y-%m-%dT%H:%M:%S"),
        "DateUTC": shape.wire_date(row.at),
        "User": row.user,
        "Details": row.details,
    }


def _note(company: Company, contact: Contact) -> Response:
    posted = body()
    records = posted.get("HistoryRecords") if isinstance(posted, Mapping) else None
    if not isinstance(records, list) or not records or not all(isinstance(one, Mapping) for one in records):
        return answers.no_data("HistoryRecord")
    texts = [rules.text("Details", one.get("Details")) for one in records]
    bad = [text for text in texts if not text.strip() or len(text) > LONGEST_NOTE]
    if bad:
        messages = [{"Message": f"Details must have 1 to {LONGEST_NOTE} characters."}]
        return answers.invalid([{"Details": text, "ValidationErrors": messages} for text in bad])
    shown = [_noted(company.writer.note(contact, text)) for text in texts]
    return answers.envelope(company.clock.now(), "HistoryRecords", shown)


def _noted(row: HistoryRow) -> dict[str, Any]:
    """As the answer to a note tells of it: the date carries no offset there, and only there: recorded."""
    told = {key: value for key, value in _row(row).items() if key in ("DateUTCString", "Details")}
    return {**told, "DateUTC": shape.plain_date(row.at), "ValidationErrors": []}
