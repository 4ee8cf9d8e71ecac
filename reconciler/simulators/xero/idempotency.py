"""Answers kept for six minutes under an Idempotency-Key.  Errors are kept like any other answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT = timedelta(minutes=6)
LONGEST_KEY = 128


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: status, content type, body."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    request: bytes
    at: datetime
    answer: Answer


class OtherRequest(ValueError):
    """The key was used for a different request."""


class Kept:
    """The answers of the last six minutes."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def answer(self, key: str, request: bytes, now: datetime) -> Answer | None:
        kept = self._kept.get(key)
        if kept is None or not kept.at <= now < kept.at + KEPT:
            return None
        if kept.request != request:
            raise OtherRequest(key)
        return kept.answer

    def keep(self, key: str, request: bytes, now: datetime, answer: Answer) -> None:
        """The first answer is the one that counts."""
        self._kept = {name: one for name, one in self._kept.items() if one.at <= now < one.at + KEPT}
        self._kept.setdefault(key, _Kept(request, now, answer))


def fingerprint(*parts: str | bytes) -> bytes:
    """One digest of method, address, organisation and body: a change of any makes another request."""
    whole = hashlib.sha256()
    for part in parts:
        piece = part.encode() if isinstance(part, str) else part
        whole.update(len(piece).to_bytes(8, "big") + piece)
    return whole.digest()
