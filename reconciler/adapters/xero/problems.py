"""Whole requests that Xero refused, as the errors the engine knows.  (One contact's refusal is `answers`'.)"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.adapters.transport import Reply
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable


def elements_of(reply: Reply) -> Sequence[Mapping[str, Any]]:
    """The elements an answer to a write holds: all of them in a 200, the refused ones in a 400."""
    answer = _object(reply)
    rows = answer.get("Contacts") if reply.status == 200 else answer.get("Elements")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def too_large(reply: Reply) -> bool:
    """Whether Xero found the organisation too large for what was asked of it."""
    return reply.status == 400 and _object(reply).get("Type") == "HighVolumeException"


def explained(reply: Reply, *, write: bool) -> Unavailable:
    """What an answer means that does not say what became of each record.

    A 400 may have saved the good elements all the same, so after a write what became of it is unknown; other refusals
    were made before any record was looked at.
    """
    if write and reply.status in {200, 400}:
        return Unavailable(
            f"Xero's answer does not say what became of each record ({_said(reply) or reply.status}).",
            remedy="What became of the last request is found out by reading.",
            side=Side.XERO,
            sent=True,
        )
    return Denied(
        f"Xero refused the request ({_said(reply) or reply.status}).",
        remedy="This is not about one record: ask whoever looks after Concord.",
        side=Side.XERO,
    )


def _said(reply: Reply) -> str:
    answer = _object(reply)
    return " ".join(f"{answer.get('Type') or ''}: {answer.get('Message') or ''}".split())[:200].strip(": ")


def _object(reply: Reply) -> Mapping[str, Any]:
    try:
        answer = json.loads(reply.body)
    except ValueError:
        return {}
    return answer if isinstance(answer, Mapping) else {}
