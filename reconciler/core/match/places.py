"""Where a customer is: when two addresses are one place, and when they are certainly two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from reconciler.core.values.countries import country_code
from reconciler.core.values.text import plain

_WORDS = re.compile(r"[\w]+")
_DIGIT = re.compile(r"\d")
_SHORT = {
    "rd": "road", "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "ln": "lane", "dr": "drive",
    "pl": "place", "tce": "terrace", "ter": "terrace", "cres": "crescent", "ct": "court", "hwy": "highway",
    "blvd": "boulevard", "sq": "square", "pob": "box",
}  # fmt: skip
_NOISE = frozenset({"p", "o", "po", "gpo", "pobox", "level", "floor", "suite", "unit", "the", "attn"})
_SAME_STREET = 80.0
_SAME_CITY = 85.0


@dataclass(frozen=True, slots=True)
class Place:
    """An address: its numbers (house, box), its words, and the locality."""

    numbers: frozenset[str]
    street: str
    city: str
    postcode: str
    country: str

    @property
    def keys(self) -> tuple[str, ...]:
        """What it is found by: its numbers within its locality."""
        where = self.postcode or self.city
        return tuple(f"{where}|{number}" for number in sorted(self.numbers)[:3]) if where else ()


def place(members: Sequence[str]) -> Place | None:
    """Take an address apart (street, city, region, postcode, country); None for a blank one."""
    street, city, _region, postcode, country = (*members, "", "", "", "", "")[:5]
    if not (street or city or postcode):
        return None
    words = [_SHORT.get(word, word) for word in _WORDS.findall(plain(street).replace("p.o.", "po"))]
    return Place(
        numbers=frozenset([word for word in words if not word.isalpha() and _DIGIT.search(word)]),
        street=" ".join([word for word in words if word.isalpha() and word not in _NOISE]),
        city=" ".join(_WORDS.findall(plain(city))),
        postcode=_postcode(postcode),
        country=country_code(country),
    )


def _postcode(text: str) -> str:
    """Letters and digits; of an American ZIP+4 the first five."""
    found = re.fullmatch(r"\s*(\d{5})-\d{4}\s*", text)
    return found[1] if found else "".join(letter for letter in plain(text) if letter.isalnum())


def same(one: Place, other: Place) -> bool:
    """Whether two addresses are one place."""
    if not one.numbers & other.numbers or not _near(one, other):
        return False
    return bool(one.street and other.street) and fuzz.token_set_ratio(one.street, other.street) >= _SAME_STREET


def _near(one: Place, other: Place) -> bool:
    if one.postcode and other.postcode:
        return one.postcode == other.postcode
    return bool(one.city) and one.city == other.city


def far(ours: Sequence[Place], theirs: Sequence[Place]) -> bool:
    """Whether both say where they are, and no two of their addresses are in one town."""
    pairs = [(one, other) for one in ours for other in theirs]
    return bool(pairs) and all(_apart(one, other) for one, other in pairs)


def _apart(one: Place, other: Place) -> bool:
    if one.postcode and one.postcode == other.postcode:
        return False
    if one.city and other.city:
        return fuzz.token_set_ratio(one.city, other.city) < _SAME_CITY
    return bool(one.country and other.country) and one.country != other.country
