"""The vendor's token service: grants, revocation, discovery.

`tokens` keeps and decides; this module checks the client and speaks the wire form.  A token answer has exactly the
vendor's keys, because the SDK passes them on as arguments and fails on any other.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from reconciler.simulators.kit.signing import key_set
from reconciler.simulators.xero import answers
from reconciler.simulators.xero.answers import Problem, json_answer
from reconciler.simulators.xero.consent import allowed_scopes
from reconciler.simulators.xero.guard import bearer
from reconciler.simulators.xero.tokens import (
    CLIENT_ID,
    CLIENT_SECRET,
    GRANTABLE,
    IDENTITY_SCOPES,
    ISSUER,
    MACHINES,
    InvalidGrant,
    Pair,
    identity,
    person,
)
from reconciler.simulators.xero.twin import XeroTwin

_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_FORM = "application/x-www-form-urlencoded"
_HINTS = (None, "", "refresh_token", "access_token")
_NOT_FOR_APPS = ("password", "urn:ietf:params:oauth:grant-type:device_code")
"""Grants that the service knows and no app may use."""


def routes(twin: XeroTwin) -> Blueprint:
    blueprint = Blueprint("identity", __name__, template_folder="templates")
    blueprint.register_error_handler(Problem, lambda problem: problem.answer)

    @blueprint.route("/connect/token", methods=_VERBS)
    def token() -> Response:
        with twin.lock:
            answer = _token(twin)
            answer.headers["Cache-Control"] = "no-store"
            return answer

    @blueprint.post("/connect/revocation")
    def revoke() -> Response:
        with twin.lock:
            return _revoked(twin, request.form)

    @blueprint.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        return json_answer(_discovery(request.url_root.rstrip("/")))

    @blueprint.get("/.well-known/openid-configuration/jwks")
    def keys() -> Response:
        return json_answer(key_set())

    @blueprint.route("/connect/userinfo", methods=["GET", "POST"])
    def userinfo() -> Response:
        with twin.lock:
            return _who(twin)

    return blueprint


def _revoked(twin: XeroTwin, form: Mapping[str, str]) -> Response:
    if request.mimetype not in (_FORM, "multipart/form-data"):
        return answers.bare(415)
    token = form.get("token", "")
    if not _known_client(form, needs_secret=twin.tokens.refresh_needs_secret(token)):
        return _error("invalid_client")
    if not token:
        return _error("invalid_request")
    if form.get("token_type_hint") not in _HINTS:
        return _error("unsupported_token_type")
    if twin.tokens.revoke(token):
        twin.disconnect()
    return Response(status=200)


def _who(twin: XeroTwin) -> Response:
    try:
        scope = bearer(twin).scope
    except Problem:
        return _challenged(401, "invalid_token")
    return json_answer(person(scope)) if "openid" in scope else _challenged(403, "insufficient_scope")


def _challenged(status: int, error: str) -> Response:
    """As the identity service refuses a token: without a word but in a header."""
    answer = answers.bare(status)
    answer.headers["WWW-Authenticate"] = f'Bearer realm="IdentityServer", error="{error}"'
    answer.headers["Cache-Control"] = "no-store, no-cache, max-age=0"
    return answer


def _token(twin: XeroTwin) -> Response:
    form = request.form
    if request.method != "POST" or request.mimetype != _FORM:
        return _error("invalid_request")
    if not _known_client(form, needs_secret=_needs_secret(twin, form)):
        return _error("invalid_client")
    asked = form.get("grant_type", "")
    grant = _GRANTS.get(asked)
    if grant is None:
        return _error("unauthorized_client" if asked in _NOT_FOR_APPS else "unsupported_grant_type")
    try:
        return json_answer(_token_answer(twin, grant(twin, form)))
    except InvalidGrant:
        return _error("invalid_grant")
    except Problem as problem:
        return problem.answer


def _needs_secret(twin: XeroTwin, form: Mapping[str, str]) -> bool:
    """An app that uses PKCE has no secret; it proves itself by the verifier, and refreshes by its id alone."""
    if form.get("grant_type") == "authorization_code":
        return twin.tokens.needs_secret(form.get("code", ""))
    if form.get("grant_type") == "refresh_token":
        return twin.tokens.refresh_needs_secret(form.get("refresh_token", ""))
    return True


def _known_client(form: Mapping[str, str], *, needs_secret: bool) -> bool:
    """By Basic authorisation or by the form: both are in use."""
    client, secret = _named_client(form)
    known = MACHINES if form.get("grant_type") == "client_credentials" else {CLIENT_ID}
    return client in known and (secret == CLIENT_SECRET or (not needs_secret and not secret))


def _named_client(form: Mapping[str, str]) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return client, secret


def _for_machine(twin: XeroTwin, form: Mapping[str, str]) -> Pair:
    allowed = allowed_scopes(twin) - IDENTITY_SCOPES
    scope = tuple(form.get("scope", "").split()) or tuple(sorted(allowed))
    if not set(scope) <= allowed:
        raise Problem(_error("invalid_scope"))
    number = MACHINES[_named_client(form)[0]]
    if number >= len(twin.companies):
        raise Problem(_error("unauthorized_client"))
    return twin.tokens.for_machine(scope, twin.current.token_life, number)


def _for_code(twin: XeroTwin, form: Mapping[str, str]) -> Pair:
    verifier, address = form.get("code_verifier", ""), form.get("redirect_uri", "")
    if not address and twin.tokens.use_up(form.get("code", "")):
        raise Problem(_error("unauthorized_client"))
    return twin.tokens.for_code(form.get("code", ""), address, verifier, twin.current.token_life)


def _for_refresh(twin: XeroTwin, form: Mapping[str, str]) -> Pair:
    if not form.get("refresh_token"):
        raise Problem(_error("invalid_request"))
    return twin.tokens.for_refresh(form["refresh_token"], twin.current.token_life)


_GRANTS: dict[str, Callable[[XeroTwin, Mapping[str, str]], Pair]] = {
    "client_credentials": _for_machine,
    "authorization_code": _for_code,
    "refresh_token": _for_refresh,
}


def _token_answer(twin: XeroTwin, pair: Pair) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "access_token": pair.access_token,
        "expires_in": twin.current.token_life,
        "token_type": "Bearer",
        "scope": " ".join(pair.scope),
    }
    if pair.refresh_token:
        answer["refresh_token"] = pair.refresh_token
    if "openid" in pair.scope:
        answer["id_token"] = identity(pair, twin.clock.now())
    return answer


def _error(code: str) -> Response:
    return json_answer({"error": code}, 400)


def _discovery(base: str) -> dict[str, Any]:
    return {
        "issuer": ISSUER,
        "jwks_uri": f"{base}/.well-known/openid-configuration/jwks",
        "authorization_endpoint": f"{base}/identity/connect/authorize",
        "token_endpoint": f"{base}/connect/token",
        "userinfo_endpoint": f"{base}/connect/userinfo",
        "revocation_endpoint": f"{base}/connect/revocation",
        "response_types_supported": ["code"],
        "grant_types_supported": list(_GRANTS),
        "scopes_supported": sorted(GRANTABLE),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["S256"],
    }
