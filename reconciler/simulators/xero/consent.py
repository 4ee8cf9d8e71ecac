"""A person's consent to the app, and /connections, which lists what it led to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, render_template, request

from reconciler.simulators.xero import answers
from reconciler.simulators.xero.answers import Problem, json_answer
from reconciler.simulators.xero.company import Company
from reconciler.simulators.xero.guard import bearer
from reconciler.simulators.xero.ids import canonical
from reconciler.simulators.xero.tokens import CLIENT_ID, GRANTABLE, IDENTITY_SCOPES
from reconciler.simulators.xero.twin import XeroTwin


def routes(twin: XeroTwin) -> Blueprint:
    blueprint = Blueprint("consent", __name__, template_folder="templates")
    blueprint.register_error_handler(Problem, lambda problem: problem.answer)

    @blueprint.get("/identity/connect/authorize")
    def ask() -> Response | str:
        problem = _authorize_problem(twin, request.args)
        if problem:
            return Response(render_template("xero/consent.html", problem=problem, title="Sorry"), status=400)
        page = render_template(
            "xero/consent.html", title="Connect an app", asked=request.args, companies=[*twin.companies.values()]
        )
        return Response(page)

    @blueprint.post("/identity/connect/authorize")
    def consent() -> Any:
        problem = _authorize_problem(twin, request.form)
        if problem:
            return Response(render_template("xero/consent.html", problem=problem, title="Sorry"), status=400)
        return redirect(_decided(twin, request.form), code=302)

    @blueprint.get("/connections")
    def connections() -> Response:
        with twin.lock:
            event = request.args.get("authEventId", "")
            return _counted(twin, lambda reached: json_answer(_connections(reached, event)))

    @blueprint.delete("/connections/<key>")
    def disconnect(key: str) -> Response:
        with twin.lock:
            return _counted(twin, lambda reached: _disconnected(reached, canonical(key)))

    return blueprint


def allowed_scopes(twin: XeroTwin) -> frozenset[str]:
    return frozenset(twin.current.scopes) or GRANTABLE


def _authorize_problem(twin: XeroTwin, asked: Mapping[str, str]) -> str:
    """Why the consent page cannot be shown; "" if it can."""
    if asked.get("client_id") != CLIENT_ID:
        return "unauthorized_client : Unknown client or client not enabled"
    if not _registered(twin, asked.get("redirect_uri", "")):
        return "unauthorized_client : Invalid redirect_uri (https, or http on localhost; 127.0.0.1 is not accepted)"
    if asked.get("response_type") != "code":
        return "unsupported_response_type : Response type not supported"
    return _scope_problem(twin, asked.get("scope", "").split()) or _challenge_problem(asked)


def _scope_problem(twin: XeroTwin, scope: list[str]) -> str:
    if not scope:
        return "invalid_request : Invalid scope"
    return "" if set(scope) <= allowed_scopes(twin) else "unauthorized_client : Invalid scope for client"


def _challenge_problem(asked: Mapping[str, str]) -> str:
    """An app may go without; what it sends must be as long as a digest at least, and made in the one way there is."""
    if not asked.get("code_challenge"):
        return ""
    if not 43 <= len(asked["code_challenge"]) <= 128:
        return "invalid_request : Invalid code_challenge"
    return "" if asked.get("code_challenge_method") == "S256" else "invalid_request : Transform algorithm not supported"


def _registered(twin: XeroTwin, address: str) -> bool:
    if twin.current.redirect_uris:
        return address in twin.current.redirect_uris
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # no address, or a port that there is not
        return False
    if "*" in host or "#" in address:
        return False
    return (parts.scheme == "https" and host != "") or (parts.scheme == "http" and host == "localhost")


def _decided(twin: XeroTwin, form: Mapping[str, str]) -> str:
    """Where the browser goes: back with a code, or with access_denied.  Who only signs in connects nothing."""
    answer = {"error": "access_denied"}
    if form.get("decision") == "allow":
        with twin.lock:
            event, scope = str(uuid.uuid4()), tuple(form["scope"].split())
            for company in _chosen(twin, form.get("organisation", "")) if set(scope) - IDENTITY_SCOPES else ():
                company.connect(event)
            challenge, nonce = form.get("code_challenge", ""), form.get("nonce", "")
            code = twin.tokens.new_code(scope, form["redirect_uri"], challenge, event, nonce)
        answer = {"code": code, "scope": form["scope"]}
    if form.get("state"):
        answer["state"] = form["state"]
    joint = "&" if urlsplit(form["redirect_uri"]).query else "?"
    return f"{form['redirect_uri']}{joint}{urlencode(answer)}"


def _chosen(twin: XeroTwin, key: str) -> list[Company]:
    """The organisation a person chose to connect; all of them, if none was named."""
    return [company for company in twin.companies.values() if key in ("", company.id)]


def _reached(twin: XeroTwin) -> list[Company]:
    """What the token of this request serves: everything its person has connected, or the one of a machine."""
    access = bearer(twin)
    companies = list(twin.companies.values())
    meant = companies if access.only is None else companies[access.only : access.only + 1]
    return [company for company in meant if company.connected]


def _counted(twin: XeroTwin, work: Callable[[list[Company]], Response]) -> Response:
    """A call about no organisation: known by its token, and held only to the app's minute."""
    reached, verdict = _reached(twin), twin.ask_app()
    answer = answers.too_many(verdict.problem, verdict.retry_after) if verdict.problem else work(reached)
    answer.headers.update(verdict.headers)
    return answer


def _disconnected(companies: list[Company], key: str) -> Response:
    company = next((one for one in companies if one.connection.id == key), None)
    if company is None:
        return answers.not_found()
    company.disconnect()
    return answers.nothing()


def _connections(companies: list[Company], event: str) -> list[dict[str, str]]:
    """`event` narrows them to those of one consent, which the access token names."""
    return [
        {
            "id": company.connection.id,
            "authEventId": company.connection.event,
            "tenantId": company.id,
            "tenantType": "ORGANISATION",
            "tenantName": company.shown()["Name"],
            "createdDateUtc": _seven_digits(company.connection.created),
            "updatedDateUtc": _seven_digits(company.connection.updated),
        }
        for company in companies
        if event.lower() in ("", company.connection.event)
    ]


def _seven_digits(moment: datetime) -> str:
    """Seven digits of a second and no zone, as the vendor writes these two dates only."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0"
