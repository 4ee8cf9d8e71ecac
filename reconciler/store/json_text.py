"""JSON columns as text: written one way, so that what is stored can be compared to the letter, and read fast.

What orjson refuses (half a surrogate pair, a number of more than 64 bits) is rare and goes the standard library's way.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import orjson

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=datetime.isoformat).encode


def encode(value: Any) -> str:
    """A value as a column's text; tuples are written as lists, times as ISO 8601 has them."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return _encode(value)


def decode(text: str) -> Any:
    """What a column's text says."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
