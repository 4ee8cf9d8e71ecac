"""The composite resource: up to 25 requests in one call, each carried out through the app's own routes.

One call of the API whatever it holds.  A subrequest that refers to one that failed is not carried out, and with
allOrNone one failure undoes them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from reconciler.simulators.salesforce import wire
from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.twin import SalesforceTwin

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MOST_REQUESTS, MOST_QUERIES = 25, 5
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD")
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d{1,9}\])*)\}")
_QUERY = re.compile(r"/v[\d.]+/(query|queryAll|composite/sobjects)\b")
_NESTED = re.compile(r"/v[\d.]+/composite/?(\?|$)")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_SHOWN_HEADERS = ("Location", "ETag", "Last-Modified")
_HEADERS = "The httpHeaders of a subrequest are names and texts, without Accept, Authorization and Content-Type"
_INHERITED_HEADERS = {"accept", "authorization", "content-type"}
"""Of the whole request; no subrequest has its own (requests_composite)."""


class _RollBackError(Exception):
    """Leaves a transaction that one failed subrequest has spoiled."""


def add_composite(blueprint: Blueprint, twin: SalesforceTwin, inner: WSGIApplication) -> None:
    routes = Composite(twin, inner)
    wire.route(blueprint, "GET", "/composite", routes.listed)
    wire.route(blueprint, "POST", "/composite", routes.run)


class Composite:
    """Runs subrequests one after the other, under the organisation's lock."""

    def __init__(self, twin: SalesforceTwin, inner: WSGIApplication) -> None:
        self._org, self._inner = twin.org, inner

    def listed(self, version: str) -> Response:
        return wire.answer({"sobjects": f"/services/data/v{version}/composite/sobjects"})

    def run(self, version: str) -> Response:
        asked = wire.body()
        parts = _checked(asked.get("compositeRequest"))
        all_or_none = wire.all_or_none(asked.get("allOrNone"))
        results: list[dict[str, Any]] = []
        try:
            with self._org.lock, self._org.transaction():
                self._carry_out(parts, results, all_or_none=all_or_none)
                _spoil_if(all_or_none and any(map(_failed, results)))
        except _RollBackError:
            results = _halted_around_failures(parts, results)
        return wire.answer({"compositeResponse": results})

    def _carry_out(self, parts: list[dict[str, Any]], results: list[dict[str, Any]], *, all_or_none: bool) -> None:
        known: dict[str, dict[str, Any]] = {}
        for part in parts:
            result = self._one(part, known)
            known[part["referenceId"]] = result
            results.append(result)
            if all_or_none and _failed(result):
                return

    def _one(self, part: dict[str, Any], known: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        name = part["referenceId"]
        try:
            filled = {key: _filled(part.get(key), known) for key in ("url", "body", "httpHeaders")}
        except _BadReferenceError as error:
            return _result(name, 400, [_halted(str(error)).entry()], {})
        headers = {key: str(value) for key, value in (filled["httpHeaders"] or {}).items()}
        if not _are_headers(headers):
            return _result(name, 400, [ApiError("INVALID_INPUT", _HEADERS).entry()], {})
        return self._send(name, part["method"], filled["url"], filled["body"], headers)

    def _send(self, name: str, method: str, url: str, sent: Any, headers: dict[str, str]) -> dict[str, Any]:
        builder = EnvironBuilder(
            path=url, method=method, data=None if sent is None else json.dumps(sent), content_type="application/json",
            headers=Headers({"Authorization": request.headers["Authorization"], **headers}), base_url=request.host_url,
        )  # fmt: skip
        environ = builder.get_environ() | {wire.WITHIN: True}
        chunks, status, shown = run_wsgi_app(self._inner, environ, buffered=True)
        text = b"".join(chunks)
        body = json.loads(text) if text else None
        return _result(name, int(status[:3]), body, {key: shown[key] for key in _SHOWN_HEADERS if key in shown})


class _BadReferenceError(Exception):
    """A reference to something that did not come back."""


def _spoil_if(failed: bool) -> None:
    if failed:
        raise _RollBackError


def _checked(parts: Any) -> list[dict[str, Any]]:
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise ApiError("JSON_PARSER_ERROR", "compositeRequest is a list of subrequests")
    if len(parts) > MOST_REQUESTS:
        message = f"The maximum number of subrequests in a composite request is {MOST_REQUESTS}"
        raise ApiError("LIMIT_EXCEEDED", message)
    for part in parts:
        _check_complete(part)
    names = [part["referenceId"] for part in parts]
    if not all(isinstance(name, str) and re.fullmatch(r"\w+", name) for name in names) or len(set(names)) < len(names):
        raise ApiError("INVALID_INPUT", "Every subrequest needs a referenceId of its own")
    for part in parts:
        _check_part(part)
    if sum(bool(_QUERY.search(part["url"])) for part in parts) > MOST_QUERIES:
        message = f"At most {MOST_QUERIES} subrequests can be queries or collections"
        raise ApiError("LIMIT_EXCEEDED", message)
    return parts


def _check_complete(part: Mapping[str, Any]) -> None:
    for name in ("method", "url", "referenceId"):
        if part.get(name) is None:
            raise ApiError("JSON_PARSER_ERROR", f"'{name}' is a required field.")


def _check_part(part: Mapping[str, Any]) -> None:
    url, headers = part.get("url"), part.get("httpHeaders") or {}
    if not isinstance(url, str) or not url.startswith("/services/data/v") or part.get("method") not in _METHODS:
        raise ApiError("INVALID_INPUT", "A subrequest needs a method and a url under /services/data")
    if _NESTED.search(url):
        raise ApiError("INVALID_INPUT", "A composite request cannot be a subrequest of another")
    if not isinstance(headers, dict) or not _are_headers(headers):
        raise ApiError("INVALID_INPUT", _HEADERS)


def _are_headers(given: Mapping[str, Any]) -> bool:
    return _INHERITED_HEADERS.isdisjoint(map(str.lower, given)) and all(
        isinstance(text, str) and not re.search(r"[\r\n]", text) for pair in given.items() for text in pair
    )


def _failed(result: Mapping[str, Any]) -> bool:
    """Also of several records in place of one, and of a collection that has a failed row."""
    rows = result["body"] if isinstance(result["body"], list) else []
    status = result["httpStatusCode"]
    return status == 300 or status >= 400 or any(isinstance(row, dict) and row.get("success") is False for row in rows)


def _filled(value: Any, known: Mapping[str, dict[str, Any]]) -> Any:
    """The value with every `@{reference.path}` in it replaced by what came back."""
    if isinstance(value, Mapping):
        return {key: _filled(inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, known) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _resolved(whole, known)
    return _REFERENCE.sub(_as_text(known), value)


def _as_text(known: Mapping[str, dict[str, Any]]) -> Callable[[re.Match[str]], str]:
    return lambda found: str(_resolved(found, known))


def _resolved(found: re.Match[str], known: Mapping[str, dict[str, Any]]) -> Any:
    name, path = found.groups()
    result = known.get(name)
    value: Any = None if result is None or result["httpStatusCode"] >= 300 else result["body"]
    for key, place in _STEP.findall(path):
        try:
            value = value[int(place)] if place else value[key]
        except (KeyError, IndexError, TypeError):
            value = None
    if value is None:
        raise _BadReferenceError(f"Invalid reference specified. No value for {name}{path} found in {name}")
    return value


def _halted(message: str) -> ApiError:
    return ApiError("PROCESSING_HALTED", message)


def _halted_around_failures(parts: list[dict[str, Any]], results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What failed says why; everything else, done or not, was undone."""
    entry = _halted("The transaction was rolled back since another operation in the same transaction failed.").entry()
    failed = {result["referenceId"]: result for result in results if _failed(result)}
    return [
        failed.get(part["referenceId"]) or _result(part["referenceId"], 400, [entry], {}) for part in parts
    ]  # fmt: skip


def _result(name: str, status: int, body: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    return {"body": body, "httpHeaders": dict(headers), "httpStatusCode": status, "referenceId": name}
