"""Telephone numbers: when two spellings ring the same telephone.

`+64 9 123 4567`, `0064 9 1234567` and `(09) 123-4567` do.  A national number is compared with an international one by
dialling it in that one's country: equal only if the country's own numbering plan says so.  Two national numbers have
no country, so only their digits count.  The relation is symmetric, but a national spelling can equal numbers of two
countries, which differ from each other: that costs nothing, because only pairs are ever compared.

What holds a word ("ask for Kim", 0800 FLOWERS) is not taken apart: two such texts are the same only when spelled alike.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

_EXTENSION = re.compile(r"[\s,;]*(?:extension|ext\.?|x|#)[\s:=]*(\d{1,8})$", re.IGNORECASE)
_NUMBER = re.compile("\\+?[\\d\\s()./\u2010-\u2015\u2212-]+")
_BETWEEN = dict.fromkeys(code for code in range(128) if not chr(code).isdigit())
_INTERNATIONAL_PREFIX = re.compile(r"00(?=[1-9])")
DIGITS_OF_KEY = 7


@dataclass(frozen=True, slots=True)
class Phone:
    """A number taken apart: `e164` is "" unless it says its country."""

    digits: str
    extension: str
    e164: str = ""
    region: str = ""  # a country of `e164`'s calling code


@lru_cache(maxsize=16_384)
def read(text: str) -> Phone | None:
    """Take a number apart; None when it is not only a number."""
    parts = _parts(text)
    if parts is None:
        return None
    body, digits, extension = parts
    if body.startswith("+"):
        return _international(digits, extension)
    if _INTERNATIONAL_PREFIX.match(digits):
        return _international(digits[2:], extension)
    return Phone(digits, extension)


@lru_cache(maxsize=16_384)
def _parts(text: str) -> tuple[str, str, str] | None:
    """The number as it is written, its digits, and its extension."""
    text = unicodedata.normalize("NFKC", text).strip()
    found = None if _NUMBER.fullmatch(text) else _EXTENSION.search(text)
    body, extension = (text[: found.start()], found[1]) if found else (text, "")
    if not _NUMBER.fullmatch(body):
        return None
    if body.isascii():
        digits = body.translate(_BETWEEN)
    else:
        digits = "".join(str(unicodedata.digit(letter)) for letter in body if letter.isdecimal())
    return (body, digits, extension) if digits else None


def _international(digits: str, extension: str) -> Phone:
    number = _parsed("+" + digits, None)
    if number is None:
        return Phone(digits, extension)
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return Phone(digits, extension, _e164(number), region)


def _parsed(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def same_phone(a: str, b: str) -> bool:
    """Whether two texts are the same telephone number."""
    ends = phone_key(a), phone_key(b)
    if all(ends) and ends[0] != ends[1]:
        return False  # no country or area before the last digits mends them: numbering plans need not be asked
    one, other = read(a), read(b)
    if one is None or other is None or one.extension != other.extension:
        return False
    if one.e164 and other.e164:
        return one.e164 == other.e164
    if one.e164:
        return _rings(other, one)
    return _rings(one, other) if other.e164 else one.digits == other.digits


def _rings(national: Phone, international: Phone) -> bool:
    """Whether a number without a country, dialled in the country of the other, reaches that one.

    Its digits may also be the whole international number with the plus sign lost.
    """
    if national.digits in {international.digits, international.e164.removeprefix("+")}:
        return True
    dialled = _parsed(national.digits, international.region)
    return dialled is not None and _e164(dialled) == international.e164


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_key(text: str) -> str:
    """The last digits: alike for every spelling of a number, with country or without; "" when there are too few."""
    return phone_digits(text)[-DIGITS_OF_KEY:]


def phone_digits(text: str) -> str:
    """Its digits without the zeros that come before a country or an area; "" when there are too few to tell."""
    parts = _parts(text)
    digits = parts[1].lstrip("0") if parts else ""
    return digits if len(digits) >= DIGITS_OF_KEY else ""
