"""Real processes, really killed: kill -9 of `python -m reconciler run` at random, each followed at once by the next.

People go on typing all the while, each value once in the world.  At the end, after undisturbed runs, every value that
somebody typed last stands on both sides, waits in a conflict, or is in the history with what took its place; and no
record and no link was made twice.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, select

from reconciler.core.model import SIDES, Record, Side
from reconciler.mapping import salesforce, xero
from reconciler.mapping.shipped import CUSTOMER
from reconciler.simulators.simulate import Pair
from reconciler.store.tables import ActionRow, ConflictRow, LinkRow

S, X = Side.SALESFORCE, Side.XERO
THING, WORDS = {S: "Account", X: "Contact"}, {S: salesforce, X: xero}
RECORDS = 12
LONGEST = 300.0  # seconds that any one run may take
# More, and what people type meanwhile on so few records looks like everything changed at once: a guard stops that.
IN_A_ROW = 10
# An edit of the same field in Xero between probe and write is lost, by design: while a run is under way people leave
# each other's fields alone.  Between runs they do not.
DURING = {S: ("fax",), X: ("account_number",)}
BETWEEN = {S: ("phone", "name", "fax"), X: ("phone", "name", "account_number")}


def is_long() -> bool:
    """Whether this is `./dev prove --long`."""
    return settings.default is not None and settings.default.max_examples > 1000


@dataclass(slots=True)
class Scene:
    """Both simulators, a database file, and everything that anybody ever typed."""

    pair: Pair
    folder: Path
    dice: random.Random
    typed: dict[tuple[Side, str, str], str] = field(default_factory=dict)  # (side, record, field) -> the last value
    born: list[str] = field(default_factory=list)
    number: int = 0

    # -- people

    def word(self) -> str:
        self.number += 1
        return f"{self.number:05}"

    def somebody_types(self, where: Mapping[Side, tuple[str, ...]]) -> None:
        side = self.dice.choice(SIDES)
        key = self.dice.choice(where[side])
        self.types(side, self.dice.choice(self.known(side)), key)

    def types(self, side: Side, record_id: str, key: str) -> None:
        """Somebody types a value that was never typed before."""
        value = f"Firm {self.word()}" if key == "name" else f"+64 9 30 {self.word()}"
        fields: dict[str, Any] = WORDS[side].to_wire({key: value}, CUSTOMER)
        self._act(side, "update", fields, record_id)
        self.typed[side, record_id, key] = value

    def somebody_opens_an_account(self) -> None:
        name = f"Newcomer {self.word()}"
        made = self._act(S, "create", {"Name": name, "Sync_with_Xero__c": True})
        self.typed[S, made, "name"] = name
        self.born.append(made)

    def known(self, side: Side) -> list[str]:
        """What people edit: what was there from the start."""
        return sorted(ref for ref in self.records(side) if ref not in self.born)[:RECORDS]

    def _act(self, side: Side, do: str, fields: dict[str, Any], record_id: str = "") -> str:
        body = {"as": "Hana Petera", "do": do, "type": THING[side], "id": record_id, "fields": fields}
        return str(self._twin(side).edit(body)["id"])

    def records(self, side: Side) -> dict[str, Record]:
        rows = self._twin(side).state(THING[side])
        return {record.ref.id: record for record in (WORDS[side].to_record(row, CUSTOMER) for row in rows)}

    def _twin(self, side: Side) -> Any:
        return self._running(side).twin

    def _running(self, side: Side) -> Any:
        return self.pair.salesforce if side is S else self.pair.xero

    # -- processes

    def concord(self, *command: str) -> subprocess.Popen[str]:
        variables = {"CONCORD_DATABASE_URL": self.database, "CONCORD_INSTANCE": str(self.folder), "PYTHONPATH": "."}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", *command],
            env=os.environ | variables,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def done(self, *command: str) -> dict[str, Any]:
        """One command to its end."""
        said, complained = self.concord(*command).communicate(timeout=LONGEST)
        assert said, complained
        document: dict[str, Any] = json.loads(said)
        return document

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'concord.sqlite'}"

    def calls(self) -> int:
        return sum(self._running(side).rig.calls.summary()["total"] for side in SIDES)

    def killed_once(self) -> bool:
        """Start a run and kill it after so many calls and a moment more; false when it had ended by itself."""
        after, moment = self.calls() + self.dice.randint(0, 10), self.dice.random() * 0.1
        process, given_up = self.concord("run", "--connection", "kill", "--json"), time.monotonic() + LONGEST
        while self.calls() < after and process.poll() is None and time.monotonic() < given_up:
            if self.dice.random() < 0.1:
                self.somebody_types(DURING)
            time.sleep(0.005)
        time.sleep(moment)
        alive = process.poll() is None
        process.kill()
        process.communicate()
        return alive

    def catches_up(self) -> None:
        """One run to its end, which no guard stops; it may have to wait until calls of the killed have timed out."""
        report = self.done("run", "--connection", "kill", "--json")
        assert report["status"] in {"done", "open"}, report

    # -- afterwards

    def rows(self, table: Any) -> list[Any]:
        engine = create_engine(self.database)
        with engine.connect() as db:
            found = list(db.execute(select(table.__table__)))
        engine.dispose()
        return found

    def lost(self) -> list[str]:
        """Values typed last that stand nowhere, wait nowhere and are in no history."""
        known = {str(value) for row in self.rows(ConflictRow) for value in row.values.values()}
        steps = [row.fields for row in self.rows(ActionRow) if row.state == "settled"]
        known |= {str(change[end]) for fields in steps for change in fields.values() for end in ("from", "to")}
        shown = {side: self.records(side) for side in SIDES}
        return [
            f"{side} {record_id} {key}: {value}"
            for (side, record_id, key), value in self.typed.items()
            if shown[side][record_id].fields[key] != value and value not in known
        ]

    def differences(self) -> list[str]:
        waiting = {(row.link_id, row.field) for row in self.rows(ConflictRow) if row.status == "open"}
        shown = {side: self.records(side) for side in SIDES}
        found: list[str] = []
        for link in self.rows(LinkRow):
            one, other = shown[S][link.salesforce].fields, shown[X][link.xero].fields
            found += [
                f"{link.salesforce} {key}: {one[key]!r} in Salesforce, {other[key]!r} in Xero"
                for key in ("name", "phone", "fax", "account_number")
                if (link.id, key) not in waiting and one[key] != other[key]
            ]
        return found

    def twice(self) -> list[str]:
        """Records that share a name or a partner, and records with two links."""
        found = []
        for side in SIDES:
            records = self.records(side).values()
            names = Counter(str(record.fields["name"]) for record in records)
            partners = Counter(record.partner for record in records if record.partner)
            found += [f"{side}: {text} {count} times" for text, count in (names + partners).items() if count > 1]
        linked = Counter(ref for link in self.rows(LinkRow) for ref in (link.salesforce, link.xero))
        return found + [f"{ref} linked {count} times" for ref, count in linked.items() if count > 1]


@contextmanager
def staged(folder: Path, seed: int) -> Iterator[Scene]:
    with Pair(scenario="synced", records=RECORDS, seed=1) as pair:
        scene = Scene(pair, folder, random.Random(seed))
        urls = ["--salesforce-url", pair.salesforce.url, "--xero-url", pair.xero.url]
        made = scene.concord("connect", "--name", "kill", *urls, "--activate")
        said, complained = made.communicate(timeout=LONGEST)
        assert made.returncode == 0, said + complained
        assert scene.done("run", "--connection", "kill", "--json")["status"] == "done"
        # Each call takes a moment, as over a network, so that a kill finds requests under way.
        for running in (pair.salesforce, pair.xero):
            running.twin.settings({"latency_ms": 15})
        yield scene


def _story(folder: Path, seed: int, kills: int) -> None:
    folder.mkdir()
    with staged(folder, seed) as scene:
        killed = 0
        while killed < kills:
            for _ in range(scene.dice.randint(1, 3)):
                scene.somebody_types(BETWEEN)
            if scene.dice.random() < 0.3:
                scene.somebody_opens_an_account()
            killed += scene.killed_once()
            if killed % IN_A_ROW == 0:
                scene.catches_up()
        scene.catches_up()
        scene.catches_up()
        assert not scene.twice()
        assert not scene.differences()
        assert not scene.lost()
        assert {link.salesforce for link in scene.rows(LinkRow)} >= set(scene.born)
        quiet = scene.done("run", "--connection", "kill", "--json")
        assert quiet["calls"] == {"salesforce": 1, "xero": 1}


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_runs_killed_at_random_moments_lose_nothing_and_make_nothing_twice(tmp_path: Path) -> None:
    """Xero takes sixty calls a minute from each story, so several are told at once."""
    stories, each = (10, 100) if is_long() else (3, 10)
    with ThreadPoolExecutor(stories) as pool:
        told = [pool.submit(_story, tmp_path / str(seed), seed, each) for seed in range(20, 20 + stories)]
        for story in told:
            story.result()
