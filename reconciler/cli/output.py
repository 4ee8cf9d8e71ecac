"""How results are told: one JSON document or lines on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from reconciler.errors import Usage
from reconciler.queries.rows import Page

PAGE = 500

T = TypeVar("T")


def say(text: str) -> None:
    """A line for people, beside the result."""
    print(text, file=sys.stderr)


def show(document: Any) -> None:
    """The one JSON document of a command."""
    print(json.dumps(document, ensure_ascii=False, indent=1, default=str))


def write(path: str, text: str) -> None:
    """Into a file, or onto standard output for -."""
    if path == "-":
        sys.stdout.write(text)
    else:
        keep(path, text.encode())


def keep(path: str, content: bytes) -> None:
    """Into a file; raises `Usage` when that cannot be."""
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise Usage(f"{path} cannot be written ({error.strerror}).", remedy="Name another file.") from error


def said(code: int) -> int:
    """The code of a command whose result has left this process."""
    print(end="", flush=True)
    return code


def unread() -> int:
    """Whoever read the result has left, as `head` does: nothing more is said, and the code is the one that means it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def every(page: Callable[[int | None], Page[T]]) -> Iterator[T]:
    """Every row of a list, page after page."""
    after: int | None = None
    while True:
        found = page(after)
        yield from found.rows
        if found.next is None:
            return
        after = found.next
