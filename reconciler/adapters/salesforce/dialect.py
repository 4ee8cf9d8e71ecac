"""What Salesforce's answers say about serving us at all: expired sessions, spent quotas, editions without an API."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from reconciler.adapters.throttle import Allowance
from reconciler.adapters.transport import Reply, header
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable

USAGE = re.compile(r"(?<![-\w])api-usage=(\d+)/(\d+)")

# A 401 with one of these is not about the session's age; renewing would go on for ever (jsforce learnt it).
NOT_CURABLE = ("not valid for use with the REST API", "Connected app is not attached to Agent")

DENIED: Mapping[str, tuple[str, str]] = {
    "API_DISABLED_FOR_ORG": (
        "does not let this organisation or user use its API",
        "Its edition must include the API (Professional only with the add-on), its user needs API Enabled.",
    ),
    "TXN_SECURITY_METERING_ERROR": (
        "stops the integration user by a transaction security policy",
        "Exempt the integration user from the policy.",
    ),
    "ORG_LOCKED": ("says that the organisation is locked", "Have Salesforce unlock the organisation."),
    "TRIAL_EXPIRED": ("says that the trial has expired", "Renew the organisation, then connect again."),
}


class SalesforceDialect:
    """How Salesforce says yes and no."""

    def cured_by_new_token(self, reply: Reply) -> bool:
        return not any(text.encode() in reply.body for text in NOT_CURABLE)

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        found = USAGE.search(header(headers, "Sforce-Limit-Info"))
        return Allowance(day=max(int(found[2]) - int(found[1]), 0)) if found else Allowance()

    def turned_away(self, reply: Reply, *, write: bool) -> Unavailable | None:
        if reply.status in {401, 403, 500, 503}:
            return _by_code(reply, *first_error(reply.body), write=write)
        return None


def first_error(body: bytes) -> tuple[str, str]:
    """Code and message of an error answer; ("", "") when the body is not one (HTML, XML, empty)."""
    try:
        parsed: Any = json.loads(body)
        return str(parsed[0]["errorCode"]), str(parsed[0].get("message") or "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return "", ""


def _by_code(reply: Reply, code: str, message: str, *, write: bool) -> Unavailable | None:
    """The refusals that concern the whole connection; None leaves it to what the status alone says."""
    if code in DENIED:
        said, remedy = DENIED[code]
        return Denied(f"Salesforce {said} ({code}).", remedy=remedy, side=Side.SALESFORCE)
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(message)
    if code in {"SERVER_UNAVAILABLE", "API_CURRENTLY_DISABLED"}:
        said = f"Salesforce cannot serve us now ({code})."
        return Unavailable(said, side=Side.SALESFORCE, sent=write, wait_seconds=300)
    if reply.status == 401:
        return Denied(
            f"Salesforce does not accept our session ({code or 'no reason given'}).",
            remedy="Check that the app is still allowed and its run-as user active, then connect again.",
            side=Side.SALESFORCE,
        )
    return None


def _limit(message: str) -> Unavailable:
    if "Concurrent" in message:
        return Unavailable("Salesforce has too many long requests under way.", side=Side.SALESFORCE, wait_seconds=30)
    return Unavailable(
        "Salesforce's calls for the last 24 hours are spent.",
        remedy="The run goes on when some are free again; Setup > Company Information shows who uses them.",
        side=Side.SALESFORCE,
        wait_seconds=3600,
    )
