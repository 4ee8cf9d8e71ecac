"""What every table shares: keys, named constraints, and how Python's types are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, Integer, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, registry

from reconciler.store.types import UtcDateTime

# SQLite counts row ids only for INTEGER; PostgreSQL wants the room.
Key = BigInteger().with_variant(Integer(), "sqlite")

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables; named constraints, so that SQLite's batch migrations can find them."""

    # Both on the registry: Flask-SQLAlchemy derives a base of its own, which may not inherit a map beside it.
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UtcDateTime(), dict[str, Any]: JSON(), list[Any]: JSON()},
    )


def of(row: type[Base]) -> Table:
    """The table behind a row class, for statements that want plain rows instead of objects."""
    return cast("Table", row.__table__)
