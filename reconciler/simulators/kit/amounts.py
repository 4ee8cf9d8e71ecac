"""What counts as a number where one is asked for: never true or false, never beyond what a clock can add up."""

from __future__ import annotations

from typing import Any, TypeGuard

LARGEST = 1_000_000_000
"""Of any setting: calls, milliseconds, or seconds, of which these are thirty-one years."""


def is_whole(value: Any, least: int = 0, most: int = LARGEST) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_number(value: Any, least: float, most: float) -> TypeGuard[float]:
    """Not-a-number and infinity lie between no two bounds; an integer of any length can be compared."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
