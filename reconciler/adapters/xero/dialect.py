"""What Xero's answers say about serving us at all: expired tokens, limits, disconnected organisations."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.adapters.throttle import Allowance
from reconciler.adapters.transport import Reply, header, retry_after
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable

# Which limit was passed, what that means, and how long to wait where Retry-After is not promised.
LIMITS: Mapping[str, tuple[str, float]] = {
    "minute": ("the calls of this minute are spent", 60),
    "day": ("the calls of this day are spent", 3600),
    "concurrent": ("too many calls are under way at once", 5),
    "appminute": ("the app's calls of this minute, over all organisations, are spent", 60),
}


class XeroDialect:
    """How Xero says yes and no."""

    def cured_by_new_token(self, reply: Reply) -> bool:
        return not _lacks_scope(reply)

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        return Allowance(
            minute=_number(header(headers, "X-MinLimit-Remaining")),
            day=_number(header(headers, "X-DayLimit-Remaining")),
        )

    def turned_away(self, reply: Reply, *, write: bool) -> Unavailable | None:
        if reply.status == 429:
            return _limited(reply)
        if reply.status in {401, 403}:
            return _denied(reply)
        if reply.status == 503:
            return _offline(reply, write=write)
        return None


def _limited(reply: Reply) -> Unavailable:
    """A 429 was not carried out; its body is empty, so all there is to know is in the headers."""
    problem = header(reply.headers, "X-Rate-Limit-Problem").lower().replace("-", "")
    said, wait = LIMITS.get(problem, ("a limit on calls was reached", 60.0))
    told = retry_after(reply.headers)
    return Unavailable(
        f"Xero asks us to wait: {said}.",
        remedy="The run goes on by itself.",
        side=Side.XERO,
        wait_seconds=wait if told is None else told,
    )


def _denied(reply: Reply) -> Denied:
    if _lacks_scope(reply):
        return Denied(
            "Xero says that the app may not do this: a scope is missing.",
            remedy="Give the app the scopes accounting.contacts and accounting.settings.read, then connect again.",
            side=Side.XERO,
        )
    if reply.status == 403:
        return Denied(
            "Xero refuses us this organisation: it is disconnected, or its user lacks the right.",
            remedy="Connect the organisation again, as a user who may edit contacts.",
            side=Side.XERO,
        )
    return Denied(
        "Xero does not accept our token.", remedy="Check that the app is still connected in Xero.", side=Side.XERO
    )


def _offline(reply: Reply, *, write: bool) -> Unavailable:
    """Plain text, either all of Xero or this one organisation; both take minutes."""
    one = b"organisation is offline" in reply.body.lower()
    told = retry_after(reply.headers)
    return Unavailable(
        "The organisation is offline at Xero." if one else "Xero is offline for maintenance.",
        remedy="The next run tries again.",
        side=Side.XERO,
        sent=write,
        wait_seconds=300.0 if told is None else told,
    )


def _lacks_scope(reply: Reply) -> bool:
    """Xero spells it with an error of its own; the right spelling may come one day."""
    challenge = header(reply.headers, "WWW-Authenticate").lower()
    return "insufficent_scope" in challenge or "insufficient_scope" in challenge


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
