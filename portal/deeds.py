"""What people did to Concord, as its log tells it: what it was done to, the way there, and the details in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from portal.filters import at, parsed
from portal.happened import CHOICES
from portal.words import FIELDS, ROLES, SIDES
from reconciler.queries import actions
from reconciler.queries.events import EventView

# Subject of an event -> its page, what the page calls the number, and what people call the thing.
PAGES = {
    "run": ("syncs.show", "run_id", "sync {}"),
    "plan": ("syncs.plan", "plan_id", "preview {}"),
    "undo": ("syncs.plan", "plan_id", "preview {}"),
    "rules": ("rules.version", "version", "version {}"),
    "conflict": ("review.show", "conflict_id", "conflict {}"),
    "question": ("questions.show", "question_id", "question {}"),
    "rejection": ("fixing.show", "rejection_id", "number {} of what needs fixing"),
}
INSIDE = {"digest", "version"}  # for the program, or told by the subject
REFS = {"about", "record"}
WINNER = {**SIDES, "value": "a value of their own"}


@dataclass(frozen=True, slots=True)
class Deed:
    """One event, ready to be read; `address` is "" where there is nothing to look at."""

    about: str
    address: str
    details: Sequence[tuple[str, str]]


def told(session: Session, connection_id: int, events: Iterable[EventView]) -> Mapping[int, Deed]:
    """Every event by its id."""
    found = list(events)
    names = actions.names(session, connection_id, [ref for event in found for ref in _refs(event)])
    return {event.id: _deed(event, names) for event in found}


def _refs(event: EventView) -> list[str]:
    """The records that an event names."""
    answer = str(event.details.get("answer", "")).partition(":")[2]
    texts = [event.subject, answer, *(str(event.details.get(key, "")) for key in REFS)]
    return [text for text in texts if text.partition(":")[0] in SIDES]


def _deed(event: EventView, names: Mapping[str, str]) -> Deed:
    name, field = (str(event.details.get(key) or "") for key in ("name", "field"))
    about, address = _subject(event, names)
    told_by_subject = {"name", "field"} if name and address else set()
    if told_by_subject:
        about = " · ".join(filter(None, (name, FIELDS.get(field, field))))
    lines = [
        (key.replace("_", " "), _detail(key, value, names))
        for key, value in event.details.items()
        if key not in INSIDE | told_by_subject and value not in ("", None, [])
    ]
    return Deed(about, address, lines)


def _subject(event: EventView, names: Mapping[str, str]) -> tuple[str, str]:
    topic, _, number = event.subject.partition(" ")
    if not number.isdecimal():
        topic, number = event.what.partition(".")[0], event.subject
    if topic == "version":
        topic = "rules"
    if topic in PAGES and number.isdecimal():
        endpoint, key, words = PAGES[topic]
        values: dict[str, Any] = {key: int(number)}
        return words.format(number), url_for(endpoint, **values)
    side, _, ref = event.subject.partition(":")
    if side in SIDES and ref:
        return names.get(event.subject) or ref, url_for("records.show", side_name=side, ref=ref)
    return ("" if event.subject == event.by else SIDES.get(event.subject, event.subject)), ""


def _detail(key: str, value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_change(str(each)) for each in value)
    text = str(value)
    if key == "answer":
        head, _, rest = text.partition(":")
        return f"{CHOICES.get(head, head)} {names.get(rest) or rest}".strip()
    if key in REFS:
        return names.get(text) or text
    if parsed(value) is not None:
        return at(value).striptags()
    return {"field": FIELDS, "winner": WINNER, "role": ROLES}.get(key, {}).get(text, text)


def _change(text: str) -> str:
    """A changed rule, by its field where it has one."""
    path, _, change = text.partition(": ")
    parts = path.split(".")
    if parts[2:3] == ["fields"] and len(parts) > 4:
        path = f"{FIELDS.get(parts[3], parts[3])}, {' '.join(parts[4:])}"
    return f"{path}: {change.replace(' -> ', ' → ')}" if change else text
