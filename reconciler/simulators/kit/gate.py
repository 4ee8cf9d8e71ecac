"""The WSGI layer in front of a twin: counts calls and carries faults out.

It knows no vendor.  Calls of the control interface and of the person's window pass through untouched.
"""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from reconciler.simulators.kit.calls import Call, Calls
from reconciler.simulators.kit.fault import Effect
from reconciler.simulators.kit.faults import Faults
from reconciler.simulators.kit.twin import Refused, Twin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

UNTOUCHED = ("/_sim/", "/window/", "/favicon.ico")
HTML_IN_PLACE_OF_JSON = (
    b"<!doctype html><html><head><title>One moment</title></head><body>We are setting things up...</body></html>"
)

Dress = Callable[["WSGIEnvironment", Effect, Response], Response]
"""What a vendor makes of an answer that a fault decided, before it goes out."""


class _Verbatim(Response):
    """An answer whose headers go out as the app made them: the framework would add some, and spare a 304 others."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        return self.headers


class Gate:
    """`app.wsgi_app = Gate(app.wsgi_app, ...)`.

    `auth` and `uncounted` are path prefixes: calls there can be faulted, but the first count as sign-in and the second
    not at all.  `dress` sees every answer that a fault decided.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        twin: Twin,
        routes: Map,
        faults: Faults,
        calls: Calls,
        auth: tuple[str, ...],
        uncounted: tuple[str, ...],
        dress: Dress,
    ) -> None:
        self._app, self._twin, self._routes, self._faults, self._calls = app, twin, routes, faults, calls
        self._auth, self._uncounted, self._dress = auth, uncounted, dress

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._let_in(environ, start_response)
        except HTTPException as error:  # a Host that is no name is found out before any handler of the app
            return error(environ, start_response)

    def _let_in(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._twin.later.run_due()
        path: str = environ["PATH_INFO"]
        if path == "/" or path.startswith(UNTOUCHED):
            return self._app(environ, start_response)
        effects = self._faults.meet(environ["REQUEST_METHOD"], path)
        if not effects and not self._twin.latency_ms:
            return self._straight(environ, start_response)
        return self._faulted(environ, start_response, effects)

    def _straight(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def counted(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            self._count(environ, int(status[:3]), "")
            return start_response(status, headers, exc_info)

        return self._app(environ, counted)

    def _faulted(
        self, environ: WSGIEnvironment, start_response: StartResponse, effects: list[Effect]
    ) -> Iterable[bytes]:
        fault = ", ".join(effect.name for effect in effects)
        time.sleep((self._twin.latency_ms + sum(effect.delay for effect in effects)) / 1000)
        self._edit(effects, "before")
        answer = self._answer(environ, effects)
        self._edit(effects, "after")
        time.sleep(sum(effect.delay_after for effect in effects) / 1000)
        if answer is None or any(effect.drop_after for effect in effects):
            self._count(environ, 0, fault)
            cut(environ)
        self._count(environ, answer.status_code, fault)
        if any(effect.truncate for effect in effects):
            return _half(environ, start_response, answer)
        return answer(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, effects: list[Effect]) -> Response | None:
        """The first effect that replaces the answer decides it; otherwise the twin does.  None: the call was lost."""
        decisive = next((each for each in effects if each.decides), None)
        if decisive is not None and decisive.loses:
            if decisive.slow_commit is not None and not decisive.drop_before:
                self._commit_later(environ, decisive.slow_commit)
            return None
        answer = self._process(environ) if decisive is None else _response(decisive)
        if any(effect.html for effect in effects):
            answer = Response(HTML_IN_PLACE_OF_JSON, decisive.status if decisive else 200, mimetype="text/html")
        for effect in effects:
            if effect is decisive or not effect.decides:
                answer.headers.update(effect.headers)
        if decisive is not None:
            answer = self._dress(environ, decisive, answer)
        if any(effect.cut_short for effect in effects):
            answer.set_data(answer.get_data()[: len(answer.get_data()) // 2])
        return answer

    def _process(self, environ: WSGIEnvironment) -> Response:
        body, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        answer = _Verbatim(b"".join(body), status=status)
        answer.headers = headers
        return answer

    def _commit_later(self, environ: WSGIEnvironment, seconds: float) -> None:
        """Take the call in, and carry it out when nobody waits for it any more."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        kept = {key: value for key, value in environ.items() if key != "werkzeug.socket"}
        kept["wsgi.input"] = io.BytesIO(body)
        self._twin.later.at(self._twin.clock.now() + timedelta(seconds=seconds), lambda: self._process(kept))

    def _edit(self, effects: list[Effect], when: str) -> None:
        for effect in effects:
            if effect.edit is not None and effect.when == when:
                self._edit_one(effect.edit)

    def _edit_one(self, edit: Mapping[str, Any]) -> None:
        """An edit that the screens do not allow leaves the call alone, and shows among the calls."""
        try:
            self._twin.edit(edit)
        except Refused:
            self._calls.note(Call(self._twin.clock.now(), "EDIT", "/_sim/edit", 400, "the edit was refused"))

    def _count(self, environ: WSGIEnvironment, status: int, fault: str) -> None:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self._calls.note(Call(self._twin.clock.now(), method, path, status, fault))
        if path.startswith(self._auth):
            self._calls.count_auth()
        elif not path.startswith(self._uncounted):
            self._calls.count(method, self._template(environ), status)

    def _template(self, environ: WSGIEnvironment) -> str:
        """The route's rule: the path with ids and versions taken out."""
        adapter = self._routes.bind_to_environ(environ)
        try:
            rule, _ = adapter.match(return_rule=True)
        except MethodNotAllowed as error:
            rule, _ = adapter.match(return_rule=True, method=next(iter(error.valid_methods or ["GET"])))
        except HTTPException:
            return "(no such path)"
        return str(rule.rule)


def cut(environ: WSGIEnvironment) -> NoReturn:
    """Close the connection without a word; under a test client, which has none, raise what the caller would see."""
    connection: socket.socket | None = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("the simulator dropped this call")


def _response(effect: Effect) -> Response:
    text = effect.body if isinstance(effect.body, str) else json.dumps(effect.body, separators=(",", ":"))
    content_type = "text/plain" if isinstance(effect.body, str) else "application/json;charset=UTF-8"
    answer = Response("" if effect.body is None else text, status=effect.status, content_type=content_type)
    if not answer.get_data():
        del answer.headers["Content-Type"]
    return answer


def _half(environ: WSGIEnvironment, start_response: StartResponse, answer: Response) -> Iterator[bytes]:
    """Promise the whole length, send half of it, and hang up."""
    body = answer.get_data()
    answer.headers["Content-Length"] = str(len(body))
    start_response(answer.status, list(answer.headers))
    yield body[: len(body) // 2]
    cut(environ)
