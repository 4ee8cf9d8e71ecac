"""A contact's history and notes as lines: who, when, and the vendor's own sentence, quoted and never taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconciler.core.history import Line
from reconciler.core.model import Ref, Side
from reconciler.core.values.text import one_line
from reconciler.mapping import stamps


def lines(answer: Any, record_id: str, since: datetime) -> list[Line]:
    """The lines since then; odd ones are passed over."""
    rows = answer.get("HistoryRecords") if isinstance(answer, Mapping) else None
    found = [_line(row, record_id) for row in rows or () if isinstance(row, Mapping)]
    return [line for line in found if line.at >= since]


def _line(row: Mapping[str, Any], record_id: str) -> Line:
    at, by = stamps.read(row.get("DateUTC")), one_line(row.get("User"))
    parts = (one_line(row.get("Changes")), one_line(row.get("Details")))
    text = f"{at:%Y-%m-%dT%H:%M:%S}Z {by}: {'. '.join(part for part in parts if part)}"
    return Line(Ref(Side.XERO, record_id), at, by, text)
