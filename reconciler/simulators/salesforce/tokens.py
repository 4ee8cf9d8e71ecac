"""Sign-in: codes, access tokens and refresh tokens.  State only; the endpoints are `oauth`.

Refresh tokens rotate, and a rotated-out one that comes back revokes the whole grant, as the vendor has required of
partner applications since May 2026.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.simulators.kit import Clock
from reconciler.simulators.salesforce.org import Org

MOST_GRANTS = 5
"""Consents kept of one user and application; the next one ends the oldest."""
CODE_LIFE = timedelta(minutes=15)
SCOPE = "id api refresh_token"
SCOPES = {"api", "full", "id", "offline_access", "openid", "profile", "refresh_token", "web"}
OF_THE_API = {"api", "full"}
"""Scopes of a token that data calls may be made with."""
LASTING = {"refresh_token", "offline_access"}
NO_CHALLENGE = "missing required code challenge"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43,128}=?")
SCOPE_WITHOUT_PERSON = "id api"
"""Of client credentials, which have nothing to refresh."""


class OAuthError(Exception):
    """A refusal at a sign-in endpoint: its `error` and `error_description`."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description = error, description


@dataclass(frozen=True, slots=True)
class Session:
    """What one access token stands for."""

    user: str
    client: str
    issued: datetime
    grant: str | None
    scope: str = SCOPE

    def shares(self, other: Session) -> bool:
        return (self.user, self.client, self.grant) == (other.user, other.client, other.grant)


@dataclass(slots=True)
class Grant:
    """One consent: its living refresh token, and those rotated out."""

    user: str
    client: str
    current: str
    spent: list[str] = field(default_factory=list)
    scope: str = SCOPE


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code, good once and for a quarter of an hour."""

    user: str
    client: str
    redirect_uri: str
    challenge: str | None
    issued: datetime
    scope: str
    nonce: str = ""

    @property
    def lasting(self) -> bool:
        """Whether the person was asked to let the application come back without them."""
        return not LASTING.isdisjoint(self.scope.split())


@dataclass(frozen=True, slots=True)
class Issued:
    """A freshly issued pair; `refresh` is None where the flow has none."""

    access: str
    refresh: str | None
    user: str
    client: str
    issued: datetime
    scope: str
    nonce: str = ""


class Tokens:
    """All grants of one organisation.  They outlive a reset, so that a connected client stays connected."""

    def __init__(self, org: Org, clock: Clock, clients: Mapping[str, str]) -> None:
        self._org, self._clock, self._clients = org, clock, clients
        self._lock = threading.Lock()
        self._codes: dict[str, Code] = {}
        self._sessions: dict[str, Session] = {}
        self._grants: dict[str, Grant] = {}

    def check_client(self, client: str, secret: str, *, secretless: bool = False) -> None:
        """A refresh may do without the secret, and with `secretless` only a wrong one is refused."""
        if client not in self._clients:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if secretless and not secret:
            return
        if not secrets.compare_digest(self._clients[client].encode(), secret.encode()):
            raise OAuthError("invalid_client", "invalid client credentials")

    def knows_client(self, client: str) -> bool:
        return client in self._clients

    def secret_of(self, client: str) -> str:
        return self._clients[client]

    # Issuing

    def by_credentials(self, client: str) -> Issued:
        """The application itself, as its run-as user; there is no refresh token."""
        with self._lock:
            return self._issue(self._org.integration_user, client, None, SCOPE_WITHOUT_PERSON)

    def consent(
        self,
        client: str,
        user: str,
        redirect_uri: str,
        challenge: str | None,
        scope: str,
        method: str | None = None,
        nonce: str = "",
    ) -> str:
        self.check_wish(scope, challenge, method)
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = Code(user, client, redirect_uri, challenge, self._clock.now(), scope or SCOPE, nonce)
        return code

    def check_wish(self, scope: str, challenge: str | None, method: str | None) -> None:
        if not SCOPES.issuperset(scope.split()):
            raise OAuthError("invalid_scope", "the requested scope is not allowed")
        fault = self._challenge_fault(challenge, method)
        if fault:
            raise OAuthError("invalid_request", fault)

    def _challenge_fault(self, challenge: str | None, method: str | None) -> str | None:
        """What is wrong with a code challenge; its method need not be named, and is always S256."""
        if not challenge:
            return NO_CHALLENGE if self._org.settings.pkce_required else None
        sound = method in (None, "", "S256") and _CHALLENGE.fullmatch(challenge)
        return None if sound else "invalid code challenge"

    def by_code(self, client: str, code: str, redirect_uri: str, verifier: str | None) -> Issued:
        with self._lock:
            held = self._codes.pop(code, None)
            if held is None or held.client != client or self._clock.now() - held.issued > CODE_LIFE:
                raise OAuthError("invalid_grant", "expired authorization code")
            if held.redirect_uri != redirect_uri:
                raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
            _check_verifier(held.challenge, verifier)
            issued = self._issue(held.user, client, self._granted(held) if held.lasting else None, held.scope)
            return replace(issued, nonce=held.nonce)

    def _granted(self, code: Code) -> str:
        grant = secrets.token_hex(8)
        self._grants[grant] = Grant(code.user, code.client, _refresh_token(), scope=code.scope)
        self._end_the_oldest(code.user, code.client)
        return grant

    def _end_the_oldest(self, user: str, client: str) -> None:
        mine = [key for key, grant in self._grants.items() if (grant.user, grant.client) == (user, client)]
        for key in mine[:-MOST_GRANTS]:
            self._revoke(key)

    def by_refresh(self, client: str, refresh: str) -> Issued:
        with self._lock:
            for key, grant in self._grants.items():
                if refresh in grant.spent:
                    self._revoke(key)
                    break
                if refresh == grant.current and grant.client == client:
                    grant.spent.append(refresh)
                    grant.current = _refresh_token()
                    return self._issue(grant.user, client, key, grant.scope)
        raise OAuthError("invalid_grant", "expired access/refresh token")

    def _issue(self, user: str, client: str, grant: str | None, scope: str) -> Issued:
        now = self._clock.now()
        access = f"{self._org.organization['Id'][:15]}!{secrets.token_urlsafe(48)}"
        self._sessions[access] = Session(user, client, now, grant, scope)
        refresh = self._grants[grant].current if grant else None
        return Issued(access, refresh, user, client, now, scope)

    def move(self, users: Callable[[str], str]) -> None:
        """Hand everything over to other ids of the same people, as a story told anew has them."""
        with self._lock:
            self._codes = {key: replace(code, user=users(code.user)) for key, code in self._codes.items()}
            self._sessions = {key: replace(held, user=users(held.user)) for key, held in self._sessions.items()}
            self._grants = {key: replace(grant, user=users(grant.user)) for key, grant in self._grants.items()}

    # Using and ending

    def session(self, access: str) -> Session | None:
        """The living session of an access token."""
        with self._lock:
            found = self._sessions.get(access)
            if found is None or self._clock.now() >= self.expires(found):
                return None
            return found

    def refreshable(self, refresh: str, client: str) -> Grant | None:
        """The grant whose living refresh token this is; looking uses nothing up."""
        with self._lock:
            mine = (grant for grant in self._grants.values() if grant.current == refresh and grant.client == client)
            return next(mine, None)

    def expires(self, session: Session) -> datetime:
        return session.issued + timedelta(seconds=self._org.settings.session_life)

    def revoke(self, token: str, kind: str | None = None) -> None:
        """End a session, or a grant with all its sessions.

        With `shared_sessions`, who ends a session ends it for all that signed in alike (SalesforcePy #56).
        """
        if kind not in (None, "access_token", "refresh_token"):
            raise OAuthError("unsupported_token_type", "this token type is not supported")
        with self._lock:
            ended = self._sessions.pop(token, None)
            if ended is not None:
                if self._org.settings.shared_sessions:
                    self._sessions = {key: held for key, held in self._sessions.items() if not held.shares(ended)}
                return
            for key, grant in self._grants.items():
                if token == grant.current:
                    self._revoke(key)
                    return
        raise OAuthError("invalid_token", "invalid token: token")

    def _revoke(self, grant: str) -> None:
        del self._grants[grant]
        self._sessions = {key: held for key, held in self._sessions.items() if held.grant != grant}

    # Keeping connections over a restart

    def snapshot(self) -> dict[str, Any]:
        with self._lock:
            sessions = {
                key: {**asdict(held), "issued": held.issued.isoformat()} for key, held in self._sessions.items()
            }
            return {"sessions": sessions, "grants": {key: asdict(grant) for key, grant in self._grants.items()}}

    def restore(self, saved: Mapping[str, Any]) -> None:
        with self._lock:
            self._grants = {key: Grant(**grant) for key, grant in saved["grants"].items()}
            self._sessions = {
                key: Session(**{**held, "issued": datetime.fromisoformat(held["issued"])})
                for key, held in saved["sessions"].items()
            }


def _refresh_token() -> str:
    return f"5Aep861{secrets.token_urlsafe(48)}"


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    if challenge is None:
        return
    if not verifier:
        raise OAuthError("invalid_grant", "code verifier is required")
    digest = hashlib.sha256(verifier.encode()).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge.rstrip("="):
        raise OAuthError("invalid_request", "invalid code verifier")
