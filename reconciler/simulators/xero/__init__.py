"""Xero as a local service: the organisations of one user, the app connected to them, a window for the person.

State first (`contact`, `book`, `rules`, `writing`, `listing`, `where`, `screens`, `tokens`, `quota`, `idempotency`,
`settings`, joined in `company` and `twin`), which knows no HTTP; then the wire (`shape`, `answers`, `xml`,
`xml_answers`, `front`, `guard`, `faulted`) and the routes (`contacts`, `groups`, `organisation`, `identity`,
`consent`, `window`), which keep nothing.
"""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.wrappers import Response as Answer

from reconciler.simulators.kit import Clock, fit
from reconciler.simulators.xero import answers, consent, contacts, groups, identity, organisation, window
from reconciler.simulators.xero.faulted import dress
from reconciler.simulators.xero.front import API, Front
from reconciler.simulators.xero.guard import Guard
from reconciler.simulators.xero.switches import SWITCHES
from reconciler.simulators.xero.twin import XeroTwin

__all__ = ["XeroTwin", "create_app"]


def create_app(
    scenario: str = "empty", records: int = 0, seed: int = 1, *, clock: Clock | None = None
) -> tuple[Flask, XeroTwin]:
    twin = XeroTwin(clock=clock)
    twin.reset(scenario, records, seed)
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False
    guard = Guard(twin)
    for blueprint in (
        contacts.routes(guard),
        groups.routes(guard),
        organisation.routes(guard),
        identity.routes(twin),
        consent.routes(twin),
    ):
        app.register_blueprint(blueprint)
    rig = fit(
        app,
        twin,
        auth=("/connect/", "/identity/"),
        uncounted=("/connections", "/.well-known/"),
        switches=SWITCHES,
        dress=dress(app, twin, guard),
    )
    app.register_blueprint(window.pages(twin, rig))
    app.register_error_handler(404, lambda _: _outside(guard, answers.not_found()))
    app.register_error_handler(405, lambda error: _outside(guard, answers.not_implemented(), error.get_response()))
    app.register_error_handler(RecursionError, _too_deep)
    app.wsgi_app = Front(app.wsgi_app)  # type: ignore[method-assign]
    return app, twin


def _too_deep(_error: Exception) -> Response:
    return answers.unreadable("The request is nested too deeply.")


def _outside(guard: Guard, answer: Response, elsewhere: Answer | None = None) -> Answer:
    """Where nothing is the vendor still asks for a token first, and counts the call."""
    return guard("", lambda _: answer) if request.path.startswith(f"{API}/") else elsewhere or answer
