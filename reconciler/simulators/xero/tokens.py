"""What the vendor's sign-in service remembers: codes, access tokens, refresh tokens and their rotation.

Knows no HTTP and nothing of contacts.  All lives are counted by the twin's clock.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.simulators.kit.signing import signed, url64

CODE_LIFE = timedelta(minutes=5)
GRACE = timedelta(minutes=30)
UNUSED_LIFE = timedelta(days=60)
ID_LIFE = timedelta(minutes=5)
CLIENT_ID, CLIENT_SECRET = "concord", "concord"
MACHINES = {CLIENT_ID: 0, **{f"{CLIENT_ID}-{number + 1}": number for number in range(1, 5)}}
"""Custom connections by client id, each with the number of its organisation; the app that people connect is the first.
"""

IDENTITY_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
GRANTABLE = (
    IDENTITY_SCOPES
    | {
        f"{scope}{suffix}"
        for scope in (
            "contacts",
            "settings",
            "invoices",
            "payments",
            "banktransactions",
            "manualjournals",
            "attachments",
        )
        for scope in (f"accounting.{scope}",)
        for suffix in ("", ".read")
    }
    | {"accounting.budgets.read", "accounting.journals.read"}
    | {
        f"accounting.reports.{report}.read"
        for report in (
            "aged",
            "balancesheet",
            "banksummary",
            "budgetsummary",
            "executivesummary",
            "profitandloss",
            "taxreports",
            "trialbalance",
        )
    }
)
"""What an app registered since March 2026 may ask for: the broad accounting.transactions is not among it."""


class InvalidGrant(ValueError):
    """A code or refresh token that is unknown, used up or too old."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token stands for.  `only`: it is of a custom connection, to the organisation of this number."""

    scope: tuple[str, ...]
    expires: datetime
    only: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """What one grant gives; no refresh token without offline_access."""

    access_token: str
    refresh_token: str | None
    scope: tuple[str, ...]
    event: str = ""
    nonce: str = ""


@dataclass(slots=True)
class _Refresh:
    scope: tuple[str, ...]
    issued: datetime
    family: int
    secretless: bool
    event: str
    superseded: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Code:
    scope: tuple[str, ...]
    redirect_uri: str
    challenge: str
    event: str
    issued: datetime
    nonce: str


class Tokens:
    """Everything issued and not yet forgotten."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, _Refresh] = {}
        self._codes: dict[str, _Code] = {}
        self._families = 0
        self._consented: tuple[str, ...] = ()
        """Scopes add up over a person's consents; only a revocation takes them back."""

    def find(self, token: str) -> Access | None:
        return self._access.get(token)

    def for_machine(self, scope: tuple[str, ...], life: int, only: int) -> Pair:
        return Pair(self._new_access(scope, life, only), None, scope)

    def new_code(self, scope: tuple[str, ...], redirect_uri: str, challenge: str, event: str, nonce: str = "") -> str:
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(scope, redirect_uri, challenge, event, self._now(), nonce)
        return code

    def for_code(self, code: str, redirect_uri: str, verifier: str, life: int) -> Pair:
        """A code works once, for five minutes, for its own address and with the verifier of its challenge, if any."""
        kept = self._codes.pop(code, None)
        if kept is None or self._now() > kept.issued + CODE_LIFE or kept.redirect_uri != redirect_uri:
            raise InvalidGrant
        if (kept.challenge or verifier) and not _meets(kept.challenge, verifier):
            raise InvalidGrant
        self._families += 1
        self._consented = tuple(dict.fromkeys((*self._consented, *kept.scope)))
        pair = self._new_pair(self._consented, self._families, life, kept.event, secretless=bool(kept.challenge))
        return replace(pair, nonce=kept.nonce)

    def use_up(self, code: str) -> bool:
        """Whether the code could still be used; it cannot any more."""
        kept = self._codes.pop(code, None)
        return kept is not None and self._now() <= kept.issued + CODE_LIFE

    def needs_secret(self, code: str) -> bool:
        """Without a challenge the code is a confidential app's, which must show its secret; unknown is nobody's."""
        kept = self._codes.get(code)
        return kept is not None and not kept.challenge

    def for_refresh(self, token: str, life: int) -> Pair:
        """Rotate.  A token that was replaced still works for thirty minutes, because its answer may have been lost."""
        kept = self._refresh.get(token)
        now = self._now()
        if kept is None or now > kept.issued + UNUSED_LIFE:
            raise InvalidGrant
        if kept.superseded is not None and now > kept.superseded + GRACE:
            raise InvalidGrant
        for other in self._refresh.values():
            if other.family == kept.family and other.superseded is None:
                other.superseded = now
        return self._new_pair(kept.scope, kept.family, life, kept.event, secretless=kept.secretless)

    def refresh_needs_secret(self, token: str) -> bool:
        kept = self._refresh.get(token)
        return kept is not None and not kept.secretless

    def revoke(self, token: str) -> bool:
        """End the whole consent that a refresh token belongs to."""
        kept = self._refresh.get(token)
        if kept is None:
            return False
        self._refresh = {key: one for key, one in self._refresh.items() if one.family != kept.family}
        self._consented = ()
        return True

    def dump(self) -> dict[str, Any]:
        """What must outlive a restart: refresh tokens.  An access token is asked for anew."""
        return {
            "families": self._families,
            "consented": list(self._consented),
            "refresh": {
                token: [list(one.scope), _iso(one.issued), one.family, one.secretless, one.event, _iso(one.superseded)]
                for token, one in self._refresh.items()
            },
        }

    def load(self, saved: Mapping[str, Any]) -> None:
        self._families, self._consented = saved["families"], tuple(saved["consented"])
        self._refresh = {
            token: _Refresh(
                tuple(scope), datetime.fromisoformat(issued), family, secretless, event, _moment(superseded)
            )
            for token, (scope, issued, family, secretless, event, superseded) in saved["refresh"].items()
        }

    def _new_pair(self, scope: tuple[str, ...], family: int, life: int, event: str, *, secretless: bool) -> Pair:
        refresh = None
        if "offline_access" in scope:
            refresh = secrets.token_urlsafe(32)
            self._refresh[refresh] = _Refresh(scope, self._now(), family, secretless, event)
        return Pair(self._new_access(scope, life, event=event), refresh, scope, event)

    def _new_access(self, scope: tuple[str, ...], life: int, only: int | None = None, event: str = "") -> str:
        now = self._now()
        expires = now + timedelta(seconds=life)
        claims: dict[str, object] = {"client_id": CLIENT_ID, "scope": list(scope), "jti": secrets.token_hex(16)}
        if only is None:
            claims |= {"sub": USER_ID, "xero_userid": USER_ID, "authentication_event_id": event}
        token = signed({**claims, **issued(now, expires), "aud": "https://identity.xero.com/resources"})
        self._access[token] = Access(scope, expires, only)
        return token


ISSUER = "https://identity.xero.com"
"""The vendor's own name, whatever address this service is reached at."""
USER_ID = "5f4f7f3d-4c1b-4f6e-9d0a-2f6f6f1f0c11"
"""The one person of this twin."""


def issued(now: datetime, expires: datetime) -> dict[str, object]:
    """The claims that every token of the vendor's begins with."""
    start = int(now.timestamp())
    return {"iss": ISSUER, "nbf": start, "iat": start, "exp": int(expires.timestamp())}


def identity(pair: Pair, now: datetime) -> str:
    """An id_token: who signed in, for five minutes, with the nonce of the sign-in it answers."""
    said = {"nonce": pair.nonce} if pair.nonce else {}
    return signed({**issued(now, now + ID_LIFE), "aud": CLIENT_ID, "sid": pair.event, **said, **person(pair.scope)})


def person(scope: tuple[str, ...]) -> dict[str, object]:
    """Who signed in: the name only with `profile`, the address only with `email`."""
    claims: dict[str, object] = {"sub": USER_ID}
    if "profile" in scope:
        named = {"preferred_username": "owner@driftwood.example", "given_name": "Aroha", "family_name": "Drift"}
        claims |= {"xero_userid": USER_ID, **named, "name": "Aroha Drift"}
    if "email" in scope:
        claims["email"] = "owner@driftwood.example"
    return claims


def challenge_of(verifier: str) -> str:
    return url64(hashlib.sha256(verifier.encode()).digest())


def _meets(challenge: str, verifier: str) -> bool:
    return 43 <= len(verifier) <= 128 and challenge_of(verifier) == challenge


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
