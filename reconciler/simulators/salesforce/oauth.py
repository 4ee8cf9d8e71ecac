"""The sign-in endpoints: token, revoke, introspect, userinfo, identity; authorize is in `consent`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from reconciler.simulators.kit.signing import key_set
from reconciler.simulators.salesforce import wire
from reconciler.simulators.salesforce.consent import Consent
from reconciler.simulators.salesforce.tokens import OF_THE_API, SCOPES, Issued, OAuthError, Session
from reconciler.simulators.salesforce.twin import SalesforceTwin
from reconciler.simulators.salesforce.values import Record
from reconciler.simulators.salesforce.who import as_claims, as_identity, id_token, identity_url
from reconciler.simulators.scenarios.identity import with_checksum

BY_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
FORM = "application/x-www-form-urlencoded"
_ENDPOINTS = {
    "authorization": "authorize", "token": "token", "revocation": "revoke", "introspection": "introspect",
    "userinfo": "userinfo",
}  # fmt: skip


def oauth(twin: SalesforceTwin) -> Blueprint:
    blueprint = Blueprint("oauth", __name__)
    routes, consent = OAuth(twin), Consent(twin)
    blueprint.register_error_handler(OAuthError, _refused)
    blueprint.post("/services/oauth2/token")(routes.token)
    blueprint.get("/services/oauth2/token")(not_by_get)
    blueprint.get("/services/oauth2/authorize")(consent.ask)
    blueprint.post("/services/oauth2/authorize")(consent.decide)
    blueprint.route("/services/oauth2/revoke", methods=["GET", "POST"])(routes.revoke)
    blueprint.post("/services/oauth2/introspect")(routes.introspect)
    blueprint.route("/services/oauth2/userinfo", methods=["GET", "POST"])(routes.userinfo)
    blueprint.get("/id/<organization>/<user>")(routes.identity)
    blueprint.get("/id/keys")(lambda: wire.answer(key_set()))
    blueprint.get("/.well-known/openid-configuration")(discovery)
    return blueprint


def not_by_get() -> Response:
    raise OAuthError("invalid_request", "must use HTTP POST")


def discovery() -> Response:
    """Where the sign-in endpoints are, and the key by which an id_token is checked."""
    base, service = _own_url(), f"{_own_url()}/services/oauth2"
    places = {f"{name}_endpoint": f"{service}/{path}" for name, path in _ENDPOINTS.items()}
    return wire.answer({
        "issuer": base, "jwks_uri": f"{base}/id/keys", **places, "scopes_supported": sorted(SCOPES),
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    })  # fmt: skip


class OAuth:
    """Reads forms, answers JSON; the rules are those of `Tokens`."""

    def __init__(self, twin: SalesforceTwin) -> None:
        self._twin = twin

    def token(self) -> Response:
        if not request.form.get("grant_type"):
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        if request.form.get("grant_type") == BY_ASSERTION:
            self._refuse_assertion(request.form.get("assertion", ""))
        client, secret = _credentials()
        self._twin.tokens.check_client(client, secret, secretless=request.form.get("grant_type") == "refresh_token")
        return wire.answer(self._answer(self._issued(client)))

    def _issued(self, client: str) -> Issued:
        form, tokens = request.form, self._twin.tokens
        match form.get("grant_type"):
            case "client_credentials":
                return tokens.by_credentials(client)
            case "authorization_code":
                verifier = form.get("code_verifier")
                return tokens.by_code(client, form.get("code", ""), form.get("redirect_uri", ""), verifier)
            case "refresh_token":
                return tokens.by_refresh(client, form.get("refresh_token", ""))
            case "password":
                raise OAuthError("invalid_grant", "authentication failure")  # blocked in every new organisation
            case _:
                raise OAuthError("unsupported_grant_type", "grant type not supported")

    def _refuse_assertion(self, assertion: str) -> NoReturn:
        """Nobody has approved an application beforehand here; whom a JWT names and is meant for is looked at first."""
        claims = _claims(assertion)
        if not self._twin.tokens.knows_client(str(claims.get("iss"))):
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if claims.get("aud") not in (*AUDIENCES, _own_url()):
            raise OAuthError("invalid_grant", "Audience validation failed")
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")

    def _answer(self, issued: Issued) -> dict[str, str]:
        """The answer has no `expires_in`: how long a session lives is the organisation's own affair."""
        stamp = str(_milliseconds(issued.issued))
        identity = self._identity_url(issued.user)
        secret = self._twin.tokens.secret_of(issued.client)
        digest = hmac.digest(secret.encode(), (identity + stamp).encode(), hashlib.sha256)
        found = {
            "access_token": issued.access,
            "signature": base64.b64encode(digest).decode(),
            "scope": issued.scope,
            "instance_url": _own_url(),
            "id": identity,
            "token_type": "Bearer",
            "issued_at": stamp,
        }
        if "openid" in issued.scope.split():
            found["id_token"] = id_token(_own_url(), identity, issued)
        return found | ({"refresh_token": issued.refresh} if issued.refresh else {})

    def revoke(self) -> Response:
        """Its refusals are forms, as jsforce reads them, unless JSON is asked for."""
        try:
            self._twin.tokens.revoke(request.values.get("token", ""), request.values.get("token_type_hint"))
        except OAuthError as error:
            if request.accept_mimetypes.best_match([FORM, "application/json"]) == "application/json":
                raise
            told = urlencode({"error": error.error, "error_description": error.description})
            return Response(told, 400, content_type=FORM)
        return Response("", 200)

    def introspect(self) -> Response:
        client, secret = _credentials()
        tokens = self._twin.tokens
        tokens.check_client(client, secret)
        token = request.form.get("token", "")
        grant = tokens.refreshable(token, client)
        if grant is not None:
            shown = {"scope": grant.scope, "client_id": client, "sub": self._identity_url(grant.user)}
            return wire.answer({"active": True, "token_type": "refresh_token"} | shown)
        session = tokens.session(token)
        if session is None:
            return wire.answer({"active": False})
        issued = _milliseconds(session.issued) // 1000
        user = self._twin.org.tables["User"].get(session.user) or {}
        return wire.answer({
            "active": True, "scope": session.scope, "client_id": session.client,
            "username": user.get("Username"), "sub": self._identity_url(session.user), "token_type": "access_token",
            "iat": issued, "nbf": issued, "exp": _milliseconds(tokens.expires(session)) // 1000,
        })  # fmt: skip

    def userinfo(self) -> AnyResponse:
        session = self._session()
        if session is None:
            return _forbidden()
        return wire.answer(as_claims(_own_url(), self._organization(), self._user(session.user)))

    def identity(self, organization: str, user: str) -> AnyResponse:
        """Of the person signed in, or of a colleague to a session that may call the API."""
        session, shown = self._session(), self._user(_whole_id(user))
        own = session is not None and session.user == shown.get("Id")
        if session is None or not shown or not (own or OF_THE_API & set(session.scope.split())):
            return _forbidden()
        if _whole_id(organization) != self._organization():
            return _forbidden()
        version = request.args.get("version", "")
        return wire.answer(as_identity(_own_url(), self._organization(), shown, version, asserted=own))

    def _session(self) -> Session | None:
        token = bearer(request.headers.get("Authorization", "")) or request.values.get("oauth_token", "")
        return self._twin.tokens.session(token)

    def _user(self, key: str) -> Record:
        return self._twin.org.tables["User"].get(key) or {}

    def _organization(self) -> str:
        return str(self._twin.org.organization["Id"])

    def _identity_url(self, user: str) -> str:
        return identity_url(_own_url(), self._organization(), user)


def bearer(header: str) -> str:
    """The token of an Authorization header; the vendor takes `Bearer` and the older `OAuth`."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "oauth") else ""


def _credentials() -> tuple[str, str]:
    """Of the application: from the form, or from a Basic header."""
    header = request.headers.get("Authorization", "")
    if header.lower().startswith("basic "):
        try:
            client, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
        except ValueError as error:
            raise OAuthError("invalid_client", "invalid client credentials") from error
        return client, secret
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


def _claims(assertion: str) -> dict[str, Any]:
    """What a JWT claims; its signature is nobody's business where none is accepted."""
    part = assertion.split(".")[1] if assertion.count(".") == 2 else ""
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise OAuthError("invalid_grant", "invalid assertion")
    return found


def _refused(error: OAuthError) -> Response:
    return wire.answer({"error": error.error, "error_description": error.description}, 400)


def _forbidden() -> AnyResponse:
    given = request.headers.get("Authorization") or request.values.get("oauth_token")
    why = "Bad_OAuth_Token" if given else "Missing_OAuth_Token"
    return Response(why, 403, content_type="text/html; charset=UTF-8")


def _whole_id(text: str) -> str:
    """An id in a path, which may lack its last three characters."""
    return with_checksum(text) if len(text) == 15 else text


def _own_url() -> str:
    return request.host_url.rstrip("/")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
