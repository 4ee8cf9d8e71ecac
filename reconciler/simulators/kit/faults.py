"""The registry of posted faults.

A fault is posted as {"match": {...}, "times": n, "do": {...} | "drop_before" | ...}, with
the names of `switches` to choose from.  Every call that matches counts
for every fault, whether or not another fault decides its answer, so that `nth` means the nth such call since the fault
was posted.  Carrying a fault out is the gate's work; this module does no I/O.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.simulators.kit.fault import Effect, Fault
from reconciler.simulators.kit.posted import read
from reconciler.simulators.kit.switches import Switch


class Faults:
    """Thread-safe registry; ids count from 1 and are never used twice."""

    def __init__(self, switches: Mapping[str, Switch]) -> None:
        self.switches = switches
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []

    def post(self, posted: Sequence[Any]) -> list[int]:
        """Add faults, all or none; raise `Refused` for one that could never do what it says."""
        with self._lock:
            made = [read(next(self._ids), one, self.switches) for one in posted]
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
