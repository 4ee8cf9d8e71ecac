"""How alike two customers' names are, and nothing else about them.

Only spelling is forgiven.  A number, an initial or a short word that differs makes another name: "Block A" is not
"Block B", and Joan is not John.
"""

from __future__ import annotations

from collections import Counter
from enum import IntEnum

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

# A word this short has no letter to spare: one letter off is another word.
_SHORTEST_MISSPELT = 5
_LONG_WORD = 10  # in a word this long two slips are as likely as one in a shorter
_LOOSE = 85.0


class Likeness(IntEnum):
    """How alike two names are."""

    OTHER = 0
    LOOSE = 1  # one holds the other, or most of it: "Kauri" and "Kauri Joinery"
    NEAR = 2  # one or two slips of the keyboard, or two legal forms of one name
    SAME = 3  # equal but for case, accents, legal form, and the order and spacing of the words


def likeness(one: str, other: str) -> Likeness:
    """Compare two name keys; blank names are like nothing."""
    if not one or not other:
        return Likeness.OTHER
    if one == other or _squeezed(one) == _squeezed(other):
        return Likeness.SAME
    left, right = Counter(one.split()), Counter(other.split())
    if left == right:
        return Likeness.SAME
    if _misspelt(left - right, right - left):
        return Likeness.NEAR
    return Likeness.LOOSE if _loosely(one, other) else Likeness.OTHER


def _squeezed(name: str) -> str:
    return name.replace(" ", "")


def _misspelt(left: Counter[str], right: Counter[str]) -> bool:
    """Whether every word that differs is one long word typed in two ways."""
    ours, theirs = sorted(left.elements()), sorted(right.elements())
    return len(ours) == len(theirs) <= 2 and all(map(_one_word, ours, theirs))


def _one_word(a: str, b: str) -> bool:
    if min(len(a), len(b)) < _SHORTEST_MISSPELT or not a.isalpha() or not b.isalpha():
        return False
    allowed = 2 if min(len(a), len(b)) >= _LONG_WORD else 1
    return OSA.distance(a, b, score_cutoff=allowed) <= allowed


def _loosely(one: str, other: str) -> bool:
    if fuzz.token_set_ratio(one, other) >= _LOOSE or fuzz.ratio(one, other) >= _LOOSE:
        return True
    return _initials(one) == other or _initials(other) == one


def _initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in words) if len(words) > 2 else ""
