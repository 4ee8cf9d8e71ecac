"""Real processes over both simulators: what the tests of fire stand on, beyond what the kills stand on."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.model import SIDES, Side
from tests.e2e.test_kill import Scene

LONGEST = 300.0  # seconds: ten processes on one busy machine take their time
RUN = ("run", "--connection", "kill", "--json")


@dataclass(slots=True)
class Ended:
    """One process that has ended: its exit code, what it printed and what it complained of."""

    code: int
    said: str
    complained: str

    @property
    def report(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.said)
        return document


@dataclass(slots=True)
class Process:
    """A command of Concord under way."""

    popen: subprocess.Popen[str]

    def ended(self, within: float = LONGEST) -> Ended:
        said, complained = self.popen.communicate(timeout=within)
        return Ended(self.popen.returncode, said, complained)


@dataclass(slots=True)
class Held:
    """Stands before a simulator and keeps its answer to the first read or write, carried out or not, until let go."""

    app: Any
    reads: bool
    carried_out: bool
    arrived: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        asked = (environ["REQUEST_METHOD"] == "GET") is self.reads and "token" not in environ["PATH_INFO"]
        holds = asked and not self.arrived.is_set()
        if holds and self.carried_out:
            answer = self.app(environ, start_response)
            self._hold()
            return answer
        if holds:
            self._hold()
        return self.app(environ, start_response)

    def comes(self) -> None:
        """Wait until it has come."""
        assert self.arrived.wait(LONGEST), "it never came"

    def _hold(self) -> None:
        self.arrived.set()
        self.gone.wait(LONGEST)


@dataclass(slots=True)
class Stage:
    """A scene with its processes; `variables` are added to each one's environment."""

    scene: Scene
    variables: dict[str, str] = field(default_factory=dict)

    def start(self, *command: str, before: Callable[[], None] | None = None, **more: str) -> Process:
        own = {"CONCORD_DATABASE_URL": self.scene.database, "CONCORD_INSTANCE": str(self.scene.folder)}
        popen = subprocess.Popen(
            [sys.executable, "-m", "reconciler", *command],
            env=os.environ | own | {"PYTHONPATH": "."} | self.variables | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,  # noqa: PLW1509  (it sets a limit and nothing else)
        )
        return Process(popen)

    def run(self, **more: Any) -> Ended:
        return self.start(*RUN, **more).ended()

    def somebody_types(self, count: int) -> None:
        for _ in range(count):
            self.scene.somebody_types(dict.fromkeys(SIDES, ("fax", "phone")))

    def latency(self, milliseconds: int) -> None:
        for running in (self.scene.pair.salesforce, self.scene.pair.xero):
            running.twin.settings({"latency_ms": milliseconds})

    @contextmanager
    def holding(self, side: Side, *, reads: bool = False, carried_out: bool = False) -> Iterator[Held]:
        """The answer to the first write (or read) on one side is kept until it is let go, at the latest at the end."""
        running = self.scene.pair.salesforce if side is Side.SALESFORCE else self.scene.pair.xero
        held = Held(running.app.wsgi_app, reads, carried_out)
        running.app.wsgi_app = held  # type: ignore[method-assign]
        try:
            yield held
        finally:
            held.gone.set()
            running.app.wsgi_app = held.app  # type: ignore[method-assign]

    def change(self, statement: str) -> None:
        """Change the SQLite database beside whoever uses it."""
        db = sqlite3.connect(str(self.scene.folder / "concord.sqlite"), timeout=LONGEST)
        with db:
            db.execute(statement)
        db.close()

    def due_now(self) -> None:
        self.change("UPDATE connection SET next_run_at = '2026-01-01 00:00:00.000000'")

    def rows(self, query: str) -> list[Any]:
        """Rows of an SQLite database, read beside whoever writes it."""
        db = sqlite3.connect(str(self.scene.folder / "concord.sqlite"), timeout=LONGEST)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    def can_write(self) -> bool:
        """Whether nobody is inside a transaction of the SQLite database."""
        db = sqlite3.connect(str(self.scene.folder / "concord.sqlite"), timeout=0, isolation_level=None)
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        finally:
            db.close()
        return True

    def writes(self) -> int:
        """Requests other than reads that both sides have been sent."""
        runnings = (self.scene.pair.salesforce, self.scene.pair.xero)
        calls = [call for running in runnings for call in running.rig.calls.summary()["calls"]]
        return sum(call["count"] for call in calls if call["method"] != "GET")

    def is_whole(self) -> None:
        """After one undisturbed run and a quiet one: nothing twice, nothing different, nothing lost."""
        report = self.run().report
        assert report["status"] in {"done", "open"}, report
        assert not self.scene.twice()
        assert not self.scene.differences()
        assert not self.scene.lost()
        assert self.run().report["calls"] == {"salesforce": 1, "xero": 1}


def until(happens: Callable[[], Any], within: float = LONGEST) -> None:
    """Wait for something that another process does."""
    given_up = time.monotonic() + within
    while not happens():
        assert time.monotonic() < given_up, "it never happened"
        time.sleep(0.01)


def sentence(ended: Ended) -> str:
    """The last line that a person reads; never a traceback."""
    assert "Traceback" not in ended.complained, ended.complained
    lines = ended.complained.strip().splitlines()
    assert lines, ended
    return lines[-1]


__all__ = ["LONGEST", "RUN", "Ended", "Held", "Process", "Stage", "sentence", "until"]
