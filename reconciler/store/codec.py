"""Canonical values to JSON columns and back: groups are written as lists, and are tuples again when read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, cast

from reconciler.core.model import SIDES, Edit, Fields, Grade, Record, Ref, Side, Status, Value
from reconciler.store.json_text import decode
from reconciler.store.types import time_in

KEPT = 8_192  # readings of one text that are kept: some 35 MB at most


def value_in(stored: Any) -> Value:
    """A value as it comes out of a JSON column."""
    return tuple(stored) if isinstance(stored, list) else stored


def fields_in(stored: Mapping[str, Any]) -> dict[str, Value]:
    """Fields as they come out of a JSON column."""
    return {key: tuple(value) if type(value) is list else value for key, value in stored.items()}


def sides_in(stored: Mapping[str, Any]) -> dict[Side, Any]:
    """A value per side, as stored under the sides' names."""
    return {side: value_in(stored[side]) for side in SIDES if side in stored}


def sides_out(values: Mapping[Side, Any]) -> dict[str, Any]:
    """A value per side, under the sides' names."""
    return {str(side): value for side, value in values.items()}


def edit_out(edit: Edit) -> dict[str, Any]:
    """Evidence for a JSON column; `told` is left out while the side's own history has not been asked."""
    kept: dict[str, Any] = {
        "by": edit.by,
        "after": edit.after,
        "until": edit.until,
        "grade": edit.grade.value,
    }
    return kept if edit.told is None else kept | {"told": list(edit.told)}


def edit_in(stored: Mapping[str, Any]) -> Edit:
    """Evidence as it comes out of a JSON column."""
    return Edit(
        after=datetime.fromisoformat(stored["after"]),
        until=datetime.fromisoformat(stored["until"]),
        grade=_GRADE[stored["grade"]],
        by=stored["by"],
        told=tuple(stored["told"]) if "told" in stored else None,
    )


def details_out(record: Record) -> dict[str, Any]:
    """What a record shows besides its shared fields."""
    return {
        "groups": list(record.groups),
        "is_supplier": record.is_supplier,
        "is_customer": record.is_customer,
        "merged_into": record.merged_into,
        "by": record.by,
        "by_id": record.by_id,
    }


def details_in(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The same as it comes out of a JSON column."""
    return {**stored, "groups": tuple(stored.get("groups", ()))}


_GRADE = {grade.value: grade for grade in Grade}
SIDE = {side.value: side for side in Side}
_STATUS = {status.value: status for status in Status}


def as_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A JSON column as it is stored: comparing two takes a fraction of reading one."""
    return cast(column, Text).label(column.key)


_SHOWN = ("side", "ref", "kind", "version", "changed_at", "edited_at", "status", "flag", "partner")


def shown_columns(table: Table) -> list[ColumnElement[Any]]:
    """The columns of last seen that `record_as_stored` takes, in its order."""
    return [*(table.c[name] for name in _SHOWN), as_text(table.c.details), as_text(table.c.fields)]


SHOWN = len(_SHOWN) + 2  # how many these are


# A run comes back to most records several times, and sides that agree, and baselines that hold, are written alike.
@lru_cache(maxsize=KEPT)
def fields_as_stored(text: str) -> Fields:
    """Fields as they stand in a JSON column's text; not to be changed, others hold them too."""
    return fields_in(decode(text))


@lru_cache(maxsize=KEPT)
def details_as_stored(text: str) -> Mapping[str, Any]:
    """Details as they stand in a JSON column's text; not to be changed, others hold them too."""
    return decode(text)  # type: ignore[no-any-return]


@lru_cache(maxsize=KEPT)
def _besides(text: str) -> dict[str, Any]:
    return details_in(decode(text))


@lru_cache(maxsize=KEPT)
def record_as_stored(row: tuple[Any, ...]) -> Record:
    """The record that a row of last seen stands for, as the driver gives it."""
    side, ref, kind, version, changed_at, edited_at, status, flag, partner, details, fields = row
    return Record(
        ref=Ref(SIDE[side], ref),
        kind=kind,
        version=version,
        changed_at=time_in(changed_at),
        edited_at=time_in(edited_at),
        fields=fields_as_stored(fields),
        status=_STATUS[status],
        flag=bool(flag),
        partner=partner,
        **_besides(details),
    )


def record_in(row: Any) -> Record:
    """The record that a row of last seen stands for."""
    return Record(
        ref=Ref(SIDE[row.side], row.ref),
        kind=row.kind,
        version=row.version,
        changed_at=row.changed_at,
        edited_at=row.edited_at,
        fields=fields_in(row.fields),
        status=_STATUS[row.status],
        flag=row.flag,
        partner=row.partner,
        **details_in(row.details),
    )
