"""Tax numbers that pass their country's published check, from any run of digits.

They must pass, because an honest reconciler checks a number before it sends it. They belong to nobody on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_IRISH_LETTERS = "WABCDEFGHIJKLMNOPQRSTUV"


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _luhn(digits: str) -> int:
    doubled: Iterable[int] = (
        sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10)) for place, digit in enumerate(reversed(digits))
    )
    return -sum(doubled) % 10


def new_zealand(number: int) -> str:
    """An IRD number: eight digits and a check; the few bodies without a check of one digit step on to the next."""
    body = 10_000_000 + number % 4_900_000
    while True:
        for weights in ((3, 2, 7, 6, 5, 4, 3, 2), (7, 4, 3, 2, 5, 2, 7, 6)):
            check = -_weighted(f"{body:08d}", weights) % 11
            if check < 10:
                text = f"{body:08d}{check}"
                return f"{text[:3]}-{text[3:6]}-{text[6:]}"
        body += 1


def australia(number: int) -> str:
    """An ABN: two check digits in front of nine."""
    body = f"{number % 1_000_000_000:09d}"
    check = 11 + (-1 - _weighted(body, (3, 5, 7, 9, 11, 13, 15, 17, 19))) % 89
    return f"{check} {body[:3]} {body[3:6]} {body[6:]}"


def united_kingdom(number: int) -> str:
    body = f"{1_000_000 + number % 9_000_000:07d}"
    check = 97 - _weighted(body, (8, 7, 6, 5, 4, 3, 2)) % 97
    return f"GB{body}{check:02d}"


def ireland(number: int) -> str:
    body = f"{1_000_000 + number % 9_000_000:07d}"
    return f"IE{body}{_IRISH_LETTERS[_weighted(body, (8, 7, 6, 5, 4, 3, 2)) % 23]}"


def germany(number: int) -> str:
    """A USt-IdNr: eight digits and one by ISO 7064 mod 11,10."""
    body, product = f"{10_000_000 + number % 90_000_000:08d}", 10
    for digit in body:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return f"DE{body}{(11 - product) % 10}"


def france(number: int) -> str:
    """A TVA number: a key over a SIREN, which ends in a Luhn digit of its own."""
    body = f"{30_000_000 + number % 60_000_000:08d}"
    siren = f"{body}{_luhn(body)}"
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def united_states(number: int) -> str:
    """An EIN; campus prefix 20 to 27 are the ones given out online."""
    return f"{20 + number % 8}-{number // 8 % 10_000_000:07d}"
