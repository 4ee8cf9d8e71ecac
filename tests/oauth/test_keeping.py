"""Tokens at rest: opened only where they belong, renewed by one process at a time, never lost to a sleeper."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from reconciler.adapters.xero.tenancy import choose, consent_event
from reconciler.errors import Denied, Unavailable, Usage
from reconciler.store import tokens
from reconciler.store.database import make_engine
from reconciler.store.tables import AccessRow, Base
from reconciler.store.tokens import StoredTokens
from reconciler.tokens import Token
from reconciler.vault import Vault
from tests.adapters.clocks import SteppedClock

OLD, NEW = Vault(["old"]), Vault(["new", "old"])
TOKEN = Token("access-canary", refresh="refresh-canary", organisation="org")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = make_engine(f"sqlite:///{tmp_path / 'concord.db'}")
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


def access(engine: Engine, vault: Vault = OLD) -> int:
    with engine.begin() as database:
        return tokens.keep(database, vault, "xero", ("id", "secret-canary"), consented=True)


def store(engine: Engine, access_id: int, clock: SteppedClock, vault: Vault = OLD) -> StoredTokens:
    return StoredTokens(engine, vault, access_id, "xero", clock)


def kept(engine: Engine, access_id: int, clock: SteppedClock) -> StoredTokens:
    """A store that has just been given its first token."""
    made = store(engine, access_id, clock)
    with made.lock():
        made.load()
        made.begin()
        made.save(TOKEN)
    return made


def test_what_is_kept_comes_back_whole(engine: Engine, clock: SteppedClock) -> None:
    number = access(engine)
    kept(engine, number, clock)
    assert store(engine, number, clock).load() == TOKEN
    with engine.connect() as database:
        found = tokens.opened(database, OLD, number)
    assert (found.client_id, found.client_secret, found.consented) == ("id", "secret-canary", True)


def test_a_new_key_opens_what_the_old_one_sealed_and_seals_what_comes_next(engine: Engine, clock: SteppedClock) -> None:
    number = access(engine)
    kept(engine, number, clock)
    renewed = store(engine, number, clock, NEW)
    with renewed.lock():
        assert renewed.load() == TOKEN
        renewed.save(TOKEN)
    assert store(engine, number, clock, Vault(["new"])).load() == TOKEN


def test_a_token_moved_to_another_row_or_put_in_place_of_a_secret_stays_shut(
    engine: Engine, clock: SteppedClock
) -> None:
    one, other = access(engine), access(engine)
    kept(engine, one, clock)
    with engine.begin() as database:
        sealed = database.scalar(select(AccessRow.token).where(AccessRow.id == one))
        mine = update(AccessRow).where(AccessRow.id == other)
        database.execute(mine.values(token=sealed, credentials=sealed))
    with pytest.raises(Usage, match="cannot be opened"):
        store(engine, other, clock).load()
    with engine.connect() as database, pytest.raises(Usage, match="cannot be opened"):
        tokens.opened(database, OLD, other)


def test_only_one_holds_the_lock_and_the_other_waits_for_it(engine: Engine, clock: SteppedClock) -> None:
    number = access(engine)
    order: list[str] = []
    first, second = store(engine, number, clock), store(engine, number, clock)

    def follow() -> None:
        with second.lock():
            order.append("second")

    with first.lock():
        thread = threading.Thread(target=follow)
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_lock_whose_holder_never_comes_back_is_waited_for_and_then_taken(engine: Engine, clock: SteppedClock) -> None:
    number = access(engine)
    lost = store(engine, number, clock).lock()
    lost.__enter__()
    began = clock.now()
    clock.advance(59.5)
    with store(engine, number, clock).lock():
        assert clock.now() - began >= timedelta(seconds=60)


def test_a_sleeper_still_stores_what_it_was_given_if_nobody_else_did(engine: Engine, clock: SteppedClock) -> None:
    number = access(engine)
    sleeper = kept(engine, number, clock)
    held = sleeper.lock()
    held.__enter__()
    sleeper.load()
    sleeper.begin()
    clock.advance(61)
    other = store(engine, number, clock)
    with other.lock():
        other.load()
        other.signed_out("its answer was lost")
    with pytest.raises(Denied, match="its answer was lost"):
        other.load()
    sleeper.save(Token("late"))
    assert other.load() == Token("late")


def test_a_sleeper_does_not_overwrite_what_another_has_stored(engine: Engine, clock: SteppedClock) -> None:
    number = access(engine)
    sleeper = kept(engine, number, clock)
    sleeper.load()
    other = store(engine, number, clock)
    with other.lock():
        other.load()
        other.save(Token("newer"))
    with pytest.raises(Unavailable, match="renewed the sign-in meanwhile"):
        sleeper.save(Token("late"))
    assert other.load() == Token("newer")


def test_who_has_lost_the_lock_asks_nobody_for_a_token(engine: Engine, clock: SteppedClock) -> None:
    number = access(engine)
    sleeper = store(engine, number, clock)
    held = sleeper.lock()
    held.__enter__()
    sleeper.load()
    clock.advance(61)
    with store(engine, number, clock).lock(), pytest.raises(Unavailable):
        sleeper.begin()


def test_a_sign_in_that_is_gone_is_said_so(engine: Engine, clock: SteppedClock) -> None:
    number = access(engine)
    left = store(engine, number, clock)
    with engine.begin() as database:
        tokens.drop(database, number)
    with pytest.raises(Denied, match="given up"):
        left.load()
    with Session(engine) as session:
        assert session.get(AccessRow, number) is None


def test_of_several_organisations_the_one_consented_to_is_meant() -> None:
    two = [
        {"tenantId": f"id-{n}", "tenantType": "ORGANISATION", "tenantName": f"Firm {n}", "authEventId": f"event-{n}"}
        for n in (1, 2)
    ]
    assert choose(two, event="event-2") == "id-2"
    assert choose(two, wanted="id-1", event="event-2") == "id-1"
    with pytest.raises(Usage):
        choose(two, event="event-3")


@pytest.mark.parametrize("access_token", ["", "a.b", "a.!!!.c", "a.W10.c", "..", "a.eyJ4IjogMX0.c"])
def test_a_token_that_tells_nothing_of_its_consent_is_no_trouble(access_token: str) -> None:
    assert consent_event(access_token) == ""
