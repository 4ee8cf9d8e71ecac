"""Bodies as text: UTF-8 to the letter, and no half of a surrogate pair, which JSON can write and UTF-8 cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def read_json(sent: bytes, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """What a body says; a `ValueError` if that is no JSON, or could not be shown again.

    Python would find out UTF-16 by itself, and let halves of pairs pass as bytes and as escapes.
    """
    found = json.loads(sent.decode("utf-8-sig"), parse_constant=parse_constant)
    if b"\\ud" in sent.lower():  # only bodies with such escapes cost a look
        json.dumps(found, ensure_ascii=False).encode()
    return found
