"""The database is put back from a backup: what was carried since is found equal, and nothing is overwritten."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from reconciler.core.model import Side
from reconciler.store.tables import ConflictRow
from tests.fire.scenes import Stage

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1_200)]

S, X = Side.SALESFORCE, Side.XERO


def copied(source: Path, to: Path) -> None:
    """A backup as SQLite itself makes one, whoever else reads."""
    with sqlite3.connect(str(source)) as one, sqlite3.connect(str(to)) as other:
        one.backup(other)
    one.close()
    other.close()


def put_back(stage: Stage, backup: Path) -> None:
    database = stage.scene.folder / "concord.sqlite"
    for left in stage.scene.folder.glob("concord.sqlite*"):
        left.unlink()
    copied(backup, database)


def test_a_database_from_a_backup_agrees_again_and_overwrites_nothing(stage: Stage, tmp_path: Path) -> None:
    scene, backup = stage.scene, tmp_path / "backup.sqlite"
    stage.latency(0)
    copied(scene.folder / "concord.sqlite", backup)
    partner = {record.partner: ref for ref, record in scene.records(X).items()}
    ours = scene.known(S)
    # Carried, and forgotten with the database: an edit of each side, one typed over by the other, and a new record.
    scene.types(S, ours[0], "fax")
    scene.types(X, partner[ours[1]], "phone")
    scene.types(S, ours[2], "phone")
    del scene.typed[S, ours[2], "phone"]  # typed over below, as only the forgotten history will know
    scene.somebody_opens_an_account()
    assert stage.run().report["actions"]["create"]["xero"] == 1
    scene.types(X, partner[ours[2]], "phone")
    scene.types(S, ours[3], "name")
    assert stage.run().code == 0
    # Not carried yet: alone, beside what was carried, and on both sides.
    scene.types(S, ours[4], "fax")
    scene.types(X, partner[ours[0]], "account_number")
    scene.types(S, ours[5], "name")
    scene.types(X, partner[ours[5]], "name")
    put_back(stage, backup)
    report = stage.run().report
    assert report["actions"]["update"] == {"salesforce": 1, "xero": 1}, report
    assert report["actions"]["create"] == {"salesforce": 0, "xero": 0}
    assert report["actions"]["adopt"]["xero"] == 1
    (clash,) = scene.rows(ConflictRow)
    assert (clash.salesforce, clash.field, clash.status) == (ours[5], "name", "open")
    assert set(clash.values.values()) == {scene.typed[S, ours[5], "name"], scene.typed[X, partner[ours[5]], "name"]}
    stage.is_whole()
