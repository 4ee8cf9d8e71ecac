"""Logs: one line, or one JSON object, for each thing that happened, with the run and the connection it belongs to.

Nothing secret or personal can be in a line, by construction: of our own records the name of the event is written and
the facts in `FACTS`; of an exception its kind and the places it passed, not its sentence; of what libraries log,
where and how grave it is, and nothing of what it says.  (At DEBUG they tell of requests, bodies and parameters.)
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any

OURS = ("reconciler", "portal")
# What a line may tell besides the event: numbers, words of ours, and the addresses of records.
FACTS = ("connection", "run", "status", "side", "ref", "do", "code", "field", "error", "method", "endpoint", "seconds")
_ABOUT: ContextVar[Mapping[str, Any]] = ContextVar("about", default=MappingProxyType({}))
DEEPEST = 12  # places of a traceback, the innermost


@contextmanager
def about(**facts: Any) -> Iterator[None]:
    """Every line written in here is about this: the connection, the run."""
    token = _ABOUT.set({**_ABOUT.get(), **facts})
    try:
        yield
    finally:
        _ABOUT.reset(token)


class Lines(logging.Handler):
    """Writes to standard error, whatever that is at the moment."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.setFormatter(Json() if form == "json" else Text())
        self.addFilter(_worth_telling)

    def emit(self, record: logging.LogRecord) -> None:
        """One line; a record that cannot be written is left out rather than shown as it came."""
        with suppress(OSError, ValueError):
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()


def configure(level: str, form: str) -> None:
    """Have everything that is logged in this process written so."""
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, Lines)]:
        root.removeHandler(handler)
    root.addHandler(Lines(form))
    root.setLevel(level)


def catch_the_rest() -> None:
    """Exceptions that nobody caught are logged like any other: Python itself would print their sentences."""
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _worth_telling(record: logging.LogRecord) -> bool:
    """Our own lines as the level says; of others only what is wrong."""
    return is_ours(record) or record.levelno >= logging.WARNING


def is_ours(record: logging.LogRecord) -> bool:
    """Whether a line comes from Concord itself."""
    return record.name.partition(".")[0] in OURS


def facts(record: logging.LogRecord) -> dict[str, Any]:
    """All that may be told of a record, in order."""
    found: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": str(record.msg) if is_ours(record) else "library",
        "from": record.name,
    }
    given = {**_ABOUT.get(), **vars(record)}
    if is_ours(record):
        found |= {name: given[name] for name in FACTS if given.get(name) not in {None, ""}}
    else:
        found |= {"at_line": f"{record.module}:{record.lineno}"}
        found |= {name: _ABOUT.get()[name] for name in ("connection", "run") if name in _ABOUT.get()}
    if record.exc_info and record.exc_info[1] is not None:
        found |= {"error": _kinds(record.exc_info[1]), "places": _places(record.exc_info[2])}
    return found


def _kinds(error: BaseException) -> str:
    """An exception and what it came from, by kind."""
    kinds: list[str] = []
    one: BaseException | None = error
    while one is not None and len(kinds) < DEEPEST:
        kinds.append(type(one).__name__)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return " < ".join(kinds)


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    return [f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno} {frame.name}" for frame in frames]


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The facts, and no more."""
        return json.dumps(facts(record), ensure_ascii=True, default=str)


class Text(logging.Formatter):
    """One line: time, level, event, then name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """The facts, and no more; a line break in one does not make a second line."""
        found = facts(record)
        head = f"{found.pop('at')} {found.pop('level')} {found.pop('event')}"
        found["from"] = found.pop("from")
        rest = " ".join(f"{name}={_one_word(value)}" for name, value in found.items())
        return f"{head} {rest}"


def _one_word(value: Any) -> str:
    text = " | ".join(value) if isinstance(value, list) else str(value)
    return json.dumps(text) if not text.isprintable() or " " in text else text


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("reconciler").critical("process.failed", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
