"""Errors that say what to do: wait, set aside, look again, or stop.

Vendor exceptions end in the adapters; above them only these four exist, and `Usage`
for what a person asked wrongly.  The facts are attributes, the sentence is made of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class ReconcilerError(Exception):
    """Something Concord can explain; `remedy` tells the reader what to do about it."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class Unavailable(ReconcilerError):
    """A side cannot be reached or refuses to serve now: wait.

    `sent` is true when the request may have been carried out: its outcome is unknown and is
    settled by reading, never by sending again.  `until` is a number of seconds to wait, if known.
    """

    def __init__(
        self, message: str, *, remedy: str = "", side: str = "", sent: bool = False, wait_seconds: float | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.side = side
        self.sent = sent
        self.wait_seconds = wait_seconds


class Spent(Unavailable):
    """A budget of calls is spent: nothing was sent, and the run goes on when there are calls again."""


class Denied(Unavailable):
    """A side refuses who we are or what we may do: waiting does not help, a person must act."""


class Stopped(Unavailable):
    """This process was told to end: what was in hand is settled, and no further call is made."""

    def __init__(self) -> None:
        super().__init__(
            "This sync was told to end before it was done.", remedy="Nothing is lost: the next one goes on from here."
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a vendor (or Concord, on its behalf) refuses one record.

    `retry`: "wait" (try again by itself), "fix_data" (again once the value changes), "fix_permission"
    (again once asked to), "never".
    """

    code: str
    message: str
    field: str = ""
    remedy: str = ""
    retry: str = "fix_data"


class Rejected(ReconcilerError):
    """One record was refused: set it aside, go on with the others."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message, remedy=refusal.remedy)
        self.refusal = refusal


class Stale(ReconcilerError):
    """The ground has moved since it was read: look again.  `moved` names every such record and how."""

    def __init__(self, message: str, *, moved: tuple[str, ...] = (), remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.moved = moved


@dataclass(frozen=True, slots=True)
class Breach:
    """One limit passed by a plan: `found` where `allowed` was the most."""

    limit: str
    allowed: float
    found: float
    kind: str = ""
    side: str = ""


class Halt(ReconcilerError):
    """A guard stops the run before its first write."""

    def __init__(self, breaches: tuple[Breach, ...], *, digest: str = "") -> None:
        names = ", ".join(f"{b.limit} {b.found:g} (allowed {b.allowed:g})" for b in breaches)
        super().__init__(
            f"The plan passes a limit: {names}.",
            remedy="Look at the plan, then release it with a reason or drop it.",
        )
        self.breaches = breaches
        self.digest = digest


class Busy(ReconcilerError):
    """Another run holds the connection's lease."""


class Lost(ReconcilerError):
    """This process no longer holds the lease: it must send and settle nothing more."""


class Usage(ReconcilerError):
    """What was asked cannot be done as asked; `problems` lists every fault found, not the first only."""

    def __init__(self, message: str, *, remedy: str = "", problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Organisation:
    """One of the organisations that a sign-in reaches."""

    id: str
    name: str
    environment: str = ""  # as in `Identity`; "" where it was not asked


class Several(Usage):
    """One sign-in reaches several organisations, and which of them is meant only a person knows."""

    def __init__(self, organisations: tuple[Organisation, ...]) -> None:
        super().__init__(
            "This sign-in reaches several organisations.",
            remedy="Choose the one that is meant.",
            problems=tuple(f"{one.name}: {one.id}" for one in organisations),
        )
        self.organisations = organisations


@dataclass(slots=True)
class Problems:
    """Collects every fault of an input, so that a person sees them all at once."""

    found: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """Note one fault, as a sentence with its place."""
        self.found.append(sentence)

    def raise_if_any(self, message: str) -> None:
        """Raise `Usage` with all the faults when there are any."""
        if self.found:
            raise Usage(message, problems=tuple(self.found))
