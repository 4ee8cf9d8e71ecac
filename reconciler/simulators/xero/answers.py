"""Answers in the vendor's wire form: envelopes, refusals, and the odd ones that are not JSON at all."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import Response

from reconciler.simulators.xero.shape import plain_date
from reconciler.simulators.xero.writing import APP

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
NOT_FOUND = "The resource you're looking for cannot be found"
HIGH_VOLUME = (
    "Your request is not filtering Contacts efficiently, given the extremely high volume for this organisation. "
    "Please check https://developer.xero.com/documentation/api/efficient-data-retrieval "
    "for tips on making Contact retrieval more efficient."
)
"""Quoted by one who met it: xero-python #148."""
OFFLINE = {
    "maintenance": "The Xero API is currently offline for maintenance",
    "organisation": "The Organisation is offline",
}


class Problem(Exception):
    """Ends a request with the answer it carries."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_answer(value: Any, status: int = 200) -> Response:
    """Without blanks: the SDK knows an invalid grant by the very text of its answer."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status=status, content_type=JSON)


def envelope(now: datetime, key: str, items: list[Any], pagination: Mapping[str, int] | None = None) -> Response:
    """DateTimeUTC carries no offset, unlike the dates inside a contact: recorded."""
    head: dict[str, Any] = {
        "Id": str(uuid.uuid4()),
        "Status": "OK",
        "ProviderName": APP,
        "DateTimeUTC": plain_date(now),
    }
    paging = {"pagination": dict(pagination)} if pagination else {}
    return json_answer({**head, **paging, key: items})


def invalid(elements: Iterable[Mapping[str, Any]]) -> Response:
    return json_answer(
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": list(elements),
        },
        400,
    )


def refused(number: int, kind: str, message: str) -> Response:
    """Any other 400 of the Accounting API."""
    return json_answer({"ErrorNumber": number, "Type": kind, "Message": message}, 400)


def unparsable(error: Exception) -> Response:
    """A filter or an order outside the language."""
    return refused(16, "QueryParseException", str(error))


def not_implemented() -> Response:
    """A verb that an endpoint does not know: XML called text/html, whatever was asked for: recorded.

    The vendor's status is 501; here it is 405, for a 5xx of a twin is always one that somebody posted.
    """
    parts = {"ErrorNumber": 20, "Type": "ApiMethodNotImplementedException"}
    named = "".join(f"<{key}>{value}</{key}>" for key, value in parts.items())
    text = f"<ApiException>{named}<Message>The Api Method called is not implemented</Message></ApiException>"
    return Response(text, status=405, content_type=HTML)


def unreadable(message: str) -> Response:
    return refused(14, "PostDataInvalidException", message)


def no_data(resource: str) -> Response:
    return refused(
        17,
        "NoDataProcessedException",
        f"No data has been processed for this endpoint. "
        f"This endpoint is expecting {resource} data to be specifed in the request body.",
    )


def denied(status: int, detail: str) -> Response:
    """401 and 403: the front end's own envelope, with an Instance to quote to the vendor."""
    title = "Unauthorized" if status == 401 else "Forbidden"
    body = {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": str(uuid.uuid4())}
    return json_answer(body, status)


def scope_missing() -> Response:
    answer = denied(401, "AuthorizationUnsuccessful")
    answer.headers["WWW-Authenticate"] = "insufficent_scope"  # the vendor's own spelling
    return answer


def bare(status: int) -> Response:
    """No body, and so no kind of one."""
    answer = Response(b"", status=status)
    del answer.headers["Content-Type"]
    return answer


def nothing() -> Response:
    return bare(204)


def not_found() -> Response:
    return Response(NOT_FOUND, status=404, content_type=HTML)


def no_guids() -> Response:
    """Quoted by those who met it: pyxero #339."""
    return Response("Supplied parameter 'Ids' cannot be parsed - must be of type UUID.", status=400, content_type=HTML)


def too_many(problem: str, retry_after: int | None) -> Response:
    """Empty, and without a content type: recorded."""
    answer = bare(429)
    answer.headers["X-Rate-Limit-Problem"] = problem
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def offline(which: str) -> Response:
    return Response(OFFLINE[which], status=503, content_type=TEXT)
