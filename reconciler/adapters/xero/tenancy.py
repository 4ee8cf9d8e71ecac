"""Which of the organisations behind a token is meant."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.core.model import Side
from reconciler.errors import Denied, Organisation, Several


def choose(connections: Sequence[Mapping[str, Any]], wanted: str = "", event: str = "") -> str:
    """The tenant to work with; raises `Several` naming them when several are connected and none was chosen.

    One token serves every organisation its user has connected to the app; `event` is the consent it came from, and
    tells which of them was meant this time.
    """
    organisations = [one for one in connections if str(one.get("tenantType")).upper() == "ORGANISATION"]
    if wanted:
        organisations = [one for one in organisations if str(one["tenantId"]).lower() == wanted.lower()]
    if len(organisations) > 1 and event:
        organisations = [one for one in organisations if one.get("authEventId") == event] or organisations
    if not organisations:
        raise Denied(
            "No Xero organisation is connected to this app." if not wanted else "That organisation is not connected.",
            remedy="Connect the organisation to the app in Xero, then try again.",
            side=Side.XERO,
        )
    if len(organisations) > 1:
        raise Several(tuple(Organisation(str(one["tenantId"]), str(one.get("tenantName"))) for one in organisations))
    return str(organisations[0]["tenantId"])


def consent_event(access: str) -> str:
    """The consent an access token came from, as its own text says; "" when it says none.

    Read without a check of the signature: it only chooses among organisations that Xero itself has listed.
    """
    try:
        part = access.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return ""
    return str(told.get("authentication_event_id") or "") if isinstance(told, dict) else ""
