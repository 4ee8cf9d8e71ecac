"""The consent page: an application asks, a person allows or denies, and the application is told."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from flask import redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from reconciler.simulators.salesforce.tokens import OAuthError
from reconciler.simulators.salesforce.twin import SalesforceTwin


class Consent:
    """Both halves of the page: showing it, and what the person decided."""

    def __init__(self, twin: SalesforceTwin) -> None:
        self._twin = twin

    def ask(self) -> AnyResponse | str | tuple[str, int]:
        """The consent page.  Nobody is sent anywhere for a request that names no known application.

        Other mistakes are told to the application (HappySoup.io #252), as a denial is.
        """
        client, redirect_uri = request.args.get("client_id", ""), request.args.get("redirect_uri", "")
        if not self._twin.tokens.knows_client(client):
            return self._page("error=invalid_client_id&error_description=client identifier invalid"), 400
        if not _acceptable(redirect_uri):
            return self._page(
                "error=redirect_uri_mismatch&error_description=redirect_uri must match configuration"
            ), 400
        try:
            self._check_wish()
        except OAuthError as error:
            return _told_to(redirect_uri, error, request.args.get("state"))
        return self._page(None)

    def _check_wish(self) -> None:
        asked = request.args
        if asked.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response type not supported")
        challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
        self._twin.tokens.check_wish(asked.get("scope", ""), challenge, method)
        if asked.get("immediate", "").lower() == "true":  # nobody is ever signed in before this page
            raise OAuthError("immediate_unsuccessful", "user must log in and approve")

    def _page(self, problem: str | None) -> str:
        users = [user["Name"] for user in self._twin.org.tables["User"].all()]
        return render_template(
            "salesforce/consent.html", vendor="Salesforce", title="Allow access?", problem=problem, users=users,
            asked=request.args, organization=self._twin.org.organization["Name"],
        )  # fmt: skip

    def decide(self) -> AnyResponse:
        form = request.form
        redirect_uri, client = form.get("redirect_uri", ""), form.get("client_id", "")
        if not self._twin.tokens.knows_client(client) or not _acceptable(redirect_uri):
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        if form.get("decision") != "allow":
            denied = OAuthError("access_denied", "end-user denied authorization")
            return _told_to(redirect_uri, denied, form.get("state"))
        user = self._twin.org.user_named(form.get("user", ""))
        challenge, scope = form.get("code_challenge") or None, form.get("scope", "")
        try:
            method = form.get("code_challenge_method")
            nonce = form.get("nonce", "")
            code = self._twin.tokens.consent(client, user, redirect_uri, challenge, scope, method, nonce)
        except OAuthError as error:
            return _told_to(redirect_uri, error, form.get("state"))
        state = {"state": form["state"]} if form.get("state") else {}
        return redirect(_with(redirect_uri, {"code": code} | state))


def _acceptable(redirect_uri: str) -> bool:
    """Simulated applications may come back to this machine only, or over TLS."""
    target = urlsplit(redirect_uri)
    return target.scheme == "https" or (target.scheme == "http" and target.hostname in ("localhost", "127.0.0.1"))


def _told_to(redirect_uri: str, error: OAuthError, state: str | None) -> AnyResponse:
    told = {"error": error.error, "error_description": error.description} | ({"state": state} if state else {})
    return redirect(_with(redirect_uri, told))


def _with(url: str, query: dict[str, str]) -> str:
    """The address with more in its query, which comes before a fragment."""
    target = urlsplit(url)
    return target._replace(query="&".join(filter(None, (target.query, urlencode(query))))).geturl()
