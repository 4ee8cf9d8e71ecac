"""The keys a record is found by.  A key only finds; what is the same on both is `evidence`'s to say.

Records that share no key are never compared, which keeps the work from growing with the square of the records.  A key
is a number made of its sort and its text: small to keep, quick to compare, and nothing that a person could read.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TypeAlias

FOLDING = 2  # raised whenever some record gets other keys than before: those that are stored are then made anew
Key: TypeAlias = int  # below 2**63; the highest bits are the sort, the lowest is always 0

SORTS = ("name", "letters", "half", "slip", "email", "domain", "phone", "number", "address", "account")
SAYING = frozenset({"email", "domain", "phone", "number", "address", "account"})  # what they share speaks for them
# The sort comes first: an edit of many telephone numbers then touches the pages of telephone numbers and no others.
_SORT, _HASH = 59, (1 << 59) - 2
_NUMBERED = {sort: number << _SORT for number, sort in enumerate(SORTS)}
_WORDS = 6  # of a very long name only the first words may hold a slip


def key(sort: str, text: str) -> Key:
    """The key of one sort for one text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) & _HASH | _NUMBERED[sort]


def sort_of(found_by: Key) -> str:
    """What records that share this key have in common."""
    return SORTS[found_by >> _SORT]


def name_keys(name: str) -> Iterator[Key]:
    """The name whatever the order of its words, and keys that survive a slip of the keyboard in one of them."""
    if not name:
        return
    words = sorted(name.split())
    yield key("name", " ".join(words))
    yield key("letters", "".join(sorted(name.replace(" ", ""))))
    if len(words) == 1:
        half = len(name) // 2
        yield from (key("half", f"<{name[:half]}"), key("half", f"{name[half:]}>")) if half > 2 else ()
        return
    for place, word in enumerate(words[:_WORDS]):
        yield key("slip", " ".join((word[0], "|", *words[:place], *words[place + 1 :])))
