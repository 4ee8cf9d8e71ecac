"""The canonical form of a value, and when two values are the same.

A comparison may be coarser than the text: a country's name and its code, two spellings of a telephone number.  Then
both are the same value, nothing is carried between them, and each side keeps its own spelling.  `canonical` never
coarsens; it removes only what is noise to every reader (blanks around, kinds of line break, forms of one letter), so
that what is carried is what a person typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from reconciler.core.model import Value
from reconciler.core.schema import ADDRESS, FieldRule
from reconciler.core.values.countries import country_code
from reconciler.core.values.keys import tax_key, website_key
from reconciler.core.values.phones import same_phone
from reconciler.core.values.states import same_state
from reconciler.core.values.text import clean, lines, one_line


def amount(value: object) -> str:
    """An amount of money with its two decimals; what is no number is shown as text."""
    text = clean(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return f"{number:.2f}" if number.is_finite() and abs(number) < MOST else text


_FORMS: Mapping[str, Callable[[object], str]] = {
    "text": clean,
    "name": one_line,
    "email": clean,
    "phone": one_line,
    "website": clean,
    "tax": one_line,
    "country": one_line,
    "state": one_line,
    "address": lines,
    "balance": amount,
}
COMPARISONS = tuple(_FORMS)
NOTHING, MOST = "0.00", Decimal(10) ** 15
_ADDRESS_FORMS = tuple(lines if member == "street" else one_line for member in ADDRESS)


def canonical(comparison: str, value: object) -> Value:
    """The canonical form of a text, or of the members of a group; idempotent, and it never fails."""
    if comparison == "address":
        return _address(value)
    form = _FORMS[comparison]
    if isinstance(value, (tuple, list)):
        return tuple(form(member) for member in value)
    return form(value)


def _address(value: object) -> tuple[str, ...]:
    members = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    padded = members + ("",) * (len(ADDRESS) - len(members))
    forms = _ADDRESS_FORMS + (one_line,) * (len(padded) - len(ADDRESS))
    return tuple(form(member) for form, member in zip(forms, padded, strict=True))


def is_blank(value: Value) -> bool:
    """Whether there is nothing in it; a group is blank when all its members are."""
    return not value or (not isinstance(value, str) and not any(value))


def equal(rule: FieldRule, a: Value, b: Value) -> bool:
    """Whether two values are the same as far as the rule's comparison can tell."""
    return a == b or _equal(rule.comparison, a, b)


@lru_cache(maxsize=16_384)
def _equal(comparison: str, a: Value, b: Value) -> bool:
    a, b = canonical(comparison, a), canonical(comparison, b)
    if a == b:
        return True
    if is_blank(a) or is_blank(b):  # of a balance: who never owed anything and who has paid are the same
        return (is_blank(a) and is_blank(b)) or (comparison == "balance" and NOTHING in (a, b))
    if isinstance(a, str) and isinstance(b, str):
        return _SAME[comparison](a, b)
    if isinstance(a, str) or isinstance(b, str) or len(a) != len(b):
        return False
    if comparison == "address":
        return _same_address(a, b)
    return all(one == other or _SAME[comparison](one, other) for one, other in zip(a, b, strict=True))


def _same_text(_a: str, _b: str) -> bool:
    return False  # equal canonical forms have been seen before


def _same_email(a: str, b: str) -> bool:
    return a.casefold() == b.casefold()


def _same_tax(a: str, b: str) -> bool:
    return tax_key(a) == tax_key(b) != ""


def _same_website(a: str, b: str) -> bool:
    return website_key(a) == website_key(b) != ""


def _same_country(a: str, b: str) -> bool:
    return a.casefold() == b.casefold() or country_code(a) == country_code(b) != ""


def _same_state(a: str, b: str) -> bool:
    return same_state(a, b, "")


def _same_address(a: Sequence[str], b: Sequence[str]) -> bool:
    """Member by member; a region is read in the country that either side names."""
    (*one, region, postcode, country), (*other, region_b, postcode_b, country_b) = a, b
    if one != other or postcode != postcode_b:
        return False
    if country != country_b and not (country and country_b and _same_country(country, country_b)):
        return False
    return region == region_b or (bool(region and region_b) and same_state(region, region_b, country_code(country)))


_SAME: Mapping[str, Callable[[str, str], bool]] = {
    "text": _same_text,
    "name": _same_text,
    "email": _same_email,
    "phone": same_phone,
    "website": _same_website,
    "tax": _same_tax,
    "country": _same_country,
    "state": _same_state,
    "address": _same_text,
    "balance": _same_text,
}
