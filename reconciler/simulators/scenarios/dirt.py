"""The ways two departments write the same customer down differently.

Only spellings are touched, never what the business is: a good matcher should see through all of it. A changed name
stays as unique as the one it came from, because the part that makes it unique is kept.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.simulators.scenarios.identity import Draw
from reconciler.simulators.scenarios.invent import Address, Customer
from reconciler.simulators.scenarios.words import COUNTRIES


def smudge(customer: Customer, draw: Draw) -> Customer:
    """The customer as a hurried person typed it: about a third of the fields differ in spelling, a few are missing."""
    return replace(
        customer,
        name=_name(customer, draw),
        account_number=customer.account_number if draw.percent(30) else "",
        email=_email(customer.email, draw),
        phone=_phone(customer, draw),
        fax="",
        website=customer.website if draw.percent(50) else "",
        tax_number=_tax_number(customer.tax_number, draw),
        billing=_address(customer, customer.billing, draw),
        shipping=_address(customer, customer.shipping, draw),
    )


def _name(customer: Customer, draw: Draw) -> str:
    registered, *spellings = COUNTRIES[customer.code].suffixes
    base = customer.name.removesuffix(registered).strip()
    suffix = registered if base != customer.name else ""
    if suffix and draw.percent(45):
        suffix = draw.pick(("", *spellings))
    name = f"{base} {suffix}".strip()
    if draw.percent(15):
        return name.upper()
    if draw.percent(10):
        return name.replace(" & ", " and ").lower()
    return name.removeprefix("The ") if draw.percent(30) else name


def _email(email: str, draw: Draw) -> str:
    if draw.percent(30):
        return ""
    return email.title() if draw.percent(20) else email


def _phone(customer: Customer, draw: Draw) -> str:
    """The same digits in the country's own spelling, or run together."""
    international, national = COUNTRIES[customer.code].phone
    if draw.percent(40):
        return _respell(customer.phone, international, national)
    if draw.percent(30):
        return customer.phone.replace(" ", "").replace("-", "")
    return "" if draw.percent(20) else customer.phone


def _respell(phone: str, pattern: str, other: str) -> str:
    drawn = iter([letter for letter, slot in zip(phone, pattern, strict=True) if slot == "#"])
    return "".join(next(drawn) if slot == "#" else slot for slot in other)


def _tax_number(number: str, draw: Draw) -> str:
    if draw.percent(25):
        return ""
    return number.replace("-", "").replace(" ", "") if draw.percent(40) else number


def _address(customer: Customer, address: Address, draw: Draw) -> Address:
    if not address.lines or draw.percent(20):
        return Address()
    line = address.lines[0]
    for long, short in (
        (" Road", " Rd"),
        (" Street", " St"),
        (" Lane", " Ln"),
        (" Avenue", " Ave"),
        ("PO Box", "P.O. Box"),
    ):
        line = line.replace(long, short) if draw.percent(60) else line
    country = COUNTRIES[customer.code].short if draw.percent(40) else address.country
    return replace(address, lines=(line, *address.lines[1:]), country=country)
