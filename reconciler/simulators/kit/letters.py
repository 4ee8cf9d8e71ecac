"""Text that no answer can carry: half of a surrogate pair, which JSON can write and UTF-8 cannot."""

from __future__ import annotations

import json
from typing import Any


def is_sendable(sent: bytes, found: Any) -> bool:
    """Whether what was read from a JSON body can be shown again; only bodies with such escapes cost a look."""
    if b"\\ud" not in sent.lower():
        return True
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
