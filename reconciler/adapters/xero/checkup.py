"""What a check-up asks Xero: rights, limits, lock dates, and whether the vendor is as we assume.  Reads only.

Each check is one question; what the vendor's documents leave open, and a reading can settle, is settled here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.errors import Denied
from reconciler.mapping import stamps
from reconciler.ports import Finding, Meter

WANTED = {
    "accounting.contacts": "to read and write contacts",
    "accounting.settings.read": "to read the organisation and its lock dates",
}
# A write scope includes the reading one; the broad scopes of older apps include the granular ones.
BROADER = {"accounting.settings.read": ("accounting.settings",)}
LOCKS = {"PeriodLockDate": "for everybody but advisers", "EndOfYearLockDate": "for everybody"}
SPARE = 0.1
DAY_LIMIT = 5_000
PAGE = 1_000
STAY = "Leave the connection read-only, and tell whoever looks after Concord."


def examine(
    contacts: Callable[..., Mapping[str, Any]],
    organisation: Mapping[str, Any],
    lacks: Sequence[str],
    scope: str,
    meter: Meter,
) -> Iterator[Finding]:
    """Every check; `contacts` asks for a page of contacts and answers with its JSON."""
    yield from scopes(scope)
    first = contacts(order="ContactID", page_size=PAGE)
    yield Finding("rights", "good", "Contacts can be read; whether they may be written is the scope's word.")
    for sentence in lacks:
        yield Finding("fields", "bad", sentence, "Create the group in Xero, or change the rules.")
    if not lacks:
        yield Finding("fields", "good", "A contact has every field that the rules share.")
    yield Finding("fields", "look", "Xero's Website is read-only, and Xero has no fields of one's own.")
    yield quota(meter)
    yield from locks(organisation)
    yield paging(first)
    yield from _stamps(contacts, first)
    yield _quoting(contacts)


def scopes(scope: str) -> Iterator[Finding]:
    """What the app was allowed, where the token says so."""
    given = set(scope.split())
    if not given:
        yield Finding("rights", "look", "The token does not say which scopes it has; they show when they are used.")
        return
    for name, purpose in WANTED.items():
        if given.isdisjoint((name, *BROADER.get(name, ()))):
            remedy = f"Add {name} to the app at developer.xero.com, then connect again."
            yield Finding("rights", "bad", f"The scope {name} is missing ({purpose}).", remedy)
        else:
            yield Finding("rights", "good", f"The scope {name} is given ({purpose}).")


def quota(meter: Meter) -> Finding:
    """What the headers say is left; without them our own count is all there is."""
    day, minute = meter.remaining_day, meter.remaining_minute
    if day is None:
        return Finding("quota", "look", "Xero did not say how many calls are left.", "Concord counts by itself.")
    text = f"{day:,} calls are left today and {minute if minute is not None else 'an unknown number'} this minute."
    if day < DAY_LIMIT * SPARE:
        remedy = "A starter app has 1,000 a day, others 5,000; see which app uses them, or sync less often."
        return Finding("quota", "look" if day else "bad", text, remedy)
    return Finding("quota", "good", text)


def locks(organisation: Mapping[str, Any]) -> Iterator[Finding]:
    """Lock dates do not hold up contacts; invoices dated before them cannot be made or changed."""
    set_ = {name: organisation[name] for name in LOCKS if organisation.get(name)}
    for name, stamp in set_.items():
        day = f"{stamps.read(stamp):%d %B %Y}"
        text = f"The books are locked up to {day} {LOCKS[name]}; contacts are not affected."
        yield Finding("lock dates", "look", text, "Documents dated up to that day cannot be written.")
    if not set_:
        yield Finding("lock dates", "good", "No lock date is set.")


def paging(first: Mapping[str, Any]) -> Finding:
    """Pages of 1,000 in the order of ContactID are what keeps a reading whole and within the limits."""
    size = int((first.get("pagination") or {}).get("pageSize") or 0)
    ids = [str(contact["ContactID"]) for contact in first["Contacts"]]
    if size != PAGE:
        text = f"Xero answers with pages of {size or 'an unknown size'} where {PAGE:,} were asked for."
        return Finding("assumption", "look", text, "Reading everything takes more calls than planned.")
    if ids != sorted(ids):  # a database may order such ids by its own rule; any fixed one will do
        text = f"Contacts come in pages of {PAGE:,}, in an order of ids that is not the alphabet's."
        return Finding("assumption", "look", text, "A full compare finds what a page might have missed.")
    return Finding("assumption", "good", f"Contacts come in pages of {PAGE:,}, in the order of their ids.")


def _stamps(contacts: Callable[..., Mapping[str, Any]], first: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether If-Modified-Since names a contact changed in that very second: the documents do not say."""
    if not first["Contacts"]:
        yield Finding("assumption", "look", "Without a single contact, If-Modified-Since could not be tried.")
        return
    newest = max(first["Contacts"], key=lambda contact: stamps.read(contact.get("UpdatedDateUTC")))
    moment = stamps.read(newest.get("UpdatedDateUTC"))
    if _names(contacts, moment, newest):
        yield Finding("assumption", "good", "A contact changed in the second asked about is listed as changed since.")
    elif _names(contacts, moment - timedelta(seconds=1), newest):
        text = "A contact changed in the second asked about is not listed as changed since."
        yield Finding("assumption", "look", text, "Concord asks from a minute earlier, so nothing is missed.")
    else:
        text = "Xero does not list a contact as changed since the second before its own stamp."
        yield Finding("assumption", "bad", text, STAY)


def _names(contacts: Callable[..., Mapping[str, Any]], since: datetime, contact: Mapping[str, Any]) -> bool:
    second = since.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    answer = contacts(order="ContactID", page_size=PAGE, if_modified_since=second)
    return any(row["ContactID"] == contact["ContactID"] for row in answer["Contacts"])


def _quoting(contacts: Callable[..., Mapping[str, Any]]) -> Finding:
    """After an unknown outcome a contact is looked up by its number: the filter must find only that."""
    try:
        found = contacts(where='ContactNumber=="no ""such"" number"', page_size=PAGE)["Contacts"]
    except Denied:
        text = "Xero does not filter by contact number here, as it may not where there are very many documents."
        return Finding("assumption", "look", text, "Concord searches for the number instead.")
    if found:
        text = "Xero's filter by contact number finds contacts that have another number."
        return Finding("assumption", "bad", text, STAY)
    return Finding("assumption", "good", "Xero's filter by contact number takes a quoted value and finds only that.")
