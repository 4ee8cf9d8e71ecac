"""Starts both twins: in threads for tests and the demo (`Pair`), or in the foreground for the command line (`serve`).

A state directory keeps a story over a restart: each twin's snapshot is written when it stops and read when it starts
again, and then holds over the scenario named.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TextIO, TypeVar, cast

from flask import Flask

from reconciler.simulators import salesforce, xero
from reconciler.simulators.kit import Clock, Rig, Server
from reconciler.simulators.kit.clock import system_time
from reconciler.simulators.salesforce import CLIENTS, SalesforceTwin
from reconciler.simulators.xero import XeroTwin

_T = TypeVar("_T", SalesforceTwin, XeroTwin)


@dataclass(frozen=True, slots=True)
class Running(Generic[_T]):
    """One twin that is being served."""

    url: str
    twin: _T
    app: Flask

    @property
    def rig(self) -> Rig:
        """Its faults and call counts."""
        return cast(Rig, self.app.extensions["rig"])


class Pair:
    """Both twins on loopback ports, telling the same story.

    with Pair(scenario="synced", records=20, seed=1) as pair:
        requests.get(pair.salesforce.url + "/services/data")
        pair.xero.twin.edit({"as": "Hana", "do": "update", ...})

    `records` defaults to 20.  Each twin has a clock of its own over `source`, so that they can be set apart.
    """

    def __init__(
        self,
        scenario: str = "synced",
        records: int = 20,
        seed: int = 1,
        *,
        salesforce_port: int = 0,
        xero_port: int = 0,
        state: Path | None = None,
        source: Callable[[], datetime] = system_time,
    ) -> None:
        self._ports = {"salesforce": salesforce_port, "xero": xero_port}
        self._story = (scenario, records, seed)
        self._state, self._source = state, source
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if self._state is not None:
            self._state.mkdir(parents=True, exist_ok=True)  # what cannot be kept is better known before the story
        with ExitStack() as opening:
            self.salesforce: Running[SalesforceTwin] = opening.enter_context(self._running(salesforce.create_app))
            self.xero: Running[XeroTwin] = opening.enter_context(self._running(xero.create_app))
            self._open = opening.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._open.close()

    @contextmanager
    def _running(self, create_app: Callable[..., tuple[Flask, _T]]) -> Iterator[Running[_T]]:
        app, twin = create_app(clock=Clock(self._source))
        kept = None if self._state is None else self._state / f"{twin.name}.json"
        if kept is not None and kept.exists():
            twin.restore(json.loads(kept.read_text(encoding="utf-8")))
        else:
            with _uncollected():
                twin.reset(*self._story)
        with Server(app, clock=twin.clock, port=self._ports[twin.name]) as server:
            yield Running(server.url, twin, app)
        if kept is not None:
            _write(kept, twin.snapshot())


def serve(
    *,
    salesforce_port: int,
    xero_port: int,
    scenario: str,
    records: int,
    seed: int,
    state: Path | None = None,
    out: TextIO = sys.stdout,
) -> None:
    """Serve both twins until interrupted; print one line when ready, and nothing else."""
    interrupted = threading.Event()
    before = {number: signal.signal(number, lambda *_: interrupted.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Pair(scenario, records, seed, salesforce_port=salesforce_port, xero_port=xero_port, state=state) as pair:
            print(json.dumps(ready(pair)), file=out, flush=True)
            interrupted.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ready(pair: Pair) -> dict[str, str]:
    """The line that says where the twins are, and what a client signs in with."""
    client_id, client_secret = next(iter(CLIENTS.items()))
    return {
        "salesforce": pair.salesforce.url, "xero": pair.xero.url, "client_id": client_id, "client_secret": client_secret
    }  # fmt: skip


@contextmanager
def _uncollected() -> Iterator[None]:
    """A hundred thousand records make no garbage, and looking for it costs a fifth of the time they take."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _write(path: Path, snapshot: dict[str, Any]) -> None:
    """Whole or not at all, and for the owner's eyes: it holds tokens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(snapshot, stream)
    unfinished.replace(path)
