"""Calls that failed on the way, as the errors the engine knows.

The one question that matters: may the request have been carried out?  Only what certainly never left, and what the
vendor certainly turned away at the door, may be tried again; everything else is settled by reading.
"""

from __future__ import annotations

import requests
import urllib3.exceptions

from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable


class Unanswered(Unavailable):
    """A token was asked for and no answer came: the vendor may have given one."""


class SignedOut(Denied):
    """The vendor no longer accepts the sign-in: only a person can give a new one."""


# Raised before a byte of the request was sent.
NEVER_LEFT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NameResolutionError,
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidURL,
)


def unreachable(side: Side, error: BaseException, *, write: bool) -> Unavailable:
    """The call met with `error` on the way; only its type is told, since its text may hold the address asked for."""
    sent = write and not never_left(error)
    what = "could not be reached" if never_left(error) else "did not answer, or not to the end"
    return Unavailable(
        f"{side.name.title()} {what} ({type(error).__name__}).",
        remedy="What became of the last request is found out by reading." if sent else "The next run tries again.",
        side=side,
        sent=sent,
    )


def never_left(error: BaseException) -> bool:
    """Whether the request certainly never left: looks through what requests and urllib3 wrap around the cause."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        if isinstance(one, NEVER_LEFT):
            return True
        seen.add(id(one))
        waiting += [getattr(one, "reason", None), *one.args]
    return False


def describe(status: int) -> str:
    """A status in words a person can use."""
    if status == 429:
        return "too many calls"
    if 300 <= status < 400:
        return "it points elsewhere, which Concord does not follow"
    return f"status {status}" if status != 200 else "its answer is not what it should be"
