"""What Salesforce said its columns hold, as it was last asked: of each column that is shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from reconciler.mapping.limits import FieldShape, Shapes
from reconciler.store.tables import ShapesRow, of


def keep(db: Connection, connection_id: int, asked: Mapping[str, FieldShape | None]) -> None:
    """In place of what was known before; None for a column that was asked about and is not shown."""
    told = {name: _out(shape) if shape else None for name, shape in asked.items()}
    db.execute(delete(ShapesRow).where(ShapesRow.connection_id == connection_id))
    db.execute(insert(ShapesRow).values(connection_id=connection_id, told=told))


def asked(db: Connection, connection_id: int) -> dict[str, FieldShape | None]:
    """Every column that was asked about."""
    table = of(ShapesRow)
    kept = db.scalar(select(table.c.told).where(table.c.connection_id == connection_id)) or {}
    return {name: _in(shape) if shape else None for name, shape in kept.items()}


def known(db: Connection, connection_id: int) -> Shapes:
    """What is known of them."""
    return {name: shape for name, shape in asked(db, connection_id).items() if shape}


def _out(shape: FieldShape) -> dict[str, Any]:
    places = {country: sorted(names) for country, names in shape.places.items()}
    return asdict(shape) | {"picklist": list(shape.picklist), "places": places}


def _in(kept: Mapping[str, Any]) -> FieldShape:
    places = {country: frozenset(names) for country, names in kept["places"].items()}
    return FieldShape(**{**kept, "picklist": tuple(kept["picklist"]), "places": places})
