"""Named ways for a call to go wrong.  Each vendor adds its own; carrying them out is the gate's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Switch:
    """What a person reads, and the effect in the words of /_sim/faults."""

    sentence: str
    do: Mapping[str, Any]


COMMON = {
    "drop_before": Switch("The connection is cut before the call is read", {"drop_before": True}),
    "drop_after": Switch("The call is carried out and its answer lost", {"drop_after": True}),
    "truncate": Switch("The answer promises its whole length and breaks off half-way", {"truncate": True}),
    "cut_short": Switch("The answer is half of its text, and says so in its length", {"cut_short": True}),
    "html": Switch("A page stands in place of the data, with status 200", {"html": True}),
    "slow": Switch("The answer takes three seconds longer", {"delay": 3000}),
    "slow_after": Switch("The call is carried out at once and answered three seconds later", {"delay_after": 3000}),
    "commits_late": Switch("The answer is lost; the call is carried out a minute later", {"slow_commit": 60}),
    "server_error": Switch("The call fails inside the vendor (500)", {"status": 500}),
    "bad_gateway": Switch("Something between us and the vendor fails (502)", {"status": 502, "body": "Bad Gateway"}),
}
