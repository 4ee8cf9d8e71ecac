"""Who stands where in each scenario: which customer each side holds, whether they are linked, flagged, archived.

It says nothing about how a vendor writes a record; `shapes` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from reconciler.simulators.scenarios.dirt import smudge
from reconciler.simulators.scenarios.identity import Draw
from reconciler.simulators.scenarios.invent import Address, Customer, customer

GROUPS = ("Key accounts", "Wholesale", "Newsletter")

DEMO_CYCLE = 300
"""The demonstration's mix repeats every 300 customers, so that fewer or more keep its proportions."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One customer of the world, as each side holds it."""

    index: int
    role: str
    salesforce: Customer | None
    xero: Customer | None
    linked: bool = False
    opted_in: bool = True
    is_customer: bool = True
    is_supplier: bool = False
    archived: bool = False
    groups: tuple[str, ...] = ()


def entries(scenario: str, records: int, seed: int) -> Iterator[Entry]:
    """Every entry of a scenario, made as it is asked for."""
    return _CASTS[scenario](records, seed)


def _empty(_records: int, _seed: int) -> Iterator[Entry]:
    return iter(())


def _synced(records: int, seed: int) -> Iterator[Entry]:
    for index in range(records):
        known = customer(seed, index)
        yield Entry(index, "linked", known, known, linked=True)


def _unlinked(records: int, seed: int) -> Iterator[Entry]:
    """Seven in ten stand on both sides; the rest of each side is its own, so each side holds `records`."""
    shared = records * 7 // 10
    for index in range(2 * records - shared):
        draw, known = Draw("unlinked", seed, index), customer(seed, index)
        yield Entry(
            index,
            "shared" if index < shared else "alone",
            _typed(known, seed, "salesforce", 40) if index < records else None,
            _typed(known, seed, "xero", 60) if index < shared or index >= records else None,
            opted_in=draw.percent(70),
            is_customer=draw.percent(85),
            is_supplier=draw.percent(15),
        )


def _typed(known: Customer, seed: int, side: str, share: int) -> Customer:
    """The customer as one department keeps it: `share` of a hundred were typed in a hurry."""
    draw = Draw("typed", side, seed, known.account_number)
    return smudge(known, draw) if draw.percent(share) else known


def _demo(records: int, seed: int) -> Iterator[Entry]:
    for index in range(records):
        yield _demo_customer(seed, index)
    for index in range(records, records + (records * 26 + DEMO_CYCLE - 1) // DEMO_CYCLE):
        yield _demo_extra(seed, index, (index - records) % 26, records)


def demo_role(index: int) -> str:
    """What a customer of the demonstration is there to show. 7,919 is prime, so the roles are strewn, not heaped."""
    place = index * 7919 % DEMO_CYCLE
    for limit, role in ((6, "different"), (10, "namesake"), (30, "new"), (45, "private")):
        if place < limit:
            return role
    return "linked"


def _demo_customer(seed: int, index: int) -> Entry:
    role, known, draw = demo_role(index), customer(seed, index), Draw("demo", seed, index)
    groups = tuple(group for group in GROUPS if draw.percent(12))
    if role in ("new", "private"):
        return Entry(index, role, known, None, opted_in=role == "new")
    if role == "namesake":
        bare = Customer(known.code, known.name, "", "", "", "", "", "", Address(), Address(), known.person)
        return Entry(index, role, known, bare)  # nothing in common but the name: a person must say
    shown = _differing(known, index * 7919 % DEMO_CYCLE) if role == "different" else known
    return Entry(index, role, known, shown, linked=True, is_supplier=draw.percent(6), groups=groups)


def _differing(known: Customer, place: int) -> Customer:
    """Both sides filled, and not the same: two of each of name, billing and e-mail."""
    if place % 3 == 0:
        return replace(known, name=f"{known.name} (Holdings)")
    if place % 3 == 1:
        return replace(known, billing=replace(known.billing, lines=("17 Ferry Road",), postcode="6011"))
    address = f"payables@{known.account_number.lower()}.example"
    return replace(known, email=address) if known.email else replace(known, name=f"{known.name} Group")


def _demo_extra(seed: int, index: int, place: int, records: int) -> Entry:
    """What only one side knows: suppliers, archived contacts, customers born in Xero, and near-duplicates."""
    known = customer(seed, index)
    if place < 12:
        return Entry(index, "supplier", None, known, is_customer=False, is_supplier=True)
    if place < 17:
        return Entry(index, "archived", None, known, archived=True)
    if place < 20:
        return Entry(index, "xero only", None, known)
    original = customer(seed, Draw("twin of", seed, index).below(records))
    twin = replace(
        smudge(original, Draw("near", seed, index)), name=_nearly(original.name), account_number="", tax_number=""
    )
    if place < 23:
        return Entry(index, "near duplicate", twin, None, opted_in=False)
    return Entry(index, "near duplicate", None, twin)


def _nearly(name: str) -> str:
    """Two letters changed places: the slip a second typist makes."""
    middle = len(name) // 2
    return (
        f"{name[:middle]}{name[middle + 1]}{name[middle]}{name[middle + 2 :]}"
        if len(name) > middle + 1
        else f"{name} 2"
    )


_CASTS: dict[str, Callable[[int, int], Iterator[Entry]]] = {
    "empty": _empty,
    "synced": _synced,
    "unlinked": _unlinked,
    "demo": _demo,
}
SCENARIOS = frozenset(_CASTS)
