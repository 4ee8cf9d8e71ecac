"""What a record says of itself, brought to a form in which two records can be compared, and the keys it is found by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from reconciler.core.match.finding import Key, key, name_keys
from reconciler.core.match.places import Place, place
from reconciler.core.match.words import settled
from reconciler.core.model import Fields, Value
from reconciler.core.values.keys import domain_key, email_key, name_and_form, tax_key
from reconciler.core.values.phones import DIGITS_OF_KEY, phone_digits
from reconciler.core.values.text import clean, plain

PHONES, WEBSITES, NUMBERS, ADDRESSES = (
    ("phone", "mobile"),
    ("website",),
    ("tax_number", "company_number"),
    ("billing", "shipping"),
)
_PREFIXED = re.compile(r"[a-z]{2}(?=\d[\da-z]{6,})")
_SHORTEST_NUMBER = 6


@dataclass(frozen=True, slots=True)
class Telephone:
    """A telephone number as it is written, and its digits without the zeros before country or area."""

    text: str
    digits: str

    @property
    def key(self) -> str:
        """The last digits: numbers that differ in them are two."""
        return self.digits[-DIGITS_OF_KEY:]


@dataclass(frozen=True, slots=True)
class Profile:
    """One record's identifying values; "" and empty for what it does not say."""

    name: str
    form: str
    email: str
    domains: frozenset[str]
    phones: tuple[Telephone, ...]
    numbers: frozenset[str]
    account: str
    places: tuple[Place, ...]

    def found_by(self) -> Iterator[Key]:
        """What this record is found by; some may come twice."""
        yield from name_keys(self.name)
        if self.email:
            yield key("email", self.email)
        for domain in self.domains:
            yield key("domain", domain)
        for phone in self.phones:
            yield key("phone", phone.key)
        for number in self.numbers:
            yield key("number", number)
        for each in self.places:
            for text in each.keys:
                yield key("address", text)
        if self.account:
            yield key("account", self.account)


def of_fields(fields: Fields) -> Profile:
    """The profile of a record that shows these values."""
    name, form = name_and_form(_text(fields.get("name", "")))
    email = email_key(_text(fields.get("email", "")))
    phones, numbers = _texts(fields, PHONES), _texts(fields, NUMBERS)
    return Profile(
        name=settled(name) if name else "",
        form=form,
        email=email,
        domains=frozenset(
            [domain for said in (email, *_texts(fields, WEBSITES)) if said and (domain := domain_key(said))]
        ),
        phones=tuple([Telephone(text, digits) for text in phones if (digits := phone_digits(text))]),
        numbers=frozenset([number for text in numbers if (number := _number(text))]),
        account=plain(clean(_text(account))) if (account := fields.get("account_number")) else "",
        places=tuple(_places(fields)),
    )


def _texts(fields: Fields, keys: tuple[str, ...]) -> list[str]:
    return [_text(value) for key in keys if (value := fields.get(key))]


def _text(value: Value) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _places(fields: Fields) -> Iterator[Place]:
    for name in ADDRESSES:
        value = fields.get(name, "")
        found = place(value) if isinstance(value, tuple) else None
        if found:
            yield found


@lru_cache(maxsize=4_096)
def _number(text: str) -> str:
    """A tax or company number without its country; "" for what is none ("n/a", 000000)."""
    key = tax_key(text)
    bare = _PREFIXED.sub("", key, count=1).lstrip("0")
    digits = {letter for letter in bare if letter.isdigit()}
    return bare if len(bare) >= _SHORTEST_NUMBER and len(digits) > 1 else ""
