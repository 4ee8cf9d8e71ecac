"""Tokens: renewed once for all who ask, kept before use, and told to nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.adapters.auth import Credentials, MemoryTokenStore, TokenSource
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable
from reconciler.tokens import Token
from tests.adapters.clocks import SteppedClock
from tests.adapters.wired import Wired


class Grants:
    """Gives a new token each time, and counts."""

    def __init__(self, clock: SteppedClock, life: float | None = None) -> None:
        self._clock, self._life, self.given, self.before = clock, life, 0, list[Token | None]()

    def request(self, before: Token | None) -> Token:
        self.given += 1
        self.before.append(before)
        expires = None if self._life is None else self._clock.now() + timedelta(seconds=self._life)
        return Token(f"token-{self.given}", expires_at=expires, refresh=f"refresh-{self.given}")

    def resolve(self, before: Token, began: datetime) -> None:
        """Nothing is ever left unanswered here."""


class SharedStore(MemoryTokenStore):
    """A store that several processes could share, and that tells in what order it was used."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._mutex = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._mutex:
            self.said.append("locked")
            yield
            self.said.append("unlocked")

    def lock(self) -> Any:
        return self.held()

    def save(self, token: Token) -> None:
        self.said.append("saved")
        super().save(token)


def test_a_token_is_asked_for_once_and_used_until_it_is_refused() -> None:
    clock = SteppedClock()
    grants = Grants(clock)
    source = TokenSource(grants, MemoryTokenStore(), clock)
    assert [source.get().access for _ in range(3)] == ["token-1"] * 3


def test_a_token_about_to_expire_is_renewed_before_it_is_refused() -> None:
    clock = SteppedClock()
    source = TokenSource(Grants(clock, life=1800), MemoryTokenStore(), clock)
    assert source.get().access == "token-1"
    clock.advance(1800 - 59)
    assert source.get().access == "token-2"


def test_many_who_were_refused_the_same_token_renew_it_once() -> None:
    clock = SteppedClock()
    grants = Grants(clock)
    source = TokenSource(grants, MemoryTokenStore(), clock)
    stale, got = source.get(), list[str]()
    threads = [threading.Thread(target=lambda: got.append(source.refresh(stale).access)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["token-2"] * 8
    assert grants.given == 2


def test_a_token_another_process_has_renewed_is_taken_over() -> None:
    clock, store = SteppedClock(), SharedStore()
    grants = Grants(clock)
    ours, theirs = TokenSource(grants, store, clock), TokenSource(grants, store, clock)
    stale = ours.get()
    assert theirs.refresh(stale).access == "token-2"
    assert ours.refresh(stale).access == "token-2"
    assert grants.given == 2


def test_a_new_token_is_kept_under_the_lock_before_anybody_uses_it() -> None:
    clock, store = SteppedClock(), SharedStore()
    TokenSource(Grants(clock), store, clock).get()
    assert store.said == ["locked", "saved", "unlocked"]


def test_the_grant_is_handed_the_token_before_so_that_it_can_rotate_it() -> None:
    clock = SteppedClock()
    grants = Grants(clock)
    source = TokenSource(grants, MemoryTokenStore(), clock)
    source.refresh(source.get())
    assert [token.refresh if token else None for token in grants.before] == [None, "refresh-1"]


def test_no_secret_is_in_any_repr() -> None:
    shown = repr(Token("access-canary", refresh="refresh-canary")) + repr(Credentials("id", "secret-canary"))
    assert "canary" not in shown


@pytest.mark.parametrize("side", list(Side))
def test_wrong_credentials_are_a_persons_to_mend_and_are_not_told(
    world: Wired, side: Side, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = _gateway(world, side, Credentials("concord", "wrong-canary"))
    with pytest.raises(Denied) as caught:
        gateway.identify()
    assert side.name.title() in str(caught.value)
    assert "secret" in caught.value.remedy
    assert "canary" not in str(caught.value) + repr(caught.value) + caplog.text


@pytest.mark.parametrize("side", list(Side))
def test_no_token_is_ever_logged(world: Wired, side: Side, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = _gateway(world, side, Credentials("concord", "concord"))
    gateway.identify()
    token = gateway._exchange.tokens.get().access
    assert caplog.records
    assert token not in caplog.text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("invalid_grant", "no longer accepts"),
        ("invalid_client", "client id"),
        ("invalid_scope", "scopes"),
        ("unauthorized_client", "own credentials"),
        ("something_new", "something_new"),
    ],
)
def test_a_refused_sign_in_is_denied_in_words(world: Wired, error: str, words: str) -> None:
    world.fault(Side.XERO, "token", {"status": 400, "body": {"error": error, "more": "keys"}})
    with pytest.raises(Denied, match=words):
        world.xero().identify()


@pytest.mark.parametrize("do", [{"status": 503}, {"status": 429}, "html", "truncate", "drop_after", {"status": 302}])
def test_a_token_endpoint_that_fails_is_waited_for_and_nothing_is_in_doubt(world: Wired, do: Any) -> None:
    world.fault(Side.XERO, "token", do)
    gateway = world.xero()
    with pytest.raises(Unavailable) as caught:
        gateway.identify()
    assert not isinstance(caught.value, Denied)
    assert not caught.value.sent
    assert gateway.identify().name


def test_a_sign_in_that_leads_elsewhere_is_refused(world: Wired) -> None:
    answer = {"access_token": "t", "instance_url": "https://evil.my.salesforce.com", "token_type": "Bearer"}
    world.fault(Side.SALESFORCE, "token", {"status": 200, "body": answer})
    with pytest.raises(Denied, match="another address"):
        world.salesforce().identify()


def test_a_secret_no_vendor_would_make_is_refused_and_does_not_crash(world: Wired) -> None:
    with pytest.raises(Denied):
        world.xero(Credentials("concord", "gehеim–é")).identify()  # noqa: RUF001


def _gateway(world: Wired, side: Side, keys: Credentials) -> Any:
    return world.salesforce(keys) if side is Side.SALESFORCE else world.xero(keys)
