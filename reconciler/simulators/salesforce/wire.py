"""How every REST answer looks, and how a request body is read.  Shared by the routes; holds no state."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Blueprint, Response, g, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from reconciler.simulators.kit.letters import read_json
from reconciler.simulators.salesforce.errors import ApiError, SeveralFound, no_row, no_such_resource
from reconciler.simulators.salesforce.writing import Author

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JSON = "application/json;charset=UTF-8"
_ZIPPED = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
LARGEST_BODY = 64 * 1024 * 1024
WITHIN = "concord.within_composite"
"""Marks the environ of a subrequest, which is neither counted nor told the limits."""
ALLOWS_DUPLICATES = 52.0
"""Before this version nobody hears the header that allows duplicates."""


def route(blueprint: Blueprint, methods: str, path: str, view: Callable[..., Response]) -> None:
    """Hang a view on a path; views of different groups may share a name."""
    blueprint.add_url_rule(path, view.__qualname__.replace(".", "_"), view, methods=methods.split())


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=status, content_type=JSON, headers=dict(headers or {}))


def nothing(status: int = 204) -> Response:
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


class _Unchanged(Response):
    """A 304 that keeps Last-Modified, which the framework would take out and the vendor sends."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        return Headers({**super().get_wsgi_headers(environ), **dict(self.headers)})


def unchanged(headers: Mapping[str, str]) -> Response:
    response = _Unchanged(status=304, headers=dict(headers))
    del response.headers["Content-Type"]
    return response


def refused(error: ApiError) -> Response:
    first = error.entry()
    if error.sent is not None:
        first["message"] += f" at {_place(request.get_data(as_text=True), error.sent)}"
    return answer([first, *(each.entry() for each in error.others)], error.status)


def _place(text: str, part: str) -> str:
    at = max(0, text.find(part))
    return f"[line:{text.count(chr(10), 0, at) + 1}, column:{at - text.rfind(chr(10), 0, at)}]"


def several_found(several: SeveralFound) -> Response:
    return answer(several.addresses, 300)


def too_deep(_error: RecursionError) -> Response:
    """Of a query or a body that is nested deeper than anybody means."""
    return refused(ApiError("QUERY_TOO_COMPLICATED", "The request is nested too deeply."))


def refused_by_router(error: HTTPException) -> Response:
    if isinstance(error, MethodNotAllowed):
        allowed = ",".join(sorted(set(error.valid_methods or ()) - {"OPTIONS"}))
        message = f"HTTP Method '{request.method}' not allowed. Allowed are {allowed}"
        return refused(ApiError("METHOD_NOT_ALLOWED", message, status=405))
    if error.code == 404:
        return refused(no_such_resource())
    return refused(ApiError("UNKNOWN_EXCEPTION", error.description or error.name, status=error.code or 500))


def row() -> dict[str, Any]:
    """The one record sent."""
    found = _parsed()
    if not isinstance(found, dict):
        raise no_row()
    return found


def body() -> dict[str, Any]:
    """The JSON object sent; anything else is refused as the vendor's parser does."""
    found = _parsed()
    if not isinstance(found, dict):
        raise ApiError("JSON_PARSER_ERROR", "Unexpected token: a JSON object is expected at [line:1, column:1]")
    return found


def _parsed() -> Any:
    sent = _unpacked(request.get_data())
    if not sent:
        message = "The HTTP entity body is required, but this request has no entity body."
        raise ApiError("JSON_PARSER_ERROR", message)
    if not request.is_json:
        message = f"Content is in unsupported media type format {request.mimetype or '(none)'}"
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", message, status=415)
    try:
        return read_json(sent)
    except json.JSONDecodeError as error:
        place = f"at [line:{error.lineno}, column:{error.colno}]"
        letter = error.doc[error.pos : error.pos + 1]
        what = f"Unexpected character ('{letter}' (code {ord(letter)}))" if letter else "Unexpected end-of-input"
        raise ApiError("JSON_PARSER_ERROR", f"{what} {place}") from error
    except ValueError as error:
        raise ApiError("JSON_PARSER_ERROR", "Invalid UTF-8 in the body") from error


def _unpacked(sent: bytes) -> bytes:
    """A body may come compressed."""
    bits = _ZIPPED.get(request.headers.get("Content-Encoding", "").lower())
    if bits is None:
        return sent
    unzip = zlib.decompressobj(bits)
    try:
        found = unzip.decompress(sent, LARGEST_BODY)
    except zlib.error as error:
        raise ApiError("JSON_PARSER_ERROR", f"The body is not compressed as its header says: {error}") from error
    if not unzip.eof:
        raise ApiError("JSON_PARSER_ERROR", "The compressed body breaks off, or swells beyond all measure")
    return found


def key_in_path() -> str:
    """The key of /sobjects/<name>/<field>/<key>, in which only an encoded slash is one: routing decodes too early.

    A slash at the end of the path belongs to no key.
    """
    _, _, steps = urlsplit(request.environ["REQUEST_URI"]).path.partition("/sobjects/")
    found = steps.removesuffix("/").split("/")
    try:
        (_name, _field, key) = found
        return unquote_to_bytes(key.encode("latin-1")).decode()
    except ValueError as error:  # more steps than that, or bytes that are no text
        raise no_such_resource() from error


def all_or_none(asked: Any) -> bool:
    """A flag of the call, which may be written as text."""
    return str(asked).lower() == "true"


def author() -> Author:
    """The caller, whether it asked to save in spite of rules that only alert, and to see what they found."""
    version = str((request.view_args or {})["version"])
    if float(version) < ALLOWS_DUPLICATES:
        return Author(g.user)
    options = request.headers.get("Sforce-Duplicate-Rule-Header", "").replace(" ", "").lower().split(";")
    details_of = version if "includerecorddetails=true" in options else None
    return Author(g.user, allow_duplicates="allowsave=true" in options, details_of=details_of)
