"""The questions asked of Salesforce, as SOQL.

Pages follow the key (SystemModstamp, Id), never a locator: a locator goes stale, and bulk changes share one stamp, so
that a boundary on the stamp alone would cut through them.  Values are quoted by the SDK; names come from the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from simple_salesforce.format import format_soql

ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?", re.ASCII)
LONGEST_QUERY = 12_000  # bytes once encoded; addresses over 16,384 are refused


def changed(columns: Sequence[str], thing: str, since: datetime | None) -> str:
    """Everything changed since, oldest first; everything there is when `since` is None."""
    where = f" WHERE SystemModstamp >= {_literal(since)}" if since else ""
    return f"{_select(columns, thing)}{where}{_ORDER}"


def changed_after(columns: Sequence[str], thing: str, stamp: datetime, last_id: str) -> str:
    """The rows behind the last one of a page."""
    at = _literal(stamp)
    where = f" WHERE (SystemModstamp = {at} AND Id > {_quoted(last_id)}) OR SystemModstamp > {at}"
    return f"{_select(columns, thing)}{where}{_ORDER}"


def by_ids(columns: Sequence[str], thing: str, ids: Sequence[str]) -> str:
    """The records of these ids."""
    return f"{_select(columns, thing)} WHERE Id IN ({', '.join(map(_quoted, ids))})"


def by_key(columns: Sequence[str], thing: str, field: str, value: str) -> str:
    """The records whose key field holds `value`."""
    return f"{_select(columns, thing)} WHERE {field} = {_quoted(value)} ORDER BY Id"


def told(columns: Sequence[str], thing: str, key: str, ids: Sequence[str], since: datetime) -> str:
    """The rows of a history that tell of these records."""
    which = f"{key} IN ({', '.join(map(_quoted, ids))})"
    return f"{_select(columns, thing)} WHERE {which} AND CreatedDate >= {_literal(since)} ORDER BY CreatedDate, Id"


def chunks(columns: Sequence[str], thing: str, ids: Sequence[str]) -> Iterator[str]:
    """Queries for any number of ids, each short enough for an address; what cannot be an id is left out."""
    room = LONGEST_QUERY - len(quote(by_ids(columns, thing, ())))
    size = room // len(quote("'001000000000000AAA', "))
    known = [record_id for record_id in dict.fromkeys(ids) if ID.fullmatch(record_id)]
    for start in range(0, len(known), size):
        yield by_ids(columns, thing, known[start : start + size])


def count(thing: str) -> str:
    """How many of them our user sees."""
    return _select(("COUNT()",), thing)


def latest(thing: str) -> str:
    """Any one record, the one changed last."""
    return f"{_select(('Id',), thing)} ORDER BY LastModifiedDate DESC LIMIT 1"


_ORDER = " ORDER BY SystemModstamp, Id"


def _select(columns: Sequence[str], thing: str) -> str:
    return f"SELECT {', '.join(columns)} FROM {thing}"  # noqa: S608 - names of the rules, checked by describe


def _quoted(text: str) -> str:
    return str(format_soql("{}", text))


def _literal(moment: datetime) -> str:
    """A date-time literal.  To the millisecond: whole seconds are all that was ever seen, but nothing promises it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
