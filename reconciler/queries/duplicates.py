"""Duplicates inside a side: records of one side that are likely to be one customer, with what says so.

A report, not a question: only the side's own people can merge them.  Only standing records are told of, linked or not;
a key that very many share (a switchboard) brings nobody together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from reconciler.core.match.deciding import told, told_against
from reconciler.core.match.evidence import Evidence, compare
from reconciler.core.match.finding import Key, sort_of
from reconciler.core.match.judging import likely_twice
from reconciler.core.model import SIDES, Side, Status
from reconciler.core.plan import SCREEN
from reconciler.queries.rows import Page
from reconciler.store import alike, keys
from reconciler.store.alike import COMMON, Known

MOST = 50_000  # keys looked at on one side


@dataclass(frozen=True, slots=True)
class Twin:
    """One record of a group."""

    ref: str
    name: str
    linked: bool
    shared: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one side that are likely to be one, and the reasons; `id` is the least number among them."""

    id: int
    side: str
    records: tuple[Twin, ...]
    reasons: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Groups(Page[Group]):
    """A page of groups; `cut` names the sides that share more than was looked at, so that some may be missing."""

    cut: tuple[str, ...] = ()


def duplicates(
    session: Session,
    connection_id: int,
    side: Side | None = None,
    after: int | None = None,
    limit: int = 100,
    most: int = MOST,
) -> Groups:
    """Groups of likely duplicates, oldest first."""
    db = session.connection()
    sides = [each for each in SIDES if side in {None, each}]
    shared = {each: keys.within(db, connection_id, each, COMMON, most + 1) for each in sides}
    found = sorted((group for each in sides for group in _groups(db, each, shared[each], most)), key=lambda g: g.id)
    rest = [group for group in found if group.id > (after or 0)]
    cut = tuple(each.value for each in sides if len(shared[each]) > most)
    return Groups(tuple(rest[:limit]), rest[limit - 1].id if len(rest) > limit else None, cut)


def caveat(cut: Iterable[str]) -> str:
    """What a reader of a list that was cut must know; "" where nothing was."""
    sides = " and ".join(SCREEN[Side(side)] for side in cut)
    if not sides:
        return ""
    return (
        f"There may be more in {sides}: so many records have something in common that only {MOST:,} of what they share "
        "was looked at. Put together what is listed, then look again."
    )


def as_json(group: Group) -> dict[str, Any]:
    """As scripts read it."""
    return {
        "side": group.side,
        "records": [{"ref": r.ref, "name": r.name, "linked": r.linked, "shared": r.shared} for r in group.records],
        "reasons": list(group.reasons),
        "against": list(group.against),
    }


def _groups(db: Connection, side: Side, shared: Mapping[Key, Sequence[int]], most: int) -> Iterator[Group]:
    by_key = {key: shared[key] for key in sorted(shared)[:most]}
    ids = sorted({record for found in by_key.values() for record in found})
    known = {each.id: each for each in alike.read(db, ids) if each.seen.record.status is Status.ACTIVE}
    likely = dict(_likely(by_key, known))
    for members in _together(likely):
        said = [evidence for pair, evidence in likely.items() if pair[0] in members]
        yield Group(
            min(members),
            side.value,
            tuple(_twin(known[member]) for member in sorted(members)),
            tuple(told({reason for evidence in said for reason in evidence.reasons})),
            tuple(told_against({reason for evidence in said for reason in evidence.against})),
        )


def _likely(
    by_key: Mapping[Key, Iterable[int]], known: Mapping[int, Known]
) -> Iterator[tuple[tuple[int, int], Evidence]]:
    shared: dict[tuple[int, int], dict[str, bool]] = {}
    for key, records in by_key.items():
        for pair in combinations(sorted(record for record in records if record in known), 2):
            shared.setdefault(pair, {})[sort_of(key)] = False
    for (one, other), sorts in shared.items():
        evidence = compare(known[one].profile, known[other].profile, sorts)
        if likely_twice(evidence):
            yield (one, other), evidence


def _together(pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Pairs that have a record in common are one group."""
    group_of: dict[int, set[int]] = {}
    for one, other in pairs:
        joined = group_of.get(one, {one}) | group_of.get(other, {other})
        group_of |= dict.fromkeys(joined, joined)
    return list({id(group): group for group in group_of.values()}.values())


def _twin(known: Known) -> Twin:
    record = known.seen.record
    name = str(record.fields.get("name", ""))
    return Twin(str(record.ref), name, known.seen.link is not None, record.flag)
