"""What templates may use besides Jinja's own: words, times, values.  Everything that comes from a record is escaped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask
from markupsafe import Markup

from portal import words
from portal.clock import now

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def init_app(app: Flask) -> None:
    """Hand the filters to Jinja."""
    app.jinja_env.filters.update(
        say=words.say,
        when=when,
        at=at,
        exact=exact,
        dated=dated,
        lasted=lasted,
        offset=offset,
    )
    app.jinja_env.globals.update(record_word=words.record_word, words=words.TABLES)


def when(moment: datetime | str | None, none: str = "never") -> Markup:
    """A time as people say it, with the exact one behind it; the page's script keeps it fresh."""
    then = parsed(moment)
    if then is None:
        return Markup("<span class='faint'>{}</span>").format(none)
    since = relative(then, now())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(then.isoformat(), exact(then), since)


def at(moment: datetime | str | None) -> Markup:
    """A time by the clock, for sentences in which "3 min ago" makes no sense; the day is named unless it is today."""
    then = parsed(moment)
    if then is None:
        return Markup("")
    day = "" if then.date() == now().date() else f"{then.day} {then:%B %Y}, "
    return Markup('<time datetime="{}" data-fixed>{}{} UTC</time>').format(then.isoformat(), day, f"{then:%H:%M}")


def exact(moment: datetime | str | None) -> str:
    """A time to the second, for whoever compares it with another record of the same thing."""
    then = parsed(moment)
    return then.strftime("%Y-%m-%d %H:%M:%S UTC") if then else ""


def dated(line: str) -> str:
    """A line of a side's own history; the stamp it begins with is written as people write it."""
    first, _, rest = line.partition(" ")
    return f"{exact(first)} {rest}" if rest and exact(first) else line


def relative(moment: datetime, at: datetime) -> str:
    """How long before or after `at` a moment is, in its largest unit."""
    seconds = (at - moment).total_seconds()
    if abs(seconds) < 5:
        return "now"
    text = lasted(abs(seconds)) if abs(seconds) >= 10 else f"{int(abs(seconds))} s"
    return f"{text} ago" if seconds > 0 else f"in {text}"


def lasted(seconds: float | None) -> str:
    """A length of time, in its largest unit."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    size, name = next((size, name) for size, name in UNITS if seconds >= size)
    return f"{int(seconds // size)} {name}"


def offset(seconds: float) -> str:
    """How far a clock is from ours."""
    if abs(seconds) < 1:
        return "with ours"
    return f"{lasted(abs(seconds))} {'ahead of' if seconds > 0 else 'behind'} ours"


def parsed(moment: Any) -> datetime | None:
    """A time out of a column or of JSON; None for anything that is none."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return None
    if not isinstance(moment, datetime):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
