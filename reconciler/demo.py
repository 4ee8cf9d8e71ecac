"""The demonstration: both simulators, a connection with its first plan approved and applied, a living story on both
sides, the scheduler, and the portal; everything on loopback, until interrupted.

Each start tells a new story on a fresh database; `--keep` stores the simulators' state and reloads it next time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reconciler import bootstrap, running
from reconciler.commands import connections
from reconciler.core.model import SIDES, Side
from reconciler.desk import make_desk
from reconciler.errors import ReconcilerError, Usage
from reconciler.settings import Settings, load
from reconciler.simulators.scenario import demo_edits

NAME = "Demo"
RECORDS, SEED = 300, 1
PERSON = "demo"
# Two edits this far apart are told apart by their stamps; closer ones are asked about (core.policy).
APART_SECONDS = 6.0
PATIENCE = 60.0


def main(argv: list[str] | None = None) -> int:
    """Run the demonstration until interrupted; returns the exit code."""
    parser = argparse.ArgumentParser(prog="./dev demo", description="A whole Concord with two simulated systems.")
    parser.add_argument("--keep", action="store_true", help="go on with the story of last time, and keep this one")
    args = parser.parse_args(argv)
    try:
        demo = Demo(_settings(), keep=args.keep)
        demo.run()
    except ReconcilerError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, Usage) else 4
    except KeyboardInterrupt:
        return 0
    return 0


def _settings() -> Settings:
    """The demonstration keeps to a folder of its own, unless the environment says otherwise."""
    environ = {"CONCORD_INSTANCE": str(Path("instance", "demo").absolute()), **os.environ}
    return load(environ)


class Demo:
    """One demonstration, with the processes it has started."""

    def __init__(self, settings: Settings, *, keep: bool) -> None:
        self.settings, self.keep = settings, keep
        self.folder = settings.instance
        self.state = self.folder / "simulators"
        self.children: list[subprocess.Popen[str]] = []
        self.stop = threading.Event()

    def run(self) -> None:
        """Start everything, tell the story, then wait."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stop.set())
        _must_be_free(self.settings.host, self.settings.port)
        again = self._prepare()
        try:
            self._start(again=again)
            self._wait()
        finally:
            self._end()

    def _prepare(self) -> bool:
        """Keep or clear what was there; true when there is a story to go on with."""
        again = self.keep and self.state.is_dir() and (self.folder / "demo.json").is_file()
        if not again and "CONCORD_DATABASE_URL" not in os.environ:
            for name in ("concord.db", "concord.db-wal", "concord.db-shm", "demo.json"):
                (self.folder / name).unlink(missing_ok=True)
            shutil.rmtree(self.state, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        print(f"Concord demo: {'going on with the last story' if again else 'a new story, on a fresh database'}.")
        return again

    def _start(self, *, again: bool) -> None:
        simulators = self._simulators(again=again)
        engine = bootstrap.open_database(self.settings)
        portal = self._portal()
        password = self._person(again=again)
        ready = json.loads(self._line(simulators))
        urls = {side: str(ready[side.value]) for side in SIDES}
        (self.folder / "demo.json").write_text(json.dumps({side.value: urls[side] for side in SIDES}), encoding="utf-8")
        self._until_it_serves(portal)
        self._say(urls, password)
        if not again:
            tell_story(self.settings, engine, urls, self.stop)
        self._child([sys.executable, "-m", "reconciler", "schedule"])

    def _simulators(self, *, again: bool) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "reconciler", "simulate", "--scenario", "demo"]
        command += ["--records", str(RECORDS), "--seed", str(SEED)]
        if self.keep:
            command += ["--state", str(self.state)]
        if again:
            kept = json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))
            for side in SIDES:
                command += [f"--{side.value}-port", kept[side.value].rpartition(":")[2]]
        return self._child(command, stdout=subprocess.PIPE)

    def _portal(self) -> subprocess.Popen[str]:
        bind = f"{self.settings.host}:{self.settings.port}"
        return self._child(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "--workers=1",
                "--threads=8",
                f"--bind={bind}",
                "--log-level=warning",
                "wsgi:app",
            ]
        )

    def _person(self, *, again: bool) -> str:
        """Make the demonstration's administrator, or give it a new password."""
        words = ["passwd", PERSON] if again else ["add", PERSON, "--role", "administrator"]
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "user", *words, "--generate"]
        done = subprocess.run(command, env=self._environ(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise Usage(f"The demonstration's account could not be made: {done.stderr.strip()[-300:]}")
        return done.stdout.rpartition("Password: ")[2].strip()

    def _environ(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "CONCORD_INSTANCE": str(self.folder),
            "CONCORD_DATABASE_URL": self.settings.database_url,
            "CONCORD_PORT": str(self.settings.port),
            "CONCORD_LOG_LEVEL": "WARNING",
        }

    def _child(self, command: list[str], stdout: int | None = None) -> subprocess.Popen[str]:
        child = subprocess.Popen(command, env=self._environ(), stdout=stdout, text=True, start_new_session=True)
        self.children.append(child)
        return child

    @staticmethod
    def _line(child: subprocess.Popen[str]) -> str:
        line = child.stdout.readline() if child.stdout else ""
        if not line:
            raise Usage("The simulators did not start.", remedy="Their message stands above.")
        return line

    def _until_it_serves(self, portal: subprocess.Popen[str]) -> None:
        address = f"http://{self.settings.host}:{self.settings.port}/healthz"
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not self.stop.is_set():
            if portal.poll() is not None:
                raise Usage("The portal did not start.", remedy="Its message stands above.")
            try:
                if requests.get(address, timeout=2).ok:
                    return
            except requests.RequestException:
                self.stop.wait(0.1)
        raise Usage("The portal does not answer.", remedy=f"See whether {address} is reachable.")

    def _say(self, urls: Mapping[Side, str], password: str) -> None:
        where = {side: url.replace("127.0.0.1", "localhost") for side, url in urls.items()}
        print(f"  portal       http://localhost:{self.settings.port}   sign in as {PERSON} with password {password}")
        print(f"  Salesforce   {where[Side.SALESFORCE]}   (simulated: edit records there as any person)")
        print(f"  Xero         {where[Side.XERO]}   (simulated)", flush=True)

    def _wait(self) -> None:
        print("Stop with Ctrl-C.", flush=True)
        while not self.stop.wait(0.5):
            ended = next((child for child in self.children if child.poll() is not None), None)
            if ended is not None:
                raise Usage(f"A part of the demonstration has ended: {' '.join(map(str, ended.args[1:4]))}.")  # type: ignore[index]

    def _end(self) -> None:
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def tell_story(settings: Settings, engine: Engine, urls: Mapping[Side, str], stop: threading.Event) -> None:
    """Connect, approve and apply the first plan, let people edit on both sides, and sync again."""
    works = bootstrap.make_works(settings, engine)
    with Session(engine) as session:
        made = connections.connect(
            session,
            make_desk(settings),
            name=NAME,
            urls=urls,
            credentials={side: bootstrap.credentials_from(settings, side, urls[side]) for side in SIDES},
            by=PERSON,
            now=works.clock.now(),
        )
    plan = running.make_plan(works, made)
    with Session(engine) as session:
        connections.activate(session, made, by=PERSON, now=works.clock.now())
    asked = running.Asked(by=PERSON, plan=plan["digest"], reason="The demonstration's first sync.")
    _tell("first sync", running.run(works, made, asked))
    edits = demo_edits(RECORDS, SEED)
    last = max(edit["after_minutes"] for edit in edits)
    _post(urls, [edit for edit in edits if edit["after_minutes"] < last])
    if not stop.wait(APART_SECONDS):
        _post(urls, [edit for edit in edits if edit["after_minutes"] == last])
        _tell("second sync", running.run(works, made, replace(asked, plan="", reason="")))


def _post(urls: Mapping[Side, str], edits: list[dict[str, Any]]) -> None:
    for edit in edits:
        requests.post(f"{urls[Side(edit['side'])]}/_sim/edit", json=edit["body"], timeout=10).raise_for_status()


def _tell(what: str, report: Mapping[str, Any]) -> None:
    numbers = {do: sum(sides.values()) for do, sides in report["actions"].items()}
    waiting = report["open"]
    print(
        f"  {what:<12} {numbers['adopt']} linked, {numbers['create']} created, {numbers['update']} updated; waiting: "
        f"{waiting['conflicts']} conflicts, {waiting['questions']} questions, {waiting['rejections']} to fix",
        flush=True,
    )


def _must_be_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Usage(
                f"Port {port} is taken by another program.",
                remedy=f"Stop it, or choose another: PORT={port + 1} ./dev demo",
            ) from None


if __name__ == "__main__":
    sys.exit(main())
