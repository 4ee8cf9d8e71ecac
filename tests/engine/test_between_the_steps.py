"""What people do between two steps of one run, and what a run must look at before it writes.

Each of these once could be broken without any test noticing: planting faults in the product showed it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reconciler import running
from reconciler.adapters.world import US, World
from reconciler.core.model import SIDES, Fields, Record, Side
from reconciler.core.schema import Policy
from reconciler.errors import Unavailable
from reconciler.ports import Batch
from reconciler.store.tables import PlanRow, QuestionRow, RejectionRow
from tests.engine.bench import Bench, S, X, differences, owned, quiet
from tests.engine.test_found_by_the_model import many

OLD, FIRST, SECOND, THEIRS = (f"+64 9 300 {number}" for number in (1000, 2000, 3000, 4000))


def pair(bench: Bench) -> dict[Side, str]:
    """A linked customer whose telephone both sides know."""
    return dict(zip(SIDES, bench.linked(phone=OLD), strict=True))


def meanwhile(bench: Bench, point: str, act: Callable[[], Any]) -> None:
    """A person acts when the next run is at `point`, once."""
    waiting = [act]

    def reach(at: str) -> None:
        if at == point and waiting:
            waiting.pop()()

    bench.at = reach


def sent(bench: Bench, key: str = "phone") -> list[Any]:
    return [write.fields[key] for batch in bench.sent() for write in batch.writes if key in write.fields]


@pytest.mark.parametrize("source", SIDES)
@pytest.mark.parametrize("point", ["after_send", "before_settle"])
def test_a_source_that_goes_back_while_its_edit_is_written_is_followed(bench: Bench, source: Side, point: str) -> None:
    """Were its own baseline left behind, it would look untouched, and the edit taken back would stand for ever."""
    ids = pair(bench)
    bench.edit(source, ids[source], phone=FIRST)
    meanwhile(bench, point, lambda: bench.edit(source, ids[source], phone=OLD))
    bench.run()
    bench.run()
    assert bench.shown(source, ids[source])["phone"] == bench.shown(source.other, ids[source.other])["phone"] == OLD
    assert not bench.conflicts()


@pytest.mark.parametrize("source", SIDES)
@pytest.mark.parametrize("point", ["after_adopt", "after_intent", "after_send", "before_settle"])
def test_a_source_edited_again_while_its_edit_is_written_is_no_conflict(bench: Bench, source: Side, point: str) -> None:
    ids = pair(bench)
    bench.edit(source, ids[source], phone=FIRST)
    meanwhile(bench, point, lambda: bench.edit(source, ids[source], phone=SECOND))
    bench.run()
    bench.run()
    assert not bench.conflicts()
    assert not differences(bench)
    assert bench.shown(source.other, ids[source.other])["phone"] == SECOND


def test_what_is_written_to_xero_is_what_salesforce_shows_right_before(bench: Bench) -> None:
    ids = pair(bench)
    bench.edit(S, ids[S], phone=FIRST)
    meanwhile(bench, "after_adopt", lambda: bench.edit(S, ids[S], phone=SECOND))
    bench.run()
    assert sent(bench) == [SECOND]


def test_a_customer_opted_out_right_before_is_not_written(bench: Bench) -> None:
    ids = pair(bench)
    bench.edit(S, ids[S], phone=FIRST)
    meanwhile(bench, "after_adopt", lambda: bench.worlds[S].edit(ids[S], flag=False))
    assert bench.run()["writes"] == 0
    assert bench.shown(X, ids[X])["phone"] == OLD


def test_an_edit_in_xero_right_before_the_probe_is_not_overwritten(bench: Bench) -> None:
    ids = pair(bench)
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    bench.edit(S, ids[S], phone=FIRST)
    meanwhile(bench, "after_adopt", lambda: bench.edit(X, ids[X], phone=THEIRS))
    bench.run()
    assert bench.shown(X, ids[X])["phone"] == THEIRS
    assert [row.values for row in bench.conflicts()] == [{"salesforce": FIRST, "xero": THEIRS}]


def test_an_edit_in_the_second_of_our_reading_is_not_overwritten(bench: Bench) -> None:
    """Salesforce compares whole seconds: a condition on a stamp this young would let our write pass."""
    ids = pair(bench)
    bench.edit(X, ids[X], phone=THEIRS)
    bench.worlds[S].edit(ids[S], {"fax": "+64 9 301 0001"})

    def quick(_batch: object) -> None:
        bench.gateways[S].hooks.before_send = None
        bench.worlds[S].edit(ids[S], {"phone": FIRST})

    bench.gateways[S].hooks.before_send = quick
    bench.run(later=0)
    shown = {side: bench.shown(side, ids[side])["phone"] for side in SIDES}
    queued = [row.values["salesforce"] for status in ("open", "decided") for row in bench.conflicts(status)]
    assert FIRST in {*shown.values(), *queued}
    assert bench.clock.slept  # it waited until no edit could share the second


@pytest.mark.parametrize("archived", [False, True])
def test_nothing_is_made_that_somebody_made_a_moment_ago(bench: Bench, archived: bool) -> None:
    """Xero refuses a second active contact of a name; beside an archived one it would make a twin."""
    bench.linked()
    bench.customer("Newcomer")

    def quicker() -> None:
        made = bench.customer("Newcomer", X)
        if archived:
            bench.worlds[X].remove(made.ref.id)

    meanwhile(bench, "after_adopt", quicker)
    bench.run()
    assert len(bench.worlds[X].records) == 2
    assert [row.type for row in bench.rows(QuestionRow, status="open")] == ["match"]


class Shouting(World):
    """A side whose own automation rewrites what we send."""

    def edit(self, record_id: str, fields: Fields | None = None, *, by: str = "", **facts: Any) -> Record:
        loud = {key: str(value).upper() if key == "account_number" else value for key, value in (fields or {}).items()}
        return super().edit(record_id, loud if by == US else fields, by=by, **facts)


@pytest.mark.parametrize("side", SIDES)
def test_a_side_that_rewrites_what_it_is_sent_is_not_sent_it_again_and_sends_nothing_back(
    bench: Bench, side: Side
) -> None:
    ids = pair(bench)
    loud = Shouting(side, bench.clock)
    loud.records.update(bench.worlds[side].records)
    bench.worlds[side] = bench.gateways[side].world = loud
    bench.edit(side.other, ids[side.other], account_number="c-1")
    assert bench.run()["writes"] == 1
    assert not quiet(bench)
    assert bench.shown(side.other, ids[side.other])["account_number"] == "c-1"
    assert bench.shown(side, ids[side])["account_number"] == "C-1"
    bench.edit(side.other, ids[side.other], account_number="c-2")
    bench.run()
    assert bench.shown(side, ids[side])["account_number"] == "C-2"
    assert not bench.conflicts()


@pytest.mark.parametrize("side", SIDES)
def test_what_a_person_types_before_our_write_is_read_back_is_their_edit(bench: Bench, side: Side) -> None:
    """Taken for what was agreed, it would stay where it was typed for ever."""
    ids, gateway = pair(bench), bench.gateways[side]
    bench.edit(side.other, ids[side.other], phone=FIRST)

    def quick() -> None:
        gateway.hooks.before_read_back = None
        bench.edit(side, ids[side], phone=THEIRS)

    gateway.hooks.before_read_back = quick
    bench.run()
    bench.run()
    assert [bench.shown(one, ids[one])["phone"] for one in SIDES] == [THEIRS, THEIRS]
    assert not bench.conflicts()


def test_a_contact_that_was_made_in_doubt_and_shows_itself_late_is_taken_for_ours(bench: Bench) -> None:
    """Xero refuses the second try for its number; a person could do nothing about that refusal."""
    bench.customer("Newcomer")
    gateway = bench.gateways[X]
    gateway.hooks.lose_next_answer = True
    bench.run()
    (made,) = bench.worlds[X].records.values()
    del bench.worlds[X].records[made.ref.id]

    def shows_itself(_batch: Batch) -> None:
        bench.worlds[X].records[made.ref.id] = made

    gateway.hooks.before_send = shows_itself
    bench.run()
    assert [link.xero for link in bench.links()] == [made.ref.id]
    assert not bench.rows(RejectionRow)
    assert list(bench.worlds[X].records) == [made.ref.id]


def test_every_write_has_a_name_of_its_own(bench: Bench) -> None:
    """One that repeated would have Xero answer with what it answered before, and the edit be lost."""
    ids = pair(bench)
    keys = []
    for number in range(3):
        bench.edit(S, ids[S], phone=f"+64 9 300 700{number}")
        bench.run()
        keys += [write.key for batch in bench.sent() for write in batch.writes]
    assert len(keys) == len(set(keys)) == 3
    assert all(keys)


@pytest.mark.parametrize("side", SIDES)
def test_nothing_is_written_while_a_pair_known_to_exist_cannot_be_read(bench: Bench, side: Side) -> None:
    """A delta that shows nothing looks the same whether nothing changed or we were let into the wrong house."""
    canary = pair(bench)
    ids = dict(zip(SIDES, bench.linked("Basalt Foods", phone=OLD), strict=True))
    hidden = bench.worlds[side].records.pop(canary[side])
    bench.edit(S, ids[S], phone=FIRST)
    report = bench.run()
    assert (report["status"], report["writes"]) == ("halted", 0)
    assert [breach["limit"] for breach in report["halted"]] == ["canary"]
    bench.worlds[side].records[canary[side]] = hidden
    assert bench.run()["digest"] == report["digest"]
    bench.run(plan=report["digest"], reason="It is back.")
    assert bench.shown(X, ids[X])["phone"] == FIRST


@pytest.mark.parametrize("gone", SIDES)
def test_what_stands_of_a_pair_of_which_one_has_gone_is_known_to_exist(bench: Bench, gone: Side) -> None:
    """Where no pair stands, a side that hides what is left of one is not written to either."""
    ids = pair(bench)
    bench.clock.advance(5)
    bench.worlds[gone].remove(ids[gone])
    bench.run()
    hidden = bench.worlds[gone.other].records.pop(ids[gone.other])
    bench.customer("Basalt Foods")
    report = bench.run(later=60)
    assert (report["status"], report["writes"]) == ("halted", 0)
    assert [(breach["limit"], breach["side"]) for breach in report["halted"]] == [("canary", gone.other.value)]
    bench.worlds[gone.other].records[ids[gone.other]] = hidden
    assert bench.run(plan=report["digest"], reason="It is back.")["writes"]


def test_a_digest_tells_two_plans_apart_that_write_different_values(bench: Bench) -> None:
    ids = pair(bench)
    digests = []
    for value in (FIRST, SECOND, SECOND):
        bench.worlds[S].edit(ids[S], {"phone": value})
        digests.append(running.make_plan(bench.works, bench.id)["digest"])
    assert digests[0] != digests[1] == digests[2]


def test_while_a_plan_is_held_nothing_else_is_decided(bench: Bench) -> None:
    ids = pair(bench)
    digest = many(bench)
    plans = len(bench.rows(PlanRow))
    for side in SIDES:
        bench.edit(side, ids[side], name=f"Another name in {side}")
    report = bench.run()
    assert (report["status"], report["digest"]) == ("halted", digest)
    assert len(bench.rows(PlanRow)) == plans
    assert not bench.conflicts()


def late(world: World, record_id: str, seconds: float, **fields: Any) -> None:
    """A transaction that took its stamp so long before it ended."""
    world._offset -= timedelta(seconds=seconds)
    world.edit(record_id, fields)
    world._offset += timedelta(seconds=seconds)


@pytest.mark.parametrize(("side", "seconds"), [(S, 500), (X, 50)])
def test_an_edit_that_is_seen_after_its_stamp_was_read_past_is_carried(
    bench: Bench, side: Side, seconds: float
) -> None:
    ids = pair(bench)
    bench.run(later=3600)
    late(bench.worlds[side], ids[side], seconds, phone=FIRST)
    bench.run(later=1)
    assert bench.shown(side.other, ids[side.other])["phone"] == FIRST


@pytest.mark.parametrize("side", SIDES)
def test_a_reading_that_ends_between_two_pages_is_read_again_from_its_beginning(bench: Bench, side: Side) -> None:
    all_ids = [dict(zip(SIDES, bench.linked(name, phone=OLD), strict=True)) for name in ("Aurora", "Basalt", "Cobalt")]
    gateway = bench.gateways[side]
    gateway._page_size = 1
    for ids in all_ids:
        bench.edit(side, ids[side], phone=f"+64 9 300 5{ids[side][-6:-3]}")
    calls = iter(range(9))

    def breaks_off() -> None:
        if next(calls) == 2:  # the first page has been taken down by then
            raise Unavailable("Maintenance.", side=side)

    gateway.hooks.before_call = breaks_off
    assert bench.run(later=7200)["status"] == "unavailable"
    gateway.hooks.before_call = None
    gateway._page_size = 1000
    bench.run(later=7200)
    assert not differences(bench)
    assert not quiet(bench)


def test_every_record_of_a_page_is_taken_down(bench: Bench) -> None:
    all_ids = [dict(zip(SIDES, bench.linked(name, phone=OLD), strict=True)) for name in ("Aurora", "Basalt", "Cobalt")]
    for ids in all_ids:
        bench.edit(S, ids[S], phone=f"+64 9 300 5{ids[S][-6:-3]}")
    bench.run()
    assert not differences(bench)
    assert len(sent(bench)) == 3
