"""The migrations: they lead to the tables that the code declares, and back; on both databases; once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session

from reconciler.store.database import make_engine
from reconciler.store.tables import Base, ConflictRow, ConnectionRow, LinkRow

FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def config() -> Config:
    return Config(str(FOLDER / "alembic.ini"))


def upgrade(engine: Engine, to: str = "head") -> None:
    with engine.connect() as connection:
        handed_in = config()
        handed_in.attributes["connection"] = connection
        command.upgrade(handed_in, to)


def downgrade(engine: Engine, to: str) -> None:
    with engine.connect() as connection:
        handed_in = config()
        handed_in.attributes["connection"] = connection
        command.downgrade(handed_in, to)


def differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.prove)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    on_sqlite = request.param == "sqlite"
    made = make_engine(f"sqlite:///{tmp_path}/concord.db" if on_sqlite else request.getfixturevalue("postgres_url"))
    yield made
    made.dispose()


def test_the_newest_migration_leads_to_the_tables_of_the_code(engine: Engine) -> None:
    upgrade(engine)
    assert differences(engine) == []


def test_every_migration_can_be_taken_back(engine: Engine) -> None:
    upgrade(engine)
    downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(engine)
    assert differences(engine) == []


def test_every_pair_with_an_open_conflict_is_looked_at_again(engine: Engine) -> None:
    """Of one that is not shared it leaves the queue, which did not happen before."""
    upgrade(engine, "0002")
    now = datetime(2026, 3, 2, tzinfo=UTC)
    link = {"connection_id": 1, "kind": "customer", "status": "suspended", "pending": False, "created_at": now}
    conflict = {"connection_id": 1, "link_id": 1, "kind": "customer", "field": "phone", "reason": "clash"}
    with Session(engine) as session:
        session.add(ConnectionRow(id=1, name="books", created_at=now))
        session.flush()
        session.add_all(LinkRow(id=number, salesforce=f"s{number}", xero=f"x{number}", **link) for number in (1, 2, 3))
        for number, status in ((1, "open"), (2, "closed")):
            about = conflict | {"link_id": number, "salesforce": f"s{number}", "xero": f"x{number}"}
            session.add(ConflictRow(**about, status=status, opened_at=now))
        session.commit()
    upgrade(engine)
    with engine.connect() as db:
        assert list(db.scalars(select(LinkRow.pending).order_by(LinkRow.id))) == [True, False, False]


def test_two_processes_that_start_on_an_empty_database_upgrade_it_once(engine: Engine) -> None:
    address = engine.url.render_as_string(hide_password=False)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "alembic", "-c", str(FOLDER / "alembic.ini"), "upgrade", "head"],
            env={**os.environ, "CONCORD_DATABASE_URL": address},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert differences(engine) == []


def test_an_upgrade_that_fails_leaves_nothing_behind(engine: Engine) -> None:
    # The first table that the migration makes is there already, but is not ours.
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE lease (token INTEGER)")
    with pytest.raises(Exception, match="lease"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["lease"]


def test_an_upgrade_leaves_foreign_keys_as_they_were(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/concord.db")
    with engine.connect() as connection:
        handed_in = config()
        handed_in.attributes["connection"] = connection
        command.upgrade(handed_in, "head")
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_there_is_one_newest_migration() -> None:
    assert len(ScriptDirectory.from_config(config()).get_heads()) == 1


def test_plain_alembic_finds_the_database_in_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "instance" / "concord.db"
    monkeypatch.setenv("CONCORD_DATABASE_URL", f"sqlite:///{path}")
    command.upgrade(config(), "head")
    assert differences(make_engine(f"sqlite:///{path}")) == []


def test_flask_finds_the_same_database_by_its_own_door(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/concord.db"
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=FOLDER.parent,
        env={**os.environ, "CONCORD_DATABASE_URL": address, "CONCORD_INSTANCE": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    assert differences(make_engine(address)) == []
