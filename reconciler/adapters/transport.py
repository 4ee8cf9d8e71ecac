"""One HTTP exchange with a vendor: claimed from the budget, signed in, timed and counted, its failures named.

Both SDKs send through an `Exchange`; what an answer's words mean is the vendor's `Dialect`'s business.  Nothing is
ever sent twice but a request answered 401, which a vendor turns away at the door, and that once only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

import requests
import urllib3.exceptions

from reconciler.adapters.auth import TokenSource
from reconciler.adapters.failures import describe, never_left, unreachable
from reconciler.adapters.throttle import Allowance, Budget
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable
from reconciler.ports import Clock, Meter
from reconciler.tokens import Token

# A write goes out under a lease that was checked before the first try; a late replay could outlive it.
REPLAY_WITHIN = 10.0
# Parsing every page once more, only to be sure that it is JSON, would cost as much as reading it.
JSON_BEGINS = {b"{", b"["}
NETWORK_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever its status; header names in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Dialect(Protocol):
    """How one vendor says yes and no."""

    def cured_by_new_token(self, reply: Reply) -> bool:
        """Whether a 401 is about the token's age; other 401s would be refused for ever."""
        ...

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        """What the headers say is left."""
        ...

    def turned_away(self, reply: Reply, *, write: bool) -> Unavailable | None:
        """Why the vendor will not serve us now, if that is what this answer says."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """When an exchange took place: the side's own time on the answer, and how long it took."""

    read_at: datetime
    seconds: float


Attempt = Callable[[Token], Reply]


class Exchange:
    """One side's line.  Serves one thread at a time, as a gateway does."""

    def __init__(self, side: Side, *, tokens: TokenSource, budget: Budget, clock: Clock, dialect: Dialect) -> None:
        self.side, self.tokens, self.meter = side, tokens, Meter()
        self._budget, self._clock, self._dialect = budget, clock, dialect
        self.last = Answered(clock.now(), 0.0)

    def now(self) -> datetime:
        """Our best guess of the side's own time."""
        return self._clock.now() + timedelta(seconds=self.meter.offset or 0.0)

    def run(self, attempt: Attempt, *, write: bool, counted: bool = True) -> Reply:
        """Send, renewing the token once if that is what the side asks for; raises what keeps us from being served."""
        token, began = self.tokens.get(), self._clock.monotonic()
        reply = self._once(attempt, token, write=write, counted=counted)
        if reply.status == 401 and self._dialect.cured_by_new_token(reply):
            token = self.tokens.refresh(stale=token)
            if write and self._clock.monotonic() - began > REPLAY_WITHIN:
                raise Unavailable(
                    f"{self.side.name.title()} took long to say that the session had expired.",
                    remedy="The next run tries again.",
                    side=self.side,
                )
            reply = self._once(attempt, token, write=write, counted=counted)
        refusal = self._dialect.turned_away(reply, write=write) or turned_away(self.side, reply, write=write)
        if refusal is not None:
            raise refusal
        return reply

    def _once(self, attempt: Attempt, token: Token, *, write: bool, counted: bool) -> Reply:
        began = self._clock.monotonic()
        self._budget.take(self.side)
        sent_at, sent, allowance = self._clock.now(), self._clock.monotonic(), Allowance()
        try:
            reply = attempt(token)
            allowance = self._dialect.allowance(reply.headers)
            self._note(reply, allowance, sent_at, self._clock.monotonic() - sent)
        except NETWORK_ERRORS as error:
            counted = counted and not never_left(error)
            raise unreachable(self.side, error, write=write) from None
        finally:
            self._budget.done(self.side, allowance)
            self.meter.calls += counted
            self.meter.seconds += self._clock.monotonic() - began
        return reply

    def _note(self, reply: Reply, allowance: Allowance, sent_at: datetime, seconds: float) -> None:
        if allowance.day is not None:
            self.meter.remaining_day = allowance.day
        if allowance.minute is not None:
            self.meter.remaining_minute = allowance.minute
        theirs = _date(reply.headers)
        if theirs is not None:
            measure(self.meter, theirs, sent_at, seconds)
        self.last = Answered(theirs or self.now(), seconds)


def measure(meter: Meter, theirs: datetime, sent_at: datetime, seconds: float) -> None:
    """Take the side's clock from a `Date` header, which is cut to whole seconds: half a second on average, and at most.

    A sharper reading already taken stays, unless the two contradict each other: then the clock has moved.
    """
    midpoint = sent_at + timedelta(seconds=seconds / 2)
    offset = (theirs - midpoint).total_seconds() + 0.5
    uncertainty = 0.5 + seconds / 2
    agrees = meter.offset is not None and abs(offset - meter.offset) <= uncertainty + meter.uncertainty
    if not agrees or uncertainty <= meter.uncertainty:
        meter.offset, meter.uncertainty = offset, uncertainty


def turned_away(side: Side, reply: Reply, *, write: bool) -> Unavailable | None:
    """What any vendor means by these statuses.  A write answered 5xx may have been carried out all the same."""
    name = side.name.title()
    if reply.status == 429:
        wait = retry_after(reply.headers)
        return Unavailable(
            f"{name} asks us to wait: too many calls.", side=side, wait_seconds=60.0 if wait is None else wait
        )
    if reply.status >= 500 or 300 <= reply.status < 400 or reply.status in {406, 420}:
        return Unavailable(
            f"{name} cannot serve us now ({describe(reply.status)}).",
            remedy="The next run tries again.",
            side=side,
            sent=write,
            wait_seconds=retry_after(reply.headers),
        )
    if 200 <= reply.status < 300 and reply.body.lstrip()[:1] not in JSON_BEGINS:
        return no_data(side, write=write)
    if reply.status in {401, 403}:
        return Denied(
            f"{name} refuses us ({reply.status}).", remedy="Check the app's sign-in and its rights.", side=side
        )
    return None


def no_data(side: Side, *, write: bool) -> Unavailable:
    """A success whose body is none: maintenance pages come with status 200, too."""
    return Unavailable(
        f"{side.name.title()} answered with something else in place of data.",
        remedy="It is probably being maintained; the next run tries again.",
        side=side,
        sent=write,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, if the answer says so as a number."""
    text = header(headers, "Retry-After").strip()
    return float(text) if text.isascii() and text.isdigit() else None


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(header(headers, "Date")).astimezone(UTC)
    except ValueError:
        return None


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value, however its name is spelt; "" when it is absent."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")
