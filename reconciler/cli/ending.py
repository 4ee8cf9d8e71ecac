"""Signals that end a command: the first one tells, so that what is in hand is settled; a second one ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def listening() -> Iterator[threading.Event]:
    """Set once the process has been told to end; outside the main thread, which alone hears signals, it never is."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return

    def hear(number: int, _frame: FrameType | None) -> None:
        told.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, hear) for number in ENDING}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
