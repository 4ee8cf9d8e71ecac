"""Single values: what a column takes in, what it keeps, and how it looks on the wire.

Text is trimmed of half-width blanks, "" is null, line breaks of an address are CRLF, nothing is ever cut to length.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from reconciler.simulators.salesforce.errors import ApiError, wrong_json
from reconciler.simulators.salesforce.schema import CODE_PARTS, COMPOUND_PARTS, NUMBER, TEXT, Field, SObject
from reconciler.simulators.scenarios.identity import with_checksum

Record = Mapping[str, Any]

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_HALF_WIDTH_BLANKS = " \t\r\n\f\v"
_JSON_NAMES = (
    (bool, "VALUE_TRUE"), (int, "VALUE_NUMBER_INT"), (float, "VALUE_NUMBER_FLOAT"), (str, "VALUE_STRING"),
    (list, "START_ARRAY"), (dict, "START_OBJECT"),
)  # fmt: skip
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:?\d\d)", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1700, 4000
_LARGEST_INT = 2**31 - 1
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMERAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def read_value(column: Field, raw: Any) -> Any:
    """Turn a JSON value into what the column keeps; raise the vendor's refusal."""
    if column.type in TEXT:
        return _read_text(column, raw)
    if raw is None and column.type != "boolean":
        return None
    return _READERS[column.type](column, raw)


def _read_boolean(_column: Field, raw: Any) -> bool:
    if not isinstance(raw, bool):
        _refuse_json("boolean", raw)
    return raw


def _read_reference(column: Field, raw: Any) -> str:
    return read_id(raw, f"{column.label}: id value of incorrect type:", column.name)


def has_shape_of_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def read_id(raw: Any, complaint: str, field: str = "Id") -> str:
    """An id of 15 or 18 characters as 18; the checksum of a given 18 must fit."""
    if isinstance(raw, str) and _ID.fullmatch(raw):
        whole = with_checksum(raw[:15])
        if len(raw) == 15 or raw == whole:
            return whole
    raise ApiError("MALFORMED_ID", f"{complaint} {raw}", [field])


def _read_text(column: Field, raw: Any) -> str | None:
    if raw is None:
        return None
    if not isinstance(raw, str):
        _refuse_json("string", raw)
    text: str = raw.strip(_HALF_WIDTH_BLANKS)
    if column.type == "textarea":
        text = re.sub(r"\r\n|\r|\n", "\r\n", text)
    if len(text) > column.length:
        message = f"{column.label}: data value too large: {text} (max length={column.length})"
        raise ApiError("STRING_TOO_LONG", message, [column.name])
    if text and column.restricted:
        _check_choices(column, text)
    if text and column.type == "email" and not _EMAIL.fullmatch(text):
        raise ApiError("INVALID_EMAIL_ADDRESS", f"{column.label}: invalid email address: {text}", [column.name])
    return text or None


def _check_choices(column: Field, text: str) -> None:
    for choice in text.split(";") if column.type == "multipicklist" else (text,):
        if choice not in column.choices:
            message = f"{column.label}: bad value for restricted picklist field: {choice}"
            raise ApiError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [column.name])


def _read_number(column: Field, raw: Any) -> float | int:
    number = _numeral(raw) if isinstance(raw, str) else raw
    if isinstance(number, bool) or not isinstance(number, int | float) or not -math.inf < number < math.inf:
        _refuse_json("int" if column.type == "int" else "double", raw)
    if column.type == "int" and (number != int(number) or abs(number) > _LARGEST_INT):
        _refuse_json("int", raw)
    if _is_outside(column, number):
        message = f"{column.label}: value outside of valid range on numeric field: {raw}"
        raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", message, [column.name])
    return int(number) if column.type == "int" else number


def _numeral(text: str) -> float | int | None:
    """The number that a text writes out; None for any other text."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMERAL.fullmatch(text) else None


def _is_outside(column: Field, number: float) -> bool:
    """Beyond the digits of its column; the numbers of an address are degrees on the globe."""
    if column.compound:
        return abs(number) > (90 if column.name.endswith("Latitude") else 180)
    return bool(column.precision) and abs(number) >= 10 ** (column.precision - column.scale)


def _read_date(_column: Field, raw: Any) -> date:
    try:
        return read_day(raw)
    except (TypeError, ValueError):
        _refuse_json("date", raw)


def _read_datetime(_column: Field, raw: Any) -> datetime:
    """Kept in whole seconds, like every other moment here."""
    try:
        moment = read_moment(raw)
    except (TypeError, ValueError, OverflowError):
        _refuse_json("datetime", raw)
    return moment.replace(microsecond=0)


def _refuse_json(kind: str, raw: Any) -> NoReturn:
    found = next((name for shape, name in _JSON_NAMES if isinstance(raw, shape)), "VALUE_NULL")
    sent = json.dumps(raw, ensure_ascii=False)
    raise wrong_json(kind, "VALUE_FALSE" if raw is False else found, raw if isinstance(raw, str) else sent, sent)


_READERS: Mapping[str, Callable[[Field, Any], Any]] = {
    **dict.fromkeys(NUMBER, _read_number),
    "boolean": _read_boolean,
    "date": _read_date,
    "datetime": _read_datetime,
    "reference": _read_reference,
}


def show_moment(moment: datetime) -> str:
    """Whole seconds, always `.000+0000`: the vendor keeps no finer stamps."""
    m = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{m.year:04}-{m.month:02}-{m.day:02}T{m.hour:02}:{m.minute:02}:{m.second:02}.000+0000"


def read_day(text: str) -> date:
    """As the vendor writes days, and in the years it knows; Python itself reads much more."""
    if not _DAY.fullmatch(text) or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(text)
    return date.fromisoformat(text)


def read_moment(text: str) -> datetime:
    """Likewise; a moment without its zone is none."""
    if not _MOMENT.fullmatch(text) or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(text)
    return datetime.fromisoformat(text).astimezone(UTC)


def plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, datetime):
        return show_moment(value)
    return value.isoformat() if isinstance(value, date) else value


def shown(sobject: SObject, column: Field) -> Callable[[Record], Any]:
    """How a column is read off a record for an answer."""
    name = column.name
    if column.type == "datetime":
        return lambda record: None if (moment := record.get(name)) is None else show_moment(moment)
    if column.type in ("date", "anyType"):
        return lambda record: plain(record.get(name))
    if column.type == "address":
        return _compound(sobject, name.removesuffix("Address"))
    if column.type == "boolean":
        return lambda record: record.get(name, False)
    return lambda record: record.get(name)


def _compound(sobject: SObject, prefix: str) -> Callable[[Record], Any]:
    coded = f"{prefix}CountryCode" in sobject.by_name
    parts = [(part[0].lower() + part[1:], prefix + part) for part in COMPOUND_PARTS]
    codes = [(part[0].lower() + part[1:], prefix + part) for part in CODE_PARTS] if coded else []

    def show(record: Record) -> dict[str, Any] | None:
        if not any(record.get(name) for _, name in parts):
            return None
        return {key: record.get(name) for key, name in sorted(parts + codes)}

    return show


def show_record(sobject: SObject, record: Record, version: str) -> dict[str, Any]:
    """A whole record as a row resource answers it."""
    url = f"/services/data/v{version}/sobjects/{sobject.name}/{record['Id']}"
    found: dict[str, Any] = {"attributes": {"type": sobject.name, "url": url}}
    found.update((column.name, shown(sobject, column)(record)) for column in sobject.fields)
    return found
