"""The desk where sides are connected: vendors, vault and store behind the `Desk` that commands know."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from reconciler.bootstrap import WallClock, credentials, credentials_from, make_gateway
from reconciler.commands.desk import Client
from reconciler.core.model import Side
from reconciler.core.schema import Rules
from reconciler.errors import ReconcilerError
from reconciler.ports import Gateway, Identity
from reconciler.settings import Settings
from reconciler.store import tokens
from reconciler.store.database import make_engine, reading
from reconciler.tokens import Token
from reconciler.vault import Vault, secret_keys


@dataclass(frozen=True, slots=True)
class RealDesk:
    """The `Desk` of an installation."""

    settings: Settings
    vault: Vault
    engine: Engine

    def origin(self, side: Side, url: str) -> str:
        from reconciler.adapters import consent

        return consent.origin(side, url)

    def usual(self, side: Side, url: str) -> Client:
        return credentials_from(self.settings, side, url)

    def look(self, side: Side, url: str, credentials_: Client, rules: Rules) -> tuple[Identity, list[str]]:
        return _looked(make_gateway(self.settings, side, url, credentials(credentials_), rules, WallClock()), rules)

    def look_with(
        self, side: Side, url: str, access_id: int, rules: Rules, *, organisation: str = ""
    ) -> tuple[Identity, list[str]]:
        access, store = self._access(access_id), self._store(access_id, side)
        app = credentials((access.client_id, access.client_secret), consented=access.consented)
        at = self.settings, side, url, app, rules, WallClock()
        return _looked(make_gateway(*at, organisation=organisation, store=store), rules)

    def keep(self, db: Connection, side: Side, client: Client, *, consented: bool) -> int:
        return tokens.keep(db, self.vault, side, client, consented=consented)

    def seal(self, secret: str, row: str) -> bytes:
        return self.vault.seal(secret, row)

    def unseal(self, sealed: bytes, row: str) -> str:
        return self.vault.open(sealed, row)

    def consent_address(self, side: Side, url: str, access_id: int, *, redirect: str, state: str, verifier: str) -> str:
        from reconciler.adapters import consent

        client_id = self._access(access_id).client_id
        return consent.address(side, url, client_id, redirect=redirect, state=state, verifier=verifier)

    def redeem(self, side: Side, url: str, access_id: int, *, code: str, redirect: str, verifier: str) -> Token:
        from reconciler.adapters import consent

        access = self._access(access_id)
        timeout = (self.settings.connect_timeout, self.settings.read_timeout)
        app = credentials((access.client_id, access.client_secret), consented=True)
        given = {"code": code, "redirect": redirect, "verifier": verifier}
        token = consent.redeem(side, url, app, **given, clock=WallClock(), timeout=timeout)
        store = self._store(access_id, side)
        with store.lock():
            store.load()
            store.save(token)
        return token

    def revoke(self, side: Side, url: str, access_id: int, organisation: str) -> bool:
        from reconciler.adapters import revoking

        access = self._access(access_id)
        if not access.consented:
            return False  # the app's own credentials are shared by whoever uses the app
        app = credentials((access.client_id, access.client_secret), consented=True)
        timeout = (self.settings.connect_timeout, self.settings.read_timeout)
        store = self._store(access_id, side)
        revoking.revoke(side, url, app, store, organisation, clock=WallClock(), timeout=timeout)
        return True

    def _access(self, access_id: int) -> tokens.Access:
        with reading(), self.engine.connect() as db:
            return tokens.opened(db, self.vault, access_id)

    def _store(self, access_id: int, side: Side) -> tokens.StoredTokens:
        return tokens.StoredTokens(self.engine, self.vault, access_id, side, WallClock())


def make_desk(settings: Settings, engine: Engine | None = None) -> RealDesk:
    """The desk for these settings."""
    return RealDesk(settings, Vault(secret_keys(settings)), engine or make_engine(settings.database_url))


def _looked(gateway: Gateway, rules: Rules) -> tuple[Identity, list[str]]:
    """Who is there, and what is missing: a list that could not be read is a fault, too, and not the last one."""
    identity = gateway.identify()
    missing: list[str] = []
    for kind in rules.kinds:
        try:
            missing += gateway.missing_fields(kind)
        except ReconcilerError as error:
            missing.append(str(error))
    return identity, missing
