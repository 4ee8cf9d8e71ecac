"""What the views take out of a request: who asks and when, which side, where to go back to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.access import safe_path
from portal.clock import now
from portal.layout import here
from reconciler.core.model import Side, Value
from reconciler.errors import Usage


def signed() -> dict[str, Any]:
    """Who asks, and when: what every command wants to know."""
    return {"by": str(current_user.name), "now": now()}


def is_fragment() -> bool:
    """Whether htmx asks for a part of the page."""
    return bool(request.headers.get("HX-Request"))


def side(text: str | None) -> Side:
    """A side out of a form; 404 for anything else."""
    try:
        return Side(text or "")
    except ValueError:
        abort(404)


def number(name: str) -> int | None:
    """A whole number out of the query, None when it is absent or no number."""
    return request.args.get(name, type=int)


def numbers(name: str) -> list[int]:
    """The whole numbers chosen in a form; choosing nothing is said, not ignored."""
    found = [int(text) for text in request.form.getlist(name) if text.isdecimal()]
    if not found:
        raise Usage("Nothing was chosen.", remedy="Tick at least one line.")
    return found


def done(sentence: str, target: str, category: str = "success") -> ResponseReturnValue:
    """Say what was done, on the page the form names or else on `target`."""
    flash(sentence, category)
    return redirect(safe_path(request.form.get("next")) or target, 303)


def asked(sentence: str) -> str:
    """What was asked for, and that it waits while everything is paused."""
    return f"{sentence} Everything is paused: it starts when somebody resumes." if here().is_paused(now()) else sentence


def written(name: str, most: int = 2_000) -> str:
    """A text out of a form, without the blanks around it."""
    return request.form.get(name, "").strip()[:most]


def typed(members: Iterable[str]) -> Value:
    """A value typed into a form, whole or part by part."""
    parts = tuple(written(f"value-{member}").replace("\r\n", "\n") for member in members)
    if not parts and "value" not in request.form:
        raise Usage("No value was typed.", remedy="Type the value that shall stand on both sides.")
    return parts or written("value").replace("\r\n", "\n")
