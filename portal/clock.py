"""The time of day, as the application was given it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from flask import current_app


def wall() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


def now() -> datetime:
    """The application's clock: the machine's, or the one a test handed in."""
    return cast("Callable[[], datetime]", current_app.extensions["concord.clock"])()
