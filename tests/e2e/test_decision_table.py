"""The decision table once more, through both simulators and the vendors' own SDKs.

Every row is one customer, known to both sides; people edit it in the vendors' screens, Concord runs, and both sides,
the queue and what was agreed are compared with the row.  Rows with one rule share a field, so that a few connections
are enough for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from sqlalchemy import select

from reconciler.commands import conflicts, rules
from reconciler.core.model import SIDES, Side, Value
from reconciler.queries.conflicts import ConflictView
from reconciler.queries.conflicts import conflicts as listed
from reconciler.running import Works
from reconciler.store.tables import LinkRow
from tests.core.decision_table import ROWS, Act, Decide, Edit, Entry, OptIn, Overturn, Row, Setting, Turn
from tests.e2e.twins import Concord, Twins, connected, opened

S, X = Side.SALESFORCE, Side.XERO
HOUR = 3600
# Each place in which a row can play: the vendors' names, one Salesforce column and one place of a contact.
TEXTS = {
    "email": ("Email__c", "EmailAddress"),
    "phone": ("Phone", "Phones.DEFAULT"),
    "fax": ("Fax", "Phones.FAX"),
    "tax_number": ("Tax_Number__c", "TaxNumber"),
    "mobile": ("Site", "Phones.MOBILE"),
    "direct": ("Description", "Phones.DDI"),
    "company": ("Website", "CompanyNumber"),
}
ADDRESSES = {"billing": ("Billing", "Addresses.POBOX"), "shipping": ("Shipping", "Addresses.STREET")}
PLACES = TEXTS | ADDRESSES
SHIPPED = PLACES.keys() - {"mobile", "direct", "company"}
ACCOUNT_PARTS = ("Street", "City", "State", "PostalCode", "Country")
CONTACT_PARTS = ("AddressLine1", "City", "Region", "PostalCode", "Country")
OTHER_LINES = ("AddressLine2", "AddressLine3", "AddressLine4")
NO_LIMITS = {"creates": 10**6, "updates": 10**6, "updates_share": 1.0, "blanks": 10**6, "retirements": 10**6}
# How the rule of a row changes: what it is at first, and what it is turned to in each round.
Course: TypeAlias = tuple[Setting | None, ...]


def course(row: Row) -> Course:
    turns = [next((act.to for act in acts if isinstance(act, Turn)), None) for acts in row.rounds]
    while turns and turns[-1] is None:
        turns.pop()
    return (row.setting, *turns)


def acts_of_one_round(rows: Iterable[Row], number: int, kind: type) -> list[tuple[Row, Any]]:
    rounds = [(row, row.rounds[number]) for row in rows if len(row.rounds) > number]
    return [(row, act) for row, acts in rounds for act in acts if isinstance(act, kind)]


@dataclass(slots=True)
class Play:
    """A few courses at a time, each in a field of its own, each row with a customer of its own."""

    world: Twins
    concord: Concord
    cast: Mapping[str, tuple[str, dict[Side, str]]]  # by row: its field, and its two records
    rows: Sequence[Row]
    known: dict[str, list[ConflictView]] = field(default_factory=dict)

    def play(self) -> None:
        """Link, then round after round, each with a run; the rows are judged by what stands afterwards."""
        for row in self.rows:
            key, ids = self.cast[row.name]
            for side, value in zip(SIDES, row.start, strict=True):
                self.world.edit(side, ids[side], wire(side, key, value))
        self._run()
        for number in range(max(len(row.rounds) for row in self.rows)):
            self._reviewers(number)
            self._administrator(number)
            self._people(number)
            self._run()

    def _run(self) -> None:
        self.world.clock.advance(60)
        report = self.concord.run()
        assert report["status"] in {"done", "open"}, report
        self.known = {}
        with self.concord.session() as session:
            for view in listed(session, self.concord.connection_id, "all", limit=10_000).rows:
                self.known.setdefault(view.salesforce + view.field, []).insert(0, view)

    def queue(self, row: Row) -> list[ConflictView]:
        key, ids = self.cast[row.name]
        return self.known.get(ids[S] + key, [])

    def _reviewers(self, number: int) -> None:
        with self.concord.session() as session:
            who: dict[str, Any] = {"by": "Hana", "now": self.world.clock.now()}
            for row, act in acts_of_one_round(self.rows, number, Decide):
                (waiting,) = [view for view in self.queue(row) if view.status == "open"]
                conflicts.resolve(session, waiting.id, take=act.take, value=act.value or None, **who)
            for row, act in acts_of_one_round(self.rows, number, Overturn):
                (decided,) = [view for view in self.queue(row) if view.status == "decided"]
                conflicts.overturn(session, decided.id, take=act.take, **who)

    def _administrator(self, number: int) -> None:
        turned = {self.cast[row.name][0]: act.to for row, act in acts_of_one_round(self.rows, number, Turn)}
        if turned:
            with self.concord.session() as session:
                now = self.world.clock.now()
                rules.save(session, self.concord.connection_id, document(turned), by="Ada", now=now)

    def _people(self, number: int) -> None:
        """Minute by minute; whoever opts out does so at once."""
        flags = [(0, row, act) for row, act in acts_of_one_round(self.rows, number, OptIn)]
        edits = [(act.minute, row, act) for row, act in acts_of_one_round(self.rows, number, Edit)]
        now = 0
        edits += [(act.again, row, act) for _, row, act in edits if act.again]
        for minute, row, act in sorted([*flags, *edits], key=lambda one: one[0]):
            self.world.clock.advance((minute - now) * 60)
            now = minute
            self._one(row, act, again=isinstance(act, Edit) and minute == act.again)
        self.world.clock.advance(HOUR - now * 60)

    def _one(self, row: Row, act: Act, *, again: bool) -> None:
        key, ids = self.cast[row.name]
        other = {"Name": f"Renamed by {row.name}"}
        if isinstance(act, OptIn):
            self.world.edit(S, ids[S], {"Sync_with_Xero__c": act.on})
        elif again and isinstance(act, Edit):
            self.world.edit(act.side, ids[act.side], other)
        elif isinstance(act, Edit):
            beside = other if act.crowded else {}
            self.world.edit(act.side, ids[act.side], wire(act.side, key, act.value) | beside)


def wire(side: Side, key: str, value: Value) -> dict[str, Any]:
    """A value in the vendor's own shape, written without the mapping's help."""
    place = PLACES[key][0 if side is S else 1]
    if side is S:
        cells = dict(zip(ACCOUNT_PARTS, value, strict=True)) if isinstance(value, tuple) else {"": value}
        return {place + part: text or None for part, text in cells.items()}
    name, _, slot = place.partition(".")
    if isinstance(value, tuple):
        parts = dict(zip(CONTACT_PARTS, value, strict=True)) | dict.fromkeys(OTHER_LINES, "")
        return {name: [{"AddressType": slot, **parts}]}
    if slot:
        return {name: [{"PhoneType": slot, "PhoneNumber": value, "PhoneAreaCode": "", "PhoneCountryCode": ""}]}
    return {name: value}


def shown(side: Side, key: str, record: Mapping[str, Any]) -> Value:
    """What a record shows in a place, read without the mapping's help."""
    place = PLACES[key][0 if side is S else 1]
    if side is S:
        texts = [record[place + part] or "" for part in (ACCOUNT_PARTS if key in ADDRESSES else ("",))]
        return tuple(texts) if key in ADDRESSES else str(texts[0])
    name, _, slot = place.partition(".")
    if not slot:
        return str(record.get(name, ""))
    kind = "AddressType" if key in ADDRESSES else "PhoneType"
    row: Mapping[str, str] = next((row for row in record.get(name, ()) if row[kind] == slot), {})
    if key in ADDRESSES:
        street = "\n".join(row[line] for line in ("AddressLine1", *OTHER_LINES) if row.get(line))
        return street, *(row.get(part, "") for part in CONTACT_PARTS[1:])
    return str(row.get("PhoneNumber", ""))


def document(settings: Mapping[str, Setting], *, whole: bool = False) -> str:
    """The rules as an administrator writes them; the whole of them switches off what no row uses."""
    fields: dict[str, Any] = {}
    for key, setting in settings.items():
        salesforce, xero = PLACES[key]
        words = {name: str(getattr(setting, name)) for name in ("flow", "policy", "blank", "drift", "first")}
        fields[key] = {"salesforce": salesforce, "xero": xero, **words}
    if whole:
        unused = {"website", "account_number", *SHIPPED} - settings.keys()
        fields |= {key: {"flow": "off"} for key in unused}
    kind: dict[str, Any] = {"fields": fields} | ({"limits": NO_LIMITS} if whole else {})
    return yaml.safe_dump({"version": 1, "kinds": {"customer": kind}})


def plays() -> Iterator[dict[str, Course]]:
    """The courses of all rows, shared out over as few connections as have places for them."""
    courses = list(dict.fromkeys(course(row) for row in ROWS))
    groups = [one for one in courses if one[0] and one[0].group]
    texts = [one for one in courses if one not in groups]
    while texts or groups:
        yield dict(zip(TEXTS, texts, strict=False)) | dict(zip(ADDRESSES, groups, strict=False))
        texts, groups = texts[len(TEXTS) :], groups[len(ADDRESSES) :]


@pytest.fixture(scope="module")
def works(world: Twins, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Works, Path]]:
    folder = tmp_path_factory.mktemp("table")
    made = opened(world, folder)
    yield made, folder
    made.engine.dispose()


# The first play goes through everything that the others do; the whole table takes half a minute.
@pytest.mark.parametrize(
    "number", [pytest.param(at, marks=[pytest.mark.prove] if at else []) for at in range(len(list(plays())))]
)
def test_every_row_of_the_decision_table_ends_as_it_says(world: Twins, works: tuple[Works, Path], number: int):
    courses = list(plays())[number]
    keys = {one: key for key, one in courses.items()}
    rows = [row for row in ROWS if course(row) in keys]
    world.reset("synced", len(rows))
    settings = {key: one[0] for key, one in courses.items() if one[0]}
    world.control(S, "settings", {"field_history": [PLACES[key][0] for key, one in settings.items() if one.tracked]})
    concord = connected(world, *works, name=f"play {number}", rules=document(settings, whole=True))
    cast = {row.name: (keys[course(row)], ids) for row, ids in zip(rows, world.pairs(), strict=True)}
    play = Play(world, concord, cast, rows)

    play.play()

    shows = {side: {record[IDS[side]]: record for record in world.state(side)} for side in SIDES}
    wrong = [fault for row in rows for fault in faults(play, row, shows)]
    assert not wrong, "\n".join(wrong)
    quiet = concord.run()
    assert not any(n for sides in quiet["actions"].values() for n in sides.values())
    assert quiet["calls"] == {"salesforce": 1, "xero": 1}


def faults(play: Play, row: Row, shows: Mapping[Side, Mapping[str, Mapping[str, Any]]]) -> Iterator[str]:
    """Every way in which a row did not end as it says."""
    key, ids = play.cast[row.name]
    stands = tuple(shown(side, key, shows[side][ids[side]]) for side in SIDES)
    if stands != row.shows:
        yield f"{row.name}: {stands} stands where {row.shows} should"
    queue = [as_entry(view) for view in play.queue(row)]
    if [blind(entry) for entry in queue] != [blind(entry) for entry in row.queue]:
        yield f"{row.name}: the queue holds {queue} instead of {row.queue}"
    if not all(wanted.says in found.says for found, wanted in zip(queue, row.queue, strict=False)):
        yield f"{row.name}: closed as {queue} instead of {row.queue}"
    with play.concord.session() as session:
        linked = (LinkRow.connection_id == play.concord.connection_id) & (LinkRow.salesforce == ids[S])
        link = session.scalars(select(LinkRow).where(linked)).one()
    agreed = tuple(stored(baseline.get(key)) for baseline in (link.baseline_salesforce, link.baseline_xero))
    if agreed != row.agreed:
        yield f"{row.name}: {agreed} is agreed where {row.agreed} should be"


def test_every_row_of_the_decision_table_is_played_once():
    courses = [one for play in plays() for one in play.values()]
    assert len(courses) == len(set(courses))
    assert {course(row) for row in ROWS} == set(courses)


IDS = {S: "Id", X: "ContactID"}


def stored(value: Any) -> Value | None:
    return tuple(value) if isinstance(value, list) else value


def as_entry(view: ConflictView) -> Entry:
    chosen = view.winner if view.status == "decided" else view.proposed if view.status == "open" else ""
    side = Side(chosen) if chosen in set(Side) else None
    return Entry(view.status, view.reason, side, view.closed_because, bool(view.noted))


def blind(entry: Entry) -> tuple[object, ...]:
    """All of an entry but its words."""
    return entry.status, entry.reason, entry.side, entry.noted
