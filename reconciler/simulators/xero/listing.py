"""Which contacts a list shows, in which order, and which page of them.  Reads the book; changes nothing.

Names in the query are found in any letter case: the vendor's own documents spell them both ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from reconciler.simulators.xero import where
from reconciler.simulators.xero.book import ContactBook, Group
from reconciler.simulators.xero.contact import ARCHIVED, Contact
from reconciler.simulators.xero.fields import CONTACT, GROUP, SUMMARY, Fields, Unparsable
from reconciler.simulators.xero.ids import canonical, is_guid

PAGE_SIZE, LARGEST_PAGE = 100, 1000
MOST_IDS = 52
"""More guids than this make the URL too long, and the vendor answers 404 (xero-node #404)."""
MANY_DOCUMENTS = 100_000
"""More than these, and the vendor refuses a filter or an order that it cannot answer from an index."""

_SEARCHED = ("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress")


Order = tuple[tuple[str, bool], ...]
"""Fields from the most to the least important, each with whether it runs backwards; none is the default order."""


class UrlTooLong(ValueError):
    """More ids than the vendor's front end lets through."""


class NoGuids(ValueError):
    """IDs that are not guids, or none at all."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page asked for, already clamped to what the vendor gives."""

    number: int
    size: int


@dataclass(frozen=True, slots=True)
class Question:
    """What a list is asked for."""

    since: datetime | None = None
    ids: frozenset[str] | None = None
    where: where.Filter | None = None
    term: str = ""
    archived: bool = False
    order: Order = ()
    page: Page | None = None
    summary: bool = False

    @property
    def plain(self) -> bool:
        """Nothing but time and order narrows it."""
        return self.archived and self.ids is None and self.where is None and not self.term


def question(args: Mapping[str, str], modified_since: str | None) -> Question:
    """From the query string and the If-Modified-Since header."""
    given = {key.lower(): value.strip() for key, value in args.items()}
    summary = _flag(given.get("summaryonly"))
    return Question(
        since=second(modified_since),
        ids=_ids(given["ids"]) if "ids" in given else None,
        where=where.parse(given["where"], SUMMARY if summary else CONTACT) if given.get("where") else None,
        term=where.fold(given.get("searchterm", "")),
        archived=_flag(given.get("includearchived")),
        order=ordered_by(given.get("order", ""), CONTACT),
        page=page_asked_for(args),
        summary=summary,
    )


def page_asked_for(args: Mapping[str, str]) -> Page | None:
    """A summary comes in pages whether or not any was asked for."""
    given = {key.lower(): value.strip() for key, value in args.items()}
    return _page(given, forced=_flag(given.get("summaryonly")))


def _ids(text: str) -> frozenset[str]:
    ids = [one.strip() for one in text.split(",") if one.strip()]
    if len(ids) > MOST_IDS:
        raise UrlTooLong
    if not ids or not all(map(is_guid, ids)):
        raise NoGuids
    return frozenset(map(canonical, ids))


def groups(listed: Iterable[Group], args: Mapping[str, str]) -> list[Group]:
    """Contact groups know a filter and an order, and nothing else."""
    given = {key.lower(): value.strip() for key, value in args.items()}
    test = where.parse(given["where"], GROUP).test if given.get("where") else bool
    return _ranked([one for one in listed if test(one)], ordered_by(given.get("order", ""), GROUP), GROUP)


def second(header: str | None) -> datetime | None:
    """The header in either ISO form or as an HTTP date, cut to the second; None for what cannot be read.

    An unreadable header is ignored and everything is returned: xero-node #272 and others found out so.
    """
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read((header or "").strip())
            aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        return aware.replace(microsecond=0)
    return None


def found(book: ContactBook, asked: Question) -> Sequence[str]:
    """Ids of every contact the question means, in its order; kept until the next write, for whoever turns pages."""
    whole = replace(asked, page=None)
    if whole not in book.found:
        book.found = {whole: _searched(book, whole)}
    return book.found[whole]


def _searched(book: ContactBook, asked: Question) -> Sequence[str]:
    keys, ordered = _candidates(book, asked)
    if not asked.plain:
        for test in _tests(asked):
            keys = [key for key in keys if test(book.contacts[key])]
    return keys if ordered and isinstance(keys, list) else _sorted(book, keys, asked.order, ordered=ordered)


def paged(keys: Sequence[str], page: Page | None) -> tuple[Sequence[str], dict[str, int] | None]:
    """One page and its `pagination` object; without `page`, everything and no such object."""
    if page is None:
        return keys, None
    start = (page.number - 1) * page.size
    pagination = {
        "page": page.number,
        "pageSize": page.size,
        "pageCount": -(-len(keys) // page.size),
        "itemCount": len(keys),
    }
    return keys[start : start + page.size], pagination


def _candidates(book: ContactBook, asked: Question) -> tuple[Iterable[str], bool]:
    """Ids worth testing, from the narrowest index, and whether they already stand in the order asked for."""
    if asked.ids is not None:
        return [key for key in asked.ids if _fresh(book, key, asked.since)], False
    for name, value in asked.where.equals if asked.where else ():
        if name == "ContactNumber":
            return [key for key in book.numbered_alike(value) if _fresh(book, key, asked.since)], False
        if name == "ContactID":
            return [value] if _fresh(book, value, asked.since) else [], True
    if asked.since is None and asked.order == (("ContactID", False),):
        return book.in_id_order(), True
    return book.since(asked.since), not asked.order


def _fresh(book: ContactBook, key: str, since: datetime | None) -> bool:
    contact = book.contacts.get(key)
    return contact is not None and (since is None or contact.updated >= since)


def _tests(asked: Question) -> Iterable[Callable[[Contact], bool]]:
    if not asked.archived:
        yield lambda contact: contact.status != ARCHIVED
    if asked.where is not None:
        yield asked.where.test
    if asked.term:
        yield lambda contact: any(asked.term in where.fold(contact.texts.get(key, "")) for key in _SEARCHED)


def _sorted(book: ContactBook, keys: Iterable[str], order: Order, *, ordered: bool) -> list[str]:
    if ordered:
        return list(keys)
    if order[:1] in ((("ContactID", False),), (("ContactID", True),)):
        return sorted(keys, reverse=order[0][1])
    contacts = sorted((book.contacts[key] for key in keys), key=lambda contact: (contact.updated, contact.id))
    return [contact.id for contact in _ranked(contacts, order, CONTACT)]


def _ranked(records: list[Any], order: Order, fields: Fields) -> list[Any]:
    """By the last field first, as sorting keeps what was in order; what has no value comes before what has."""
    for name, backwards in reversed(order):
        read = fields.find(name).compared
        records = sorted(records, key=lambda record: ((found := read(record)) is not None, found), reverse=backwards)
    return records


def ordered_by(text: str, fields: Fields) -> Order:
    """`Name ASC, UpdatedDateUTC DESC` and the like."""
    parts = [re.fullmatch(r"\s*(\w+)(?:\s+(ASC|DESC))?\s*", part, re.IGNORECASE) for part in text.split(",") if text]
    if None in parts:
        raise Unparsable("Syntax error")
    named = [(fields.find(part[1]), (part[2] or "").upper() == "DESC") for part in parts if part]
    if any(field.members is not None for field, _ in named):
        raise Unparsable("No generic method 'OrderBy' on type 'Queryable' is compatible with the supplied arguments")
    return tuple((field.name, backwards) for field, backwards in named)


def _page(args: Mapping[str, str], *, forced: bool) -> Page | None:
    """Out of range is clamped without a word."""
    if "page" not in args and not forced:
        return None
    return Page(_clamped(args.get("page"), 1, None), min(_clamped(args.get("pagesize"), PAGE_SIZE, 1), LARGEST_PAGE))


def _clamped(text: str | None, default: int, least: int | None) -> int:
    try:
        return max(1 if least is None else least, int(text)) if text else default
    except ValueError:
        return default


def _flag(text: str | None) -> bool:
    return (text or "").strip().lower() == "true"


def high_volume(asked: Question, documents: int, *, always: bool) -> bool:
    """Whether the vendor refuses to look through so many documents for this: it says so of more than 100,000."""
    if not always and documents <= MANY_DOCUMENTS:
        return False
    slow_order = any(name not in ("ContactID", "UpdatedDateUTC", "Name") for name, _ in asked.order)
    everything = documents > MANY_DOCUMENTS and asked.page is None and asked.ids is None and asked.where is None
    return slow_order or everything or (asked.where is not None and asked.where.slow)
