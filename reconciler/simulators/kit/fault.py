"""One fault: which calls it meets, and what befalls them.  `posted` reads it, `gate` carries it out."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SWITCHES = ("drop_before", "drop_after", "truncate", "cut_short", "html")
NUMBERS = ("delay", "delay_after", "slow_commit")


@dataclass(frozen=True, slots=True)
class Effect:
    """How a call goes wrong.  Several keys may be joined: a delay and a status, an edit and a lost answer."""

    delay: float = 0
    delay_after: float = 0
    slow_commit: float | None = None
    drop_before: bool = False
    drop_after: bool = False
    truncate: bool = False
    cut_short: bool = False
    html: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    edit: Mapping[str, Any] | None = None
    when: str = "before"
    switch: str = ""

    @property
    def loses(self) -> bool:
        """Whether nobody hears an answer: the call is never read, or carried out when nobody waits for it."""
        return self.drop_before or self.slow_commit is not None

    @property
    def decides(self) -> bool:
        """Whether the twin is not asked for an answer."""
        return self.loses or self.status is not None

    @property
    def name(self) -> str:
        if self.switch:
            return self.switch
        named = [key for key in (*SWITCHES, *NUMBERS, "edit") if getattr(self, key)]
        return " ".join(named + ([str(self.status)] if self.status else []))


@dataclass(slots=True)
class Fault:
    """Counts the calls it matches, and those it has spoiled; `times` is how many it may spoil, None for any number."""

    id: int
    posted: Mapping[str, Any]
    methods: frozenset[str]
    path: re.Pattern[str]
    nth: int | None
    every: int | None
    rate: float | None
    dice: random.Random
    times: int | None
    effect: Effect
    seen: int = 0
    hits: int = 0

    def meets(self, method: str, path: str) -> bool:
        """Count a call, and say whether it goes wrong."""
        if (self.methods and method not in self.methods) or not self.path.search(path):
            return False
        self.seen += 1
        if (self.times is not None and self.hits >= self.times) or not self._chosen():
            return False
        self.hits += 1
        return True

    def _chosen(self) -> bool:
        if self.nth is not None:
            return self.seen >= self.nth
        if self.every is not None:
            return self.seen % self.every == 0
        return self.rate is None or self.dice.random() < self.rate
