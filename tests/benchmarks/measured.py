"""One figure of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, how much it was, and what was promised."""

    what: str
    value: float
    unit: str
    promised: str = ""
