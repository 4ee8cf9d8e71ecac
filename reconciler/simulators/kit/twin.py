"""What the kit needs of a twin.  No twin lives here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from reconciler.simulators.kit.clock import Clock
from reconciler.simulators.kit.later import Later

EDIT_KEYS = ("as", "do", "type", "id", "loser", "fields", "organisation")
"""All that an act of a person can name."""


class Refused(Exception):
    """The control interface was asked for something that makes no sense; the message is the sentence shown (400)."""


class Twin(Protocol):
    """One vendor's organisation, with a back door for the one who runs the simulation.

    Methods raise `Refused` with a sentence for anything the vendor's own screens would not let a person do.
    """

    @property
    def name(self) -> str:
        """`salesforce` or `xero`."""

    @property
    def clock(self) -> Clock: ...

    @property
    def later(self) -> Later: ...

    @property
    def latency_ms(self) -> int:
        """How long every answer of the API is held back."""

    def about(self) -> dict[str, Any]:
        """{"scenario", "records", "seed"} as last reset."""

    def reset(self, scenario: str, records: int, seed: int) -> None:
        """Start the story afresh: data and settings are new; the clock and issued tokens stay."""

    def edit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One act of a person: {"as", "do", "type", "id", "loser", "fields"} -> {"id", "version"}."""

    def state(self, kind: str, within: str = "") -> Iterable[Mapping[str, Any]]:
        """Every record of a type in the vendor's own shape, removed ones included; `within`: an organisation."""

    def settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Apply changes and return all settings."""

    def snapshot(self) -> dict[str, Any]:
        """All of the state as JSON values, for `restore` after a restart."""

    def restore(self, saved: Mapping[str, Any]) -> None: ...
