"""Guids as the vendor reads them: in any letter case, with or without dashes; kept and shown in one form."""

from __future__ import annotations

import uuid

ZERO_GUID = "00000000-0000-0000-0000-000000000000"


def canonical(text: str) -> str:
    """The form that ids are kept in; what is no guid stays as it is, and names nothing."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return text.lower()
