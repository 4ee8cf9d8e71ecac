"""How a call of this vendor can go wrong, by name.  Wording as captured, see docs/simulators.md."""

from __future__ import annotations

from typing import Any

from reconciler.simulators.kit.switches import COMMON, Switch


def _refused(status: int, code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "body": [{"message": message, "errorCode": code, **more}]}


_LOCKED = "unable to obtain exclusive access to this record or 1 records: 001000000000001"
_PAGE = "<html><body>We are setting things up...</body></html>"
_NOT_JSON = '<?xml version="1.0" encoding="UTF-8"?><Errors><Error>LOGIN_OAUTH_INVALID_TOKEN</Error></Errors>'
_MATCH = {"allowSave": True, "duplicateRule": "Standard_Account_Duplicate_Rule", "matchResults": []}

SWITCHES = COMMON | {
    "session_expired": Switch(
        "The session has expired (401)", _refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
    ),
    "session_not_for_rest": Switch(
        "The session will never do (401)",
        _refused(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"),
    ),
    "session_expired_in_xml": Switch(
        "The session has expired, told in XML (401)",
        {
            "status": 401,
            "headers": {"Sfdc-OAuth-Error": "1703", "Content-Type": "application/xml"},
            "body": _NOT_JSON,
        },
    ),
    "api_disabled": Switch(
        "The edition has no API (403)",
        _refused(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."),
    ),
    "day_spent": Switch(
        "The calls of the day are spent (403)",
        _refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    ),
    "too_many_at_once": Switch(
        "Too many long calls at the same time (403)",
        _refused(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."),
    ),
    "too_many": Switch("Too many calls (429)", {"status": 429}),
    "row_locked": Switch(
        "Somebody else holds the record (400)", _refused(400, "UNABLE_TO_LOCK_ROW", _LOCKED, fields=[])
    ),
    "row_locked_500": Switch(
        "Somebody else holds the record, told as 500", _refused(500, "UNABLE_TO_LOCK_ROW", _LOCKED, fields=[])
    ),
    "duplicate_value": Switch(
        "Another record holds the unique value (400), and is not named",
        _refused(
            400,
            "DUPLICATE_VALUE",
            "duplicate value found: Xero_Contact_Id__c duplicates value on record with id: <unknown>",
            fields=[],
        ),
    ),
    "duplicates_detected": Switch(
        "A duplicate rule objects (400)",
        _refused(400, "DUPLICATES_DETECTED", "Use one of these records?", duplicateResut=_MATCH),
    ),
    "deleted": Switch(
        "The record has been deleted (404)", _refused(404, "ENTITY_IS_DELETED", "entity is deleted", fields=[])
    ),
    "conflict": Switch("Something else is writing (409)", _refused(409, "CONFLICT", "The resource is being changed")),
    "moved": Switch(
        "The record was edited since it was read (412)",
        _refused(412, "PRECONDITION_FAILED", "The precondition of a conditional request header was not met"),
    ),
    "stale_locator": Switch(
        "The query's next page is gone (400)", _refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    ),
    "query_timeout": Switch(
        "The query takes too long (400)", _refused(400, "QUERY_TIMEOUT", "Your query request was running for too long.")
    ),
    "odd_406": Switch("An answer without a body (406)", {"status": 406}),
    "odd_420": Switch("An answer without a body (420)", {"status": 420}),
    "maintenance": Switch(
        "Salesforce is down for maintenance (503, a page)",
        {"status": 503, "headers": {"Content-Type": "text/html"}, "body": _PAGE},
    ),
    "empty_answer": Switch(
        "A query that should find records finds none", {"body": {"totalSize": 0, "done": True, "records": []}}
    ),
}
