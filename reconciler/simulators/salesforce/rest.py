"""The REST API: who may call it, and which routes it has.  The routes themselves are in their own modules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from reconciler.simulators.salesforce import wire
from reconciler.simulators.salesforce.bulk_rows import add_collections
from reconciler.simulators.salesforce.composite import add_composite
from reconciler.simulators.salesforce.elsewhere import add_bulk_refusal, elsewhere
from reconciler.simulators.salesforce.errors import ApiError, SeveralFound, no_such_resource
from reconciler.simulators.salesforce.metadata import OLDEST_VERSION, SUPPORTED, add_metadata, versions
from reconciler.simulators.salesforce.oauth import bearer
from reconciler.simulators.salesforce.queries import add_queries
from reconciler.simulators.salesforce.rows import add_rows
from reconciler.simulators.salesforce.switches import SWITCHES
from reconciler.simulators.salesforce.tokens import OF_THE_API
from reconciler.simulators.salesforce.twin import SalesforceTwin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST_URL = 16_384
ROOT = "/services/data"
COLLECTIONS_SINCE = 42.0
_OTHER_METHOD = re.compile(r"(?:^|&)_HttpMethod=(PATCH|DELETE|PUT)(?:&|$)", re.IGNORECASE)


def add_rest(app: Flask, twin: SalesforceTwin) -> None:
    """Hang the API on an app; composite subrequests go through the app as it is now, without the gate in front."""
    inner: WSGIApplication = _by_other_method(app.wsgi_app)
    app.wsgi_app = inner  # type: ignore[assignment]
    blueprint = Blueprint("rest", __name__, url_prefix=f"{ROOT}/v<version>")
    add_metadata(blueprint, twin)
    add_queries(blueprint, twin)
    add_rows(blueprint, twin)
    add_collections(blueprint, twin)
    add_composite(blueprint, twin, inner)
    add_bulk_refusal(blueprint)
    app.register_blueprint(blueprint)
    app.register_blueprint(elsewhere(twin))
    app.add_url_rule(ROOT, "versions", lambda: wire.answer(versions()), methods=["GET"])
    app.register_error_handler(ApiError, wire.refused)
    app.register_error_handler(SeveralFound, wire.several_found)
    app.register_error_handler(RecursionError, wire.too_deep)
    app.register_error_handler(HTTPException, wire.refused_by_router)
    door = _Door(twin)
    app.before_request(door.let_in)
    app.after_request(door.tell_limits)


class _Door:
    """What stands before every data call: a living session that is for the API, an API that is on, calls left."""

    def __init__(self, twin: SalesforceTwin) -> None:
        self._twin = twin

    def let_in(self) -> Response | None:
        if not _is_data_call():
            return None
        session = self._twin.tokens.session(bearer(request.headers.get("Authorization", "")))
        if session is None:
            return _no_session()
        if OF_THE_API.isdisjoint(session.scope.split()):
            told = SWITCHES["session_not_for_rest"].do
            return wire.answer(told["body"], told["status"])
        g.user = session.user
        self._twin.empty_bin()
        if not self._twin.org.settings.api_enabled:
            message = "The REST API is not enabled for this Organization."
            raise ApiError("API_DISABLED_FOR_ORG", message, status=403)
        _check_version()
        if not self._knows((request.view_args or {}).get("name")):
            raise no_such_resource()
        if not _takes_json(request.headers.get("Accept", "")):
            return wire.nothing(406)
        if wire.WITHIN not in request.environ:
            if len(request.full_path) > LONGEST_URL:
                raise ApiError("URI_TOO_LONG", "The request URI is too long", status=414)
            self._twin.quota.spend()
        return None

    def _knows(self, name: str | None) -> bool:
        """Whether an object that a path names is there for the caller."""
        return name is None or name.lower() in map(str.lower, self._twin.org.visible)

    def tell_limits(self, response: Response) -> Response:
        if _is_data_call() and wire.WITHIN not in request.environ and response.status_code != 401:
            used, most = self._twin.quota.used, self._twin.org.settings.day_limit
            response.headers["Sforce-Limit-Info"] = f"api-usage={used}/{most}"
        return response


def _by_other_method(app: WSGIApplication) -> WSGIApplication:
    """A client that knows no PATCH says so by POST, with `?_HttpMethod=PATCH`."""

    def routed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = _OTHER_METHOD.search(environ.get("QUERY_STRING", ""))
        if asked and environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith(f"{ROOT}/v"):
            environ["REQUEST_METHOD"] = asked.group(1).upper()
        return app(environ, start_response)

    return routed


def _no_session() -> Response:
    """Told in JSON, unless the call speaks of another type itself (as django-salesforce has met it).

    A header that holds no token of a known scheme is told apart (restforce #489).
    """
    header = request.headers.get("Authorization")
    if header and not bearer(header):
        return wire.refused(ApiError("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", status=401))
    if request.mimetype in ("", "application/json"):
        return wire.refused(ApiError("INVALID_SESSION_ID", "Session expired or invalid", status=401))
    told = SWITCHES["session_expired_in_xml"].do
    return Response(told["body"], status=told["status"], headers=told["headers"])


def _is_data_call() -> bool:
    return request.path.startswith(f"{ROOT}/v")


def _takes_json(accept: str) -> bool:
    kinds = {each.partition(";")[0].strip().lower() for each in accept.split(",")}
    return not kinds.isdisjoint({"", "*", "*/*", "application/*", "application/json"})


def _check_version() -> None:
    version = request.path.removeprefix(f"{ROOT}/v").partition("/")[0]
    if version in SUPPORTED:
        if request.path.startswith(f"{ROOT}/v{version}/composite/sobjects") and float(version) < COLLECTIONS_SINCE:
            raise no_such_resource()
        return
    if version.replace(".", "", 1).isdigit() and float(version) < float(OLDEST_VERSION):
        raise ApiError("UNSUPPORTED_API_VERSION", f"API version {version} has been retired", status=410)
    raise no_such_resource()
