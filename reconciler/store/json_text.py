"""JSON columns as text: written one way, so that what is stored can be compared to the letter, and read fast."""

from __future__ import annotations

import json
from typing import Any

encode = json.JSONEncoder(check_circular=False).encode  # as `json.dumps` writes it
_decode = json.JSONDecoder().raw_decode


def decode(text: str) -> Any:
    """What a column's text says: it begins and ends without blanks, and looking for them takes longer than a small one
    does.
    """
    return _decode(text)[0]
