"""The WSGI layer before everything else: letter case of paths, how many calls are under way, and an id for answers."""

from __future__ import annotations

import re
import threading
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

IN_FLIGHT, AS_SENT = "xero.in_flight", "xero.path"
API = "/api.xro/2.0"

_SPELLINGS = {word.lower(): word for word in ("Contacts", "ContactGroups", "Organisation", "Actions", "History")}


class Front:
    """Outermost, so that faults, counts and routes all see one spelling of a path."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._flying: Counter[str] = Counter()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[AS_SENT] = environ["PATH_INFO"]
        environ["PATH_INFO"] = canonical(environ["PATH_INFO"])
        if environ["PATH_INFO"].startswith(API):
            return self._counted(environ, _traced(start_response))
        connections = environ["PATH_INFO"].startswith("/connections")
        return self._app(environ, _traced(start_response) if connections else start_response)

    def under_way(self) -> int:
        with self._lock:
            return self._flying.total()

    def _counted(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        """A generator, so that a call counts as under way until its last byte is sent."""
        tenant = environ.get("HTTP_XERO_TENANT_ID", "").strip().lower()
        with self._lock:
            self._flying[tenant] += 1
            environ[IN_FLIGHT] = self._flying[tenant]
        try:
            yield from self._app(environ, start_response)
        finally:
            with self._lock:
                self._flying[tenant] -= 1


def _traced(start_response: StartResponse) -> StartResponse:
    """Every answer carries the id that the vendor asks for when something is amiss (xero-python #116)."""

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        return start_response(status, [*headers, ("Xero-Correlation-Id", str(uuid.uuid4()))], exc_info)

    return start


def canonical(path: str) -> str:
    """The vendor minds neither the case of resource names nor a last slash, and the SDK asks for /Connections."""
    if re.match("/connections(/|$)", path, re.IGNORECASE):
        return "/connections" + path[len("/connections") :]
    if not re.match(r"/api\.xro/2\.0(/|$)", path, re.IGNORECASE):
        return path
    asked = path[len(API) :]
    rest = (asked if asked.endswith("//") else asked.removesuffix("/")).split("/")
    if rest[1:2] and rest[1].lower() == "organisations":
        rest[1] = "Organisation"
    return "/".join([API + rest[0], *(_SPELLINGS.get(part.lower(), part) for part in rest[1:])])
