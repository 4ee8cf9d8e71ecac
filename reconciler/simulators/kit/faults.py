"""The registry of posted faults: which call goes wrong, and how.

A fault is posted as {"match": {...}, "times": n, "do": {...} | "drop_before" | ...}, with
the names of `switches` to choose from.  Every call that matches counts
for every fault, whether or not another fault decides its answer, so that `nth` means the nth such call since the fault
was posted.  Carrying a fault out is the gate's work; this module does no I/O.
"""

from __future__ import annotations

import itertools
import random
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.simulators.kit.switches import Switch
from reconciler.simulators.kit.twin import Refused

SWITCHES = ("drop_before", "drop_after", "truncate", "cut_short", "html")
NUMBERS = ("delay", "delay_after", "slow_commit")
MATCH_KEYS = {"method", "path", "nth", "every", "rate", "seed"}
DO_KEYS = {*SWITCHES, *NUMBERS, "status", "headers", "body", "edit", "when"}


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
    def name(self) -> str:
        if self.switch:
            return self.switch
        named = [key for key in (*SWITCHES, *NUMBERS, "edit") if getattr(self, key)]
        return " ".join(named + ([str(self.status)] if self.status else []))


@dataclass(slots=True)
class _Fault:
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


class Faults:
    """Thread-safe registry; ids count from 1 and are never used twice."""

    def __init__(self, switches: Mapping[str, Switch]) -> None:
        self.switches = switches
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: list[_Fault] = []

    def post(self, posted: Sequence[Any]) -> list[int]:
        """Add faults, all or none; raise `Refused` for one that could never do what it says."""
        with self._lock:
            made = [_read(next(self._ids), one, self.switches) for one in posted]
            self._faults += made
            return [fault.id for fault in made]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def listing(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{"id": f.id, **f.posted, "times": f.times, "seen": f.seen, "hits": f.hits} for f in self._faults]

    def meet(self, method: str, path: str) -> list[Effect]:
        """Count a call for every fault; return the effects of those that fire, in the order posted."""
        with self._lock:
            return [fault.effect for fault in self._faults if fault.meets(method, path)]


def _read(number: int, posted: Any, switches: Mapping[str, Switch]) -> _Fault:
    if not isinstance(posted, Mapping) or "do" not in posted or set(posted) - {"match", "times", "do"}:
        raise Refused('A fault is {"match": {...}, "times": n, "do": ...}.')
    match = posted.get("match") or {}
    if not isinstance(match, Mapping) or set(match) - MATCH_KEYS:
        raise Refused(f"A fault's match knows only {', '.join(sorted(MATCH_KEYS))}.")
    if sum(key in match for key in ("nth", "every", "rate")) > 1:
        raise Refused("A fault matches by one of nth, every and rate.")
    nth, every = _whole(match, "nth"), 1 if match.get("every") is True else _whole(match, "every")
    method = match.get("method") or ()
    methods = method if isinstance(method, list | tuple) else (method,)
    return _Fault(
        id=number,
        posted=dict(posted),
        methods=frozenset(str(each).upper() for each in methods),
        path=_pattern(match.get("path", "")),
        nth=nth,
        every=every,
        rate=_number(match, "rate"),
        dice=random.Random(f"{match.get('seed', 0)}"),
        times=_whole(posted, "times") or (1 if nth else None),
        effect=_effect(posted["do"], switches),
    )


def _effect(do: Any, switches: Mapping[str, Switch]) -> Effect:
    if isinstance(do, str) and do in switches:
        return replace(_effect(switches[do].do, switches), switch=do)
    if not isinstance(do, Mapping) or not do or set(do) - DO_KEYS:
        known = sorted((DO_KEYS - {"when", "headers", "body"}) | set(switches))
        raise Refused(f"A fault does one of {', '.join(known)}.")
    if do.get("when", "before") not in ("before", "after"):
        raise Refused('An edit happens "before" or "after" the call.')
    if "edit" in do and not isinstance(do["edit"], Mapping):
        raise Refused("An edit is the body of /_sim/edit.")
    if not isinstance(do.get("headers", {}), Mapping):
        raise Refused("The headers of a fault are an object.")
    numbers = {key: _number(do, key) for key in NUMBERS if key in do}
    status = _whole(do, "status") if "status" in do else (200 if "body" in do else None)
    if status is not None and not 200 <= status <= 599:
        raise Refused("A status is from 200 to 599.")
    return Effect(**{**do, **numbers, "status": status})


def _pattern(text: Any) -> re.Pattern[str]:
    try:
        return re.compile(str(text))
    except re.error as error:
        raise Refused(f"The path of a fault is a regular expression: {error}.") from error


def _whole(source: Mapping[str, Any], key: str) -> int | None:
    value = source.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise Refused(f"{key} is a whole number from 1.")
    return value


def _number(source: Mapping[str, Any], key: str) -> float | None:
    value = source.get(key)
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool) or value < 0):
        raise Refused(f"{key} is a number from 0.")
    return value
