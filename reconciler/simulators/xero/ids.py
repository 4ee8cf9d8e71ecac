"""Guids as the vendor reads them: in any letter case, with or without dashes; kept and shown in one form."""

from __future__ import annotations

import re
import uuid

ZERO_GUID = "00000000-0000-0000-0000-000000000000"
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")


def is_guid(text: str) -> bool:
    return _GUID.fullmatch(text) is not None


def canonical(text: str) -> str:
    """The form that ids are kept in; what is no guid stays as it is, and names nothing."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return text.lower()
