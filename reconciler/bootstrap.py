"""Wiring: settings in, working parts out.  The one place that knows everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import Engine, select

from reconciler.adapters.throttle import Budget, Throttle
from reconciler.core.model import Ref, Side
from reconciler.core.schema import Rules
from reconciler.doctor import Examination, examine, shapes
from reconciler.errors import Stopped
from reconciler.mapping.limits import Shapes
from reconciler.ports import Clock, Gateway
from reconciler.retold import Told, histories
from reconciler.running import Works
from reconciler.settings import Settings
from reconciler.store import tokens
from reconciler.store.budgets import StoredAccounts
from reconciler.store.connections import ConnectionState
from reconciler.store.database import make_engine, reading
from reconciler.store.schema import upgrade
from reconciler.store.tables import SideRow
from reconciler.tokens import TokenStore
from reconciler.vault import Vault, secret_keys

if TYPE_CHECKING:
    from reconciler.adapters.auth import Credentials

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
SIMULATED = ("concord", "concord")  # the simulators' own client id and secret


_OPENED: list[Engine] = []


class WallClock:
    """The machine's clocks; nobody who is `told` to end goes on sleeping."""

    def __init__(self, told: threading.Event | None = None) -> None:
        self._told = told or threading.Event()

    def now(self) -> datetime:
        """The wall clock, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back; they go on while a process is stopped."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; raises `Stopped` when told to end meanwhile."""
        if self._told.wait(seconds):
            raise Stopped


def open_database(settings: Settings) -> Engine:
    """The database, at the newest schema."""
    engine = make_engine(settings.database_url)
    _OPENED.append(engine)
    upgrade(engine)
    return engine


def close_databases() -> None:
    """Let go of every database opened here: a command that has ended keeps no connection."""
    while _OPENED:
        _OPENED.pop().dispose()


def make_works(settings: Settings, engine: Engine | None = None, told: threading.Event | None = None) -> Works:
    """Everything a run needs; once `told` to end its runs settle what is in hand and begin nothing else.

    The SDKs are imported here, half a second, so that no run is charged with them.
    """
    from reconciler.adapters import salesforce, xero  # noqa: F401 - only to be there in time

    engine = engine or open_database(settings)
    vault = Vault(secret_keys(settings))

    def gateways(connection: ConnectionState, rules: Rules, clock: Clock) -> Mapping[Side, Gateway]:
        return {side: _connected(settings, engine, vault, connection, side, rules, clock, told) for side in Side}

    return Works(
        engine=engine,
        gateways=gateways,
        clock=WallClock(told),
        request_timeout=2 * (settings.connect_timeout + settings.read_timeout),
    )


def make_doctor(settings: Settings) -> Callable[[int], Examination]:
    """The check-up of a connection.  Its database and the SDKs are opened when it is first asked for."""
    works = lru_cache(maxsize=1)(lambda: make_works(settings, make_engine(settings.database_url)))
    return lambda connection_id: examine(works(), connection_id)


def make_histories(settings: Settings) -> Callable[[int, Ref], Mapping[Side, Told]]:
    """What both systems themselves tell of a record; opened when it is first asked for."""
    works = lru_cache(maxsize=1)(lambda: make_works(settings, make_engine(settings.database_url)))
    return lambda connection_id, ref: histories(works(), connection_id, ref)


def make_shapes(settings: Settings) -> Callable[[int], Shapes | None]:
    """What the Salesforce side of a connection says its columns hold; opened when it is first asked for."""
    works = lru_cache(maxsize=1)(lambda: make_works(settings, make_engine(settings.database_url)))
    return lambda connection_id: shapes(works(), connection_id)


def _connected(
    settings: Settings,
    engine: Engine,
    vault: Vault,
    connection: ConnectionState,
    side: Side,
    rules: Rules,
    clock: Clock,
    told: threading.Event | None,
) -> Gateway:
    kept = connection.sides[side]
    where = (SideRow.connection_id == connection.id) & (SideRow.side == side.value)
    with reading(), engine.connect() as db:
        access_id = db.scalar(select(SideRow.access_id).where(where)) or 0
        access = tokens.opened(db, vault, access_id)
    store = tokens.StoredTokens(engine, vault, access_id, side, clock)
    secrets = credentials((access.client_id, access.client_secret), consented=access.consented)
    who = {"user_id": kept.user_id, "organisation": kept.organisation_id}
    budget = Throttle(clock, StoredAccounts(engine, connection.id), told=told)
    return make_gateway(settings, side, kept.url, secrets, rules, clock, store=store, budget=budget, **who)


def make_gateway(  # noqa: PLR0913 - wiring takes what there is to wire
    settings: Settings,
    side: Side,
    url: str,
    credentials: Credentials,
    rules: Rules,
    clock: Clock,
    *,
    user_id: str = "",
    organisation: str = "",
    store: TokenStore | None = None,
    budget: Budget | None = None,
) -> Gateway:
    """The gateway to one side.  The SDKs are imported here and not before: they cost half a second."""
    if side is Side.SALESFORCE:
        from reconciler.adapters import salesforce

        who = {"user_id": user_id, "organisation_id": organisation}
        return salesforce.gateway(url, credentials, rules, settings, clock, store=store, budget=budget, **who)
    from reconciler.adapters import xero

    return xero.gateway(
        url, credentials, rules, settings, clock, store=store, budget=budget, organisation_id=organisation
    )


def credentials(client: tuple[str, str], *, consented: bool = False) -> Credentials:
    """An app's id and secret, as the adapters take them."""
    from reconciler.adapters.auth import Credentials

    return Credentials(*client, consented=consented)


def credentials_from(settings: Settings, side: Side, url: str) -> tuple[str, str]:
    """Client id and secret for `connect`: from the environment, or the simulators' own on loopback."""
    prefix = side.value.upper()
    given = settings.values[f"{prefix}_CLIENT_ID"], settings.values[f"{prefix}_CLIENT_SECRET"]
    if not any(given) and urlsplit(url).hostname in LOOPBACK:
        return SIMULATED
    return given
