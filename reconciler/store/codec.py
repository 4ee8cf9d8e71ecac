"""Canonical values to JSON columns and back: groups are written as lists, and are tuples again when read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast

from reconciler.core.model import SIDES, Edit, Grade, Record, Ref, Side, Status, Value
from reconciler.store.json_text import decode


def value_in(stored: Any) -> Value:
    """A value as it comes out of a JSON column."""
    return tuple(stored) if isinstance(stored, list) else stored


def fields_in(stored: Mapping[str, Any]) -> dict[str, Value]:
    """Fields as they come out of a JSON column."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}


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
        "after": edit.after.isoformat(),
        "until": edit.until.isoformat(),
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


class Texts(dict[str, Any]):
    """JSON read from its text, each text once: sides that agree, and baselines that hold, are written alike."""

    def __init__(self) -> None:
        super().__init__()
        self._besides: dict[str, dict[str, Any]] = {}

    def __missing__(self, text: str) -> Any:
        read = decode(text)
        self[text] = read = fields_in(read) if isinstance(read, dict) else read
        return read

    def besides(self, text: str) -> dict[str, Any]:
        """What a record shows besides its shared fields, from its text."""
        found = self._besides.get(text)
        if found is None:
            found = self._besides[text] = details_in(decode(text))
        return found


def record_in(row: Any, texts: Texts | None = None) -> Record:
    """The record that a row of last seen stands for; with `texts`, a row whose JSON is still text."""
    besides = details_in(row.details) if texts is None else texts.besides(row.details)
    return Record(
        ref=Ref(SIDE[row.side], row.ref),
        kind=row.kind,
        version=row.version,
        changed_at=row.changed_at,
        edited_at=row.edited_at,
        fields=fields_in(row.fields) if texts is None else texts[row.fields],
        status=_STATUS[row.status],
        flag=row.flag,
        partner=row.partner,
        **besides,
    )
