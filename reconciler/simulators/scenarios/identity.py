"""Ids, stamps and choices derived by hashing, so that both twins work out the same world without talking.

Nothing here keeps state or draws a random number: the same parts give the same answer in any process, on any
Python, for ever. `random.Random` is not used because its sequences are promised only within one Python version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

_T = TypeVar("_T")

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DAY = 86_400


def digest(*parts: object) -> int:
    """A 512-bit number that depends on every part and on nothing else."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=64).digest(), "big")


def guid(*parts: object) -> str:
    """A lower-case version 4 guid."""
    value = digest("guid", *parts) >> 384
    text = f"{value:032x}"
    variant = "89ab"[value & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def salesforce_id(prefix: str, *parts: object) -> str:
    """An 18-character Salesforce id: key prefix, twelve base-62 characters, three of checksum."""
    value, body = digest("salesforce", prefix, *parts) % 62**12, ""
    for _ in range(12):
        value, place = divmod(value, 62)
        body += _BASE62[place]
    return with_checksum(prefix + body)


def with_checksum(fifteen: str) -> str:
    """Append the three characters that make a case-sensitive 15-character id safe to compare without case."""
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place, letter in enumerate(fifteen[start : start + 5]) if "A" <= letter <= "Z")
        suffix += _CHECKSUM[bits]
    return fifteen + suffix


class Draw:
    """A run of choices taken out of one digest; about fifty small ones before it would run dry."""

    __slots__ = ("_left",)

    def __init__(self, *parts: object) -> None:
        self._left = digest(*parts)

    def below(self, limit: int) -> int:
        self._left, taken = divmod(self._left, limit)
        return taken

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def percent(self, share: int) -> bool:
        return self.below(100) < share

    def pick(self, choices: Sequence[_T]) -> _T:
        return choices[self.below(len(choices))]


def past(now: datetime, draw: Draw, *, least_days: int = 1, most_days: int = 400) -> datetime:
    """A moment 1 to 400 days before the midnight that opened `now`'s day, with milliseconds.

    Counting from midnight keeps the stamps of two twins equal although they start a second apart.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = draw.between(least_days * _DAY, most_days * _DAY)
    return midnight - timedelta(seconds=seconds) + timedelta(milliseconds=draw.below(1000))
