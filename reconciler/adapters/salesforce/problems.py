"""Whole requests that Salesforce refused, as the errors the engine knows.  (One record's refusal is `answers`'.)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simple_salesforce.exceptions import SalesforceError

from reconciler.core.model import Side
from reconciler.errors import Denied, ReconcilerError, Unavailable

COLUMN = re.compile(r"No such column '([^']+)'")
TOO_SLOW = {"QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG", "UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"}


class NotShown(Denied):
    """A field, an object or an address that Salesforce does not have, or has and does not show us."""


def explained(error: SalesforceError, *, write: bool) -> ReconcilerError:
    """What a request refused as a whole means.  Unless time ran out on it, nothing of it was carried out."""
    first = _first(error.content)
    code, message = str(first.get("errorCode") or error.status), " ".join(str(first.get("message") or "").split())
    if code in TOO_SLOW:
        return Unavailable(f"Salesforce took too long ({code}).", side=Side.SALESFORCE, sent=write, wait_seconds=60)
    column = COLUMN.search(message)
    if column or code in {"INVALID_FIELD", "INVALID_TYPE"}:
        what = f"has no field {column[1]}" if column else "does not know something the rules name"
        return NotShown(
            f"Salesforce {what}, or hides it from the integration user.",
            remedy="Create it, give the integration user the right to see it, or take it out of the rules.",
            side=Side.SALESFORCE,
        )
    if error.status == 404:
        return NotShown(
            f"Salesforce has nothing at this address ({code}).",
            remedy="Check that the fields Concord needs exist: Xero_Contact_Id__c must be an external id.",
            side=Side.SALESFORCE,
        )
    return Denied(
        f"Salesforce refused the request ({code}): {message[:200]}",
        remedy="This is not about one record: ask whoever looks after Concord.",
        side=Side.SALESFORCE,
    )


def _first(content: Any) -> Mapping[str, Any]:
    if isinstance(content, list) and content and isinstance(content[0], Mapping):
        return content[0]
    return {}
