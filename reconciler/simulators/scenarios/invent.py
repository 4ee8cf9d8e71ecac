"""One invented customer from a seed and an index: what a business would say of itself.

It knows neither Salesforce nor Xero. Names are unique by construction, not by remembering, so that customer 99,999
costs as much as customer 0.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.simulators.scenarios import tax, words
from reconciler.simulators.scenarios.identity import Draw, digest
from reconciler.simulators.scenarios.words import COUNTRIES, Country

_STEP = 7_368_787
"""A prime larger than any table, so that stepping by it visits every combination of words once."""

_SPREAD = ("NZ",) * 9 + ("AU",) * 4 + ("GB",) * 3 + ("US",) * 2 + ("IE", "DE", "FR")

_TAX: dict[str, Callable[[int], str]] = {
    "NZ": tax.new_zealand,
    "AU": tax.australia,
    "GB": tax.united_kingdom,
    "US": tax.united_states,
    "IE": tax.ireland,
    "DE": tax.germany,
    "FR": tax.france,
}

_STYLES = {
    "company": (words.ENGLISH_FIRST, words.ENGLISH_SECOND, words.ENGLISH_TRADE, "{0} {1} {2}"),
    "person": (words.PERSON_FIRST, words.PERSON_LAST, words.PERSON_TRADE, "{0} {1} {2}"),
    "DE": (words.GERMAN_FIRST, words.GERMAN_SECOND, words.GERMAN_TRADE, "{2} {0} {1}"),
    "FR": (words.FRENCH_FIRST, words.FRENCH_SECOND, words.FRENCH_TRADE, "{0} {1} {2}"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A place, or nothing at all."""

    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


NO_ADDRESS = Address()


@dataclass(frozen=True, slots=True)
class Customer:
    """A business and how to reach it; "" is what it does not have or does not tell."""

    code: str
    """Country code."""
    name: str
    account_number: str
    email: str
    phone: str
    fax: str
    website: str
    tax_number: str
    billing: Address
    shipping: Address
    person: tuple[str, str] | None
    """First and last name where the business is one person."""


def customer(seed: int, index: int) -> Customer:
    draw = Draw("customer", seed, index)
    code = draw.pick(_SPREAD)
    country = COUNTRIES[code]
    trades_alone = code not in ("DE", "FR") and draw.percent(14)
    chosen = _words("person" if trades_alone else code if code in _STYLES else "company", seed, index)
    base = _base_name(chosen, draw)
    slug = _slug(base)
    return Customer(
        code=code,
        name=base if trades_alone or base.endswith(")") else f"{base} {country.suffixes[0]}",
        account_number=f"C{100_000 + index}",
        email=f"{draw.pick(('info', 'accounts', 'office', 'hello'))}@{slug}.example" if draw.percent(88) else "",
        phone=_digits(country.phone[0], draw),
        fax=_digits(country.phone[0], draw) if draw.percent(15) else "",
        website=f"https://www.{slug}.example" if draw.percent(60) else "",
        tax_number=_TAX[code](digest("tax", seed, index)) if draw.percent(55) else "",
        billing=_box(country, draw) if draw.percent(35) else _premises(country, draw),
        shipping=_premises(country, draw) if draw.percent(65) else NO_ADDRESS,
        person=(chosen[0], chosen[1]) if trades_alone else None,
    )


def _words(style: str, seed: int, index: int) -> tuple[str, str, str, str]:
    """Three words no other index gets in this style, and the round (0 for the first) when the table is used up."""
    first, second, third, pattern = _STYLES[style]
    size = len(first) * len(second) * len(third)
    turn, place = divmod(index, size)
    place = (place * _STEP + seed) % size
    place, a = divmod(place, len(first))
    c, b = divmod(place, len(second))
    name = pattern.format(first[a], second[b], third[c])
    return first[a], second[b], third[c], f"{name} {turn + 1}" if turn else name


def _base_name(chosen: tuple[str, str, str, str], draw: Draw) -> str:
    if draw.percent(2):
        return f"The Trustees of the {chosen[3]} Charitable and Community Development Trust (Incorporated)"
    return chosen[3]


def _slug(name: str) -> str:
    """ASCII, because Xero takes no umlauts in an e-mail address; at most a DNS label long."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _digits(pattern: str, draw: Draw) -> str:
    return "".join(str(draw.below(10)) if letter == "#" else letter for letter in pattern)


def _place(country: Country, draw: Draw, lines: Sequence[str]) -> Address:
    city, region, postcode = draw.pick(country.cities)
    return Address(tuple(lines), city, region, _digits(postcode, draw), country.name)


def _premises(country: Country, draw: Draw) -> Address:
    street = country.street.format(n=draw.between(1, 240), street=draw.pick(words.STREETS))
    building = [draw.pick(words.BUILDINGS)] if draw.percent(30) else []
    behind = [f"Attn: {draw.pick(('Accounts', 'Goods In', 'Front Desk'))}"] if draw.percent(8) else []
    return _place(country, draw, [*building, street, *behind])


def _box(country: Country, draw: Draw) -> Address:
    return _place(country, draw, [country.box.format(n=draw.between(100, 9999))])
