"""Brings a database to the newest schema, unless it is there already."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from reconciler.errors import Usage

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(engine: Engine) -> None:
    """Run what migrations are missing; costs one small query when there are none."""
    found = _revision(engine)
    if found == _newest():
        return
    if found is not None and found not in _declared():
        raise Usage(
            "The database was brought to its schema by a newer Concord than this one.",
            remedy="Start that version, or restore the backup that was made before the upgrade.",
        )
    # Imported late: Alembic costs 0.2 s, and a database is nearly always at head.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_newest(db: Connection) -> bool:
    """Whether the database is at the newest schema."""
    return _revision_of(db) == _newest()


def _revision(engine: Engine) -> str | None:
    try:
        with engine.connect() as db:
            return _revision_of(db)
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # its kinds are about serving, and about statements of ours
            raise
        raise Usage(
            f"What CONCORD_DATABASE_URL names cannot be read as a database ({error.orig}).",
            remedy="Name another file, or restore it from a backup.",
        ) from error


def _revision_of(db: Connection) -> str | None:
    if not inspect(db).has_table("alembic_version"):
        return None
    return str(db.scalar(text("SELECT version_num FROM alembic_version")))


def _newest() -> str:
    """The head: the revision that no other one follows."""
    declared = _declared()
    heads = set(declared) - set(declared.values())
    return next(iter(heads))


def _declared() -> dict[str, str]:
    """Every revision and the one it follows, read from the files' own declarations."""
    declared: dict[str, str] = {}
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        found = dict(_assignments(path.read_text(encoding="utf-8")))
        declared[found["revision"]] = found.get("down_revision", "")
    return declared


def _assignments(source: str) -> list[tuple[str, str]]:
    lines = (line.partition("=") for line in source.splitlines() if line.startswith(("revision", "down_revision")))
    return [(name.partition(":")[0].strip(), value.strip().strip("\"'")) for name, _, value in lines]
