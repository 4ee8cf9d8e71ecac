"""The check-up of a connection: who is there, what is missing, what is running out, what is not as we assume.

Reads only.  A check that cannot be made is a finding too: one side's fault never hides what the other side says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from reconciler.core.model import SIDES, Side
from reconciler.core.schema import Rules
from reconciler.errors import Denied, ReconcilerError
from reconciler.mapping.limits import Shapes
from reconciler.ports import Describing, Examined, Finding, Identity
from reconciler.rules import parse
from reconciler.running import Works
from reconciler.store import connections
from reconciler.store.connections import SideState

# Between these a clock is corrected for, and somebody should know; beyond, it is plainly wrong.
ODD, WRONG = 5.0, 300.0
EDITIONS_WITHOUT_API = ("Contact Manager", "Group", "Essentials", "Base", "Personal", "Starter")
EDITIONS_WITH_ADD_ON = ("Professional",)


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found on each side, and between the two; `calls` is what looking cost."""

    connection: str
    sides: Mapping[Side, tuple[Finding, ...]]
    both: tuple[Finding, ...]
    calls: Mapping[Side, int]

    @property
    def sound(self) -> bool:
        """Whether nothing needs a person first."""
        found = [*self.both, *(finding for findings in self.sides.values() for finding in findings)]
        return not any(finding.verdict == "bad" for finding in found)

    def as_json(self) -> dict[str, Any]:
        """The document that `doctor --json` prints."""
        return {
            "connection": self.connection,
            "sound": self.sound,
            "sides": {side.value: [f._asdict() for f in findings] for side, findings in self.sides.items()},
            "both": [finding._asdict() for finding in self.both],
            "calls": {side.value: number for side, number in self.calls.items()},
        }

    def as_text(self) -> str:
        """The same for people, a finding a line."""
        parts = [*((side.value.capitalize(), self.sides[side]) for side in SIDES), ("Both", self.both)]
        lines = []
        for title, findings in parts:
            lines += [title, *(f"  {f.verdict:<5} {f.topic}: {f.text} {f.remedy}".rstrip() for f in findings)]
        return "\n".join(lines)


def examine(works: Works, connection_id: int) -> Examination:
    """Look both sides over."""
    with works.engine.connect() as db:
        connection = connections.load(db, connection_id, works.clock.now())
    rules = parse(connection.document)
    gateways = works.gateways(connection, rules, works.clock)
    found: dict[Side, tuple[Finding, ...]] = {}
    identities: dict[Side, Identity] = {}
    for side in SIDES:
        found[side] = tuple(_side(cast("Examined", gateways[side]), connection.sides[side], rules, identities))
    calls = {side: gateways[side].meter.calls for side in SIDES}
    return Examination(connection.name, found, tuple(_both(identities)), calls)


def shapes(works: Works, connection_id: int) -> Shapes | None:
    """What Salesforce says its columns hold, picklists and all; None when it cannot be asked now."""
    with works.engine.connect() as db:
        connection = connections.load(db, connection_id, works.clock.now())
    rules = parse(connection.document)
    gateway = cast("Describing", works.gateways(connection, rules, works.clock)[Side.SALESFORCE])
    try:
        return {name: shape for kind in rules.kinds for name, shape in gateway.shapes(kind).items()}
    except ReconcilerError:
        return None


def _side(gateway: Examined, kept: SideState, rules: Rules, identities: dict[Side, Identity]) -> Iterator[Finding]:
    """Everything about one side; what keeps us from looking is the last finding."""
    try:
        identity = gateway.identify()
        identities[kept.side] = identity
        yield from known(identity, kept)
        for kind in rules.kinds:
            yield from gateway.examine(kind)
    except ReconcilerError as error:
        topic = "rights" if isinstance(error, Denied) else "identity"
        yield Finding(topic, "bad", error.message, error.remedy or "Try again once it answers.")
    if gateway.meter.offset is not None:
        yield _clock(gateway.meter.offset)


def known(identity: Identity, kept: SideState) -> Iterator[Finding]:
    """Whether these are the organisation, the environment and an edition that can be worked with."""
    if kept.organisation_id and identity.organisation_id != kept.organisation_id:
        yield Finding(
            "identity",
            "bad",
            f"This is {identity.name} ({identity.organisation_id}), not the organisation that was connected.",
            "A refreshed sandbox or a reset demo company is another organisation: disconnect, and connect it anew.",
        )
    else:
        who = f", signed in as {identity.user}" if identity.user else ""
        yield Finding("identity", "good", f"{identity.name} ({identity.organisation_id}){who}.")
    verdict = "good" if identity.environment == "live" else "look"
    meaning = {"live": "This is a live organisation.", "sandbox": "This is a sandbox: a test system."}
    text = meaning.get(identity.environment, "This is a demo organisation; its vendor resets it from time to time.")
    yield Finding("environment", verdict, text)
    yield _edition(identity, kept.side)


def _edition(identity: Identity, side: Side) -> Finding:
    edition = identity.edition or "unknown"
    if side is Side.SALESFORCE and edition.startswith(EDITIONS_WITHOUT_API):
        return Finding("edition", "bad", f"{edition} has no API.", "Enterprise, Unlimited and Performance have one.")
    if side is Side.SALESFORCE and edition.startswith(EDITIONS_WITH_ADD_ON):
        text = f"{edition} has an API only with the paid add-on."
        return Finding("edition", "look", text, "Keep the add-on: without it every sync stops.")
    return Finding("edition", "good", f"The edition is {edition.removesuffix(' Edition')}.")


def _clock(offset: float) -> Finding:
    text = f"Its clock is {abs(offset):.0f} seconds {'ahead of' if offset > 0 else 'behind'} ours."
    if abs(offset) < ODD:
        return Finding("clock", "good", "Its clock and ours agree.")
    remedy = "Set this machine's clock by the network: the vendors do."
    if abs(offset) < WRONG:
        return Finding("clock", "look", f"{text} That is corrected for.", remedy)
    return Finding("clock", "bad", text, remedy)


def _both(identities: Mapping[Side, Identity]) -> Iterator[Finding]:
    """What only the two together tell."""
    if len(identities) < len(SIDES):
        return
    live = {side: identity.environment == "live" for side, identity in identities.items()}
    if live[Side.SALESFORCE] != live[Side.XERO]:
        yield Finding(
            "environment",
            "bad",
            f"Salesforce is {identities[Side.SALESFORCE].environment} and Xero is {identities[Side.XERO].environment}.",
            "A test system beside a live one carries its test data there: connect two of one sort.",
        )
    else:
        yield Finding("environment", "good", "Both sides are of one sort.")
