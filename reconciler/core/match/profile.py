"""What a record says of itself, brought to a form in which two records can be compared, and the keys it is found by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

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
ACCOUNT = "account_number"
_PREFIXED = re.compile(r"[a-z]{2}(?=\d[\da-z]{6,})")
_SHORTEST_NUMBER = 6


class Telephone(NamedTuple):
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
        yield from _by_mail(self.email, self.domains)
        yield from _by_phone(self.phones)
        yield from _by_number(self.numbers)
        yield from _by_place(self.places)
        yield from _by_account(self.account)


def of_fields(fields: Fields) -> Profile:
    """The profile of a record that shows these values."""
    name, form = _name(fields)
    email = _email(fields)
    return Profile(
        name=name,
        form=form,
        email=email,
        domains=_domains(email, fields),
        phones=_phones(fields),
        numbers=_numbers(fields),
        account=_account(fields),
        places=_places(fields),
    )


def _name(fields: Fields) -> tuple[str, str]:
    name, form = name_and_form(_text(fields.get("name", "")))
    return (settled(name) if name else ""), form


def _email(fields: Fields) -> str:
    return email_key(_text(fields.get("email", "")))


def _domains(email: str, fields: Fields) -> frozenset[str]:
    said = (email, *_texts(fields, WEBSITES))
    return frozenset([domain for each in said if each and (domain := domain_key(each))])


def _phones(fields: Fields) -> tuple[Telephone, ...]:
    return tuple([Telephone(text, digits) for text in _texts(fields, PHONES) if (digits := phone_digits(text))])


def _numbers(fields: Fields) -> frozenset[str]:
    return frozenset([number for text in _texts(fields, NUMBERS) if (number := _number(text))])


def _account(fields: Fields) -> str:
    said = fields.get(ACCOUNT, "")
    return plain(clean(_text(said))) if said else ""


def _places(fields: Fields) -> tuple[Place, ...]:
    said = [fields.get(name, "") for name in ADDRESSES]
    return tuple([found for value in said if isinstance(value, tuple) and (found := place(value))])


def _texts(fields: Fields, keys: tuple[str, ...]) -> list[str]:
    return [_text(value) for key in keys if (value := fields.get(key))]


def _text(value: Value) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _by_mail(email: str, domains: Iterable[str]) -> list[Key]:
    return ([key("email", email)] if email else []) + [key("domain", domain) for domain in domains]


def _by_phone(phones: Iterable[Telephone]) -> list[Key]:
    return [key("phone", phone.key) for phone in phones]


def _by_number(numbers: Iterable[str]) -> list[Key]:
    return [key("number", number) for number in numbers]


def _by_place(places: Iterable[Place]) -> list[Key]:
    return [key("address", text) for each in places for text in each.keys]


def _by_account(account: str) -> list[Key]:
    return [key("account", account)] if account else []


# What a record is found by for what it shows in some fields: of one that has changed, only the groups that some change
# touches are looked at.
FOUND_BY: Mapping[tuple[str, ...], Callable[[Fields], Iterable[Key]]] = {
    ("name",): lambda fields: name_keys(_name(fields)[0]),
    ("email", *WEBSITES): lambda fields: _by_mail(email := _email(fields), _domains(email, fields)),
    PHONES: lambda fields: _by_phone(_phones(fields)),
    NUMBERS: lambda fields: _by_number(_numbers(fields)),
    (ACCOUNT,): lambda fields: _by_account(_account(fields)),
    ADDRESSES: lambda fields: _by_place(_places(fields)),
}


@lru_cache(maxsize=4_096)
def _number(text: str) -> str:
    """A tax or company number without its country; "" for what is none ("n/a", 000000)."""
    key = tax_key(text)
    bare = _PREFIXED.sub("", key, count=1).lstrip("0")
    digits = {letter for letter in bare if letter.isdigit()}
    return bare if len(bare) >= _SHORTEST_NUMBER and len(digits) > 1 else ""
