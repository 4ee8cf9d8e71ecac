"""How a call of this vendor can go wrong, by name.  Wording and headers as recorded, see docs/simulators.md."""

from __future__ import annotations

from typing import Any

from reconciler.simulators.kit.switches import COMMON, Switch
from reconciler.simulators.xero.answers import HIGH_VOLUME, NOT_FOUND, OFFLINE

_INSTANCE = "8c1f5a0e-6d0b-4f2c-9b7a-3e5d2a4c6f10"
_SPENT = {"minute": "X-MinLimit-Remaining", "appminute": "X-AppMinLimit-Remaining"}


def _denied(status: int, detail: str) -> dict[str, Any]:
    title = "Unauthorized" if status == 401 else "Forbidden"
    told = {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": _INSTANCE}
    return {"status": status, "body": told}


def _too_many(problem: str, wait: str | None) -> dict[str, Any]:
    """Of a minute that is spent nothing remains; of a day the vendor sometimes does not say, and a fault never does."""
    spent = {_SPENT[problem]: "0"} if problem in _SPENT else {}
    headers = {**spent, "X-Rate-Limit-Problem": problem, **({"Retry-After": wait} if wait else {})}
    return {"status": 429, "headers": headers}


def _refused(number: int, kind: str, message: str) -> dict[str, Any]:
    return {"status": 400, "body": {"ErrorNumber": number, "Type": kind, "Message": message}}


def _page(message: str) -> dict[str, Any]:
    return {"headers": {"Content-Type": "text/html; charset=utf-8"}, "body": message}


SWITCHES = COMMON | {
    "token_expired": Switch(
        "The token has expired (401)", _denied(401, "TokenExpired: token expired at 01/01/2001 00:00:00")
    ),
    "token_unknown": Switch("The token is not known (401)", _denied(401, "AuthenticationUnsuccessful")),
    "disconnected": Switch("The organisation is not connected (403)", _denied(403, "AuthenticationUnsuccessful")),
    "scope_missing": Switch(
        "The app may not do this (401, insufficent_scope)",
        {**_denied(401, "AuthorizationUnsuccessful"), "headers": {"WWW-Authenticate": "insufficent_scope"}},
    ),
    "not_found": Switch("The record is not there (404, a page)", {"status": 404, **_page(NOT_FOUND)}),
    "conflict": Switch("Something else is writing (409)", {"status": 409, **_page("Conflict")}),
    "precondition": Switch("The request's headers are not accepted (412)", {"status": 412, **_page("Precondition")}),
    "minute_spent": Switch("The minute is spent (429, wait 10 seconds)", _too_many("minute", "10")),
    "day_spent": Switch("The day is spent (429, wait for hours)", _too_many("day", "66975")),
    "too_many_at_once": Switch("Too many calls at the same time (429, no time given)", _too_many("concurrent", None)),
    "app_minute_spent": Switch("The app's minute is spent (429)", _too_many("appminute", "10")),
    "too_many_unnamed": Switch("Too many calls (429), and no header says which limit", {"status": 429}),
    "high_volume": Switch(
        "The filter is too slow for so many contacts (400)", _refused(51, "HighVolumeException", HIGH_VOLUME)
    ),
    "not_implemented": Switch(
        "The method is not implemented (501)",
        {**_refused(20, "ApiMethodNotImplementedException", "The Api Method called is not implemented"), "status": 501},
    ),
    "maintenance": Switch("Xero is offline for maintenance (503)", {"status": 503, "body": OFFLINE["maintenance"]}),
    "organisation_offline": Switch(
        "The organisation is offline (503)", {"status": 503, "body": OFFLINE["organisation"]}
    ),
    "empty_answer": Switch("A list that should have entries is empty", {"body": {}}),  # filled by `faulted`
}
