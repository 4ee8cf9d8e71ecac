"""The switches of the twin that `/_sim/settings` sets, with the vendor's own values as defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any

from reconciler.simulators.kit import Refused
from reconciler.simulators.kit.amounts import LARGEST, is_whole

ENVIRONMENTS = ("live", "sandbox", "demo")
"""The vendor has no sandboxes: to the app, what is not live is a demonstration company."""
MOST_ORGANISATIONS = 5
"""As many connections as an app without a paid tier may have."""
OFFLINE = ("", "maintenance", "organisation")


@dataclass(frozen=True, slots=True)
class Settings:
    """How this organisation, this app and its limits behave."""

    minute_limit: int = 60
    day_limit: int = 5000
    concurrent_limit: int = 5
    app_minute_limit: int = 10_000
    day_seconds: int = 86_400
    """A day of the day limit; shorten it to see a day pass."""
    latency_ms: int = 0
    token_life: int = 1800
    environment: str = "live"
    organisations: int = 1
    """How many organisations the person has; each has limits, contacts and a connection of its own."""
    api_enabled: bool = True
    """False: the organisation's plan or user gives apps no access; every call then answers 403."""
    connected: bool = True
    """False: as if someone had disconnected the app in Xero; every call then answers 403."""
    stamps_do_not_move: list[str] = field(default_factory=list)
    """Fields whose change leaves UpdatedDateUTC alone, besides IsCustomer, IsSupplier and Balances."""
    hidden_fields: list[str] = field(default_factory=list)
    """Members of a contact that the signed-in user may not see, and the API leaves out."""
    field_history: list[str] = field(default_factory=list)
    """For the sake of scripts that set both twins alike: the history here holds every change anyway."""
    period_lock_date: str = ""
    year_end_lock_date: str = ""
    """Days up to which the books are closed, such as 2026-03-31; contacts are not held up by them."""
    high_volume: bool = False
    """True: slow filters and orders are refused, as they are beyond 100,000 documents."""
    minds_screens: bool = False
    """True: a website without its scheme, which a person may type, bars changes by the API, as some have met it."""
    offline: str = ""
    scopes: list[str] = field(default_factory=list)
    """What the app may ask for; empty means every scope an app of today may have."""
    redirect_uris: list[str] = field(default_factory=list)
    """Addresses registered for the app; empty means any that the vendor would accept."""


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The settings with changes applied; `Refused` for an unknown one or a value of the wrong kind."""
    known = {one.name: getattr(settings, one.name) for one in fields(settings)}
    for key, value in changes.items():
        if key not in known:
            raise Refused(f"There is no setting {key}; there are {', '.join(known)}.")
        if type(value) is not type(known[key]):
            raise Refused(f"{key} is of type {type(known[key]).__name__}.")
        if type(value) is int and not is_whole(value):
            raise Refused(f"{key} is a whole number from 0 to {LARGEST}.")
        if isinstance(value, list) and not all(isinstance(each, str) for each in value):
            raise Refused(f"{key} is a list of names.")
    after = replace(settings, **changes)
    if after.environment not in ENVIRONMENTS or after.offline not in OFFLINE:
        raise Refused(f"environment is one of {ENVIRONMENTS} and offline one of {OFFLINE}.")
    for day in (after.period_lock_date, after.year_end_lock_date):
        _check_day(day)
    if not 1 <= after.organisations <= MOST_ORGANISATIONS:
        raise Refused(f"organisations is from 1 to {MOST_ORGANISATIONS}.")
    return after


def _check_day(day: str) -> None:
    try:
        date.fromisoformat(day or "2026-03-31")
    except ValueError as error:
        raise Refused("A lock date is a day, such as 2026-03-31, or empty.") from error


def shown(settings: Settings) -> dict[str, Any]:
    return asdict(settings)
