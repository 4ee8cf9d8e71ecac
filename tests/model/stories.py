"""Short stories that would rarely happen by chance: what people do just when it matters."""

from __future__ import annotations

from collections.abc import Mapping

import hypothesis.strategies as st
from hypothesis.stateful import rule

from reconciler.core.model import SIDES, Record, Side, Status
from reconciler.store.tables import ActionRow
from tests.engine.bench import S, X
from tests.model.model import POINTS, SENDING
from tests.model.moves import MANY, keys, picks, sides
from tests.model.sayings import Sayings, asked

dated = st.sampled_from(["phone", "fax", "account_number"])  # where the last writer wins
choices = st.sampled_from(["", "salesforce", "xero", "value"])


class Stories(Sayings):
    """Several moves that belong together, one after the other."""

    # -- both sides edit one field

    @rule(
        pick=picks,
        key=dated,
        first=sides,
        gap=st.sampled_from([0, 1, 2, 3, 45, 400]),
        clock=sides,
        step=st.sampled_from([0, 0, 0, -600, -90, 90, 600]),
    )
    def both_type_and_a_clock_is_set(self, pick: int, key: str, first: Side, gap: int, clock: Side, step: int) -> None:
        """Clearly or hardly apart, by two clocks of which one may be set before anybody looks."""
        self.model.run()
        for side, record in self.both(pick, first):
            self.model.types(side, record, key, self.model.value(key), seconds=gap)
        if step:
            self.model.bench.clock.advance(5)
            self.model.clock_steps(clock, step)
        self.model.run(later=5)

    @rule(pick=picks, key=asked, first=sides, how=choices, again=st.sampled_from([*SIDES, None]), back=st.booleans())
    def a_conflict_and_what_comes_after(
        self, pick: int, key: str, first: Side, how: str, again: Side | None, back: bool
    ) -> None:
        """Both type at once; somebody decides, or nobody; somebody goes on typing, or goes back; then a run."""
        both = self.both_at_once(pick, key, first)
        conflicts = [row for row in self.model.bench.conflicts() if row.field == key]
        if conflicts and how:
            self.model.decides(conflicts[-1], how)
        if both and again is not None:
            typed = self.model.ledger.typed.get((again, both[again].ref.id, key), [])
            value = typed[-2] if back and len(typed) > 1 else self.model.value(key)
            self.model.types(again, both[again], key, value, seconds=60)
        self.model.run()

    @rule(pick=picks, key=asked, first=sides, how=choices, gone=st.sampled_from([*SIDES, None]), back=st.booleans())
    def a_conflict_of_a_pair_that_is_shared_no_more(
        self, pick: int, key: str, first: Side, how: str, gone: Side | None, back: bool
    ) -> None:
        """Its customer is opted out, or one of the two removed; somebody has decided, or nobody; it may come back."""
        both = self.both_at_once(pick, key, first)
        conflicts = [row for row in self.model.bench.conflicts() if row.field == key]
        if conflicts and how:
            self.model.decides(conflicts[-1], how)
        if both:
            self.goes(both, gone, back=False)
            self.model.run()
        if both and back:
            self.goes(both, gone, back=True)
            self.model.run()

    def goes(self, both: Mapping[Side, Record], gone: Side | None, *, back: bool) -> None:
        if gone is None:
            self.model.opts(both[S], back)
        else:
            (self.model.restores if back else self.model.removes)(both[gone])

    @rule(pick=picks, key=keys, first=sides, seconds=st.sampled_from([1, 60]), late=st.booleans())
    def opted_out_while_both_type(self, pick: int, key: str, first: Side, seconds: int, late: bool) -> None:
        """The second, perhaps, once it is shared again."""
        both = self.both(pick, first)
        if both:
            account = dict(both)[S]
            self.model.opts(account, False)
            self.model.run()
            self.model.types(*both[0], key, self.model.value(key), seconds=seconds)
            if late:
                self.model.opts(account, True)
            self.model.types(*both[1], key, self.model.value(key), seconds=seconds)
            self.model.opts(account, True)
            self.model.run()

    @rule(pick=picks, key=keys, first=sides, respelled=st.booleans(), alone=st.booleans())
    def both_type_one_value(self, pick: int, key: str, first: Side, respelled: bool, alone: bool) -> None:
        """Perhaps in two spellings; or one of them tidies up what stands there."""
        value = self.model.value(key)
        for number, (side, record) in enumerate(self.both(pick, first)):
            if alone and not number:
                value = self.model.shown(side, record.ref.id)[key]
            else:
                self.model.types(side, record, key, self.model.respelled(key, value) if respelled and number else value)
        self.model.run()

    @rule(
        pick=picks, key=st.sampled_from(["phone", "fax", "billing", "website", "email"]), side=sides, keep=st.booleans()
    )
    def cleared(self, pick: int, key: str, side: Side, keep: bool) -> None:
        """Something stands there on both sides, and one side clears it."""
        if keep:
            self.model.keeps_blanks(key)
        both = dict(self.both(pick, side))
        if both:
            self.model.types(side, both[side], key, self.model.value(key))
            self.model.run()
            self.clears(side, both[side], key)
            self.model.run()

    # -- while a run is under way

    @rule(source=sides, pick=picks, key=keys, point=st.sampled_from(SENDING[1:]), again=st.booleans())
    def a_crash_between_two_edits(self, source: Side, pick: int, key: str, point: str, again: bool) -> None:
        """The source is edited, its edit is perhaps written, and it is edited again before anybody recovers."""
        record = self.pick(source, pick)
        self.model.types(source, record, key, self.model.value(key))
        self.model.crashes(point, 1)
        if again:
            self.model.types(source, record, key, self.model.value(key))
        self.model.run()

    @rule(
        source=sides,
        pick=picks,
        key=keys,
        point=st.sampled_from(["after_observe", "before_send", "before_read_back"]),
        same=st.booleans(),
        quick=st.booleans(),
    )
    def an_edit_while_a_run_writes(
        self, source: Side, pick: int, key: str, point: str, same: bool, quick: bool
    ) -> None:
        """An edit on one side; while it is carried, somebody edits the target, the same field or another.

        When they are quick all of it happens within one second, after another edit of the target in that second.
        """
        both, second = self.both(pick, source), 0 if quick else 1
        if len(both) < 2:
            return
        (_, record), (target, other) = both
        self.model.types(source, record, key, self.model.value(key), seconds=second)
        if quick:
            self.model.types(target, other, "website", self.model.value("website"), seconds=0)
        theirs = key if same else "fax" if key == "phone" else "phone"
        if point in {"before_send", "before_read_back"}:
            point = f"{point} {target}"
        value = self.model.value(theirs)
        self.model.meanwhile(point, lambda: self.model.types(target, other, theirs, value, seconds=second))
        self.model.run(later=0 if quick else 60)

    @rule(source=sides, pick=picks, key=keys, point=st.sampled_from(SENDING), back=st.booleans())
    def the_source_is_edited_again_while_it_is_written(
        self, source: Side, pick: int, key: str, point: str, back: bool
    ) -> None:
        """To something new, or back to what it showed before."""
        both = self.both(pick, source)
        if not both:
            return
        record, was = both[0][1], self.model.shown(source, both[0][1].ref.id)[key]
        self.model.types(source, record, key, self.model.value(key))
        value = was if back else self.model.value(key)
        self.model.meanwhile(point, lambda: self.model.types(source, record, key, value))
        self.model.run()

    @rule(pick=picks, key=keys)
    def somebody_types_and_it_is_seen_late(self, pick: int, key: str) -> None:
        """A transaction in Salesforce that takes its stamp long before it ends; meanwhile a run has passed."""
        self.model.run(later=1)
        self.model.types_late(self.pick(S, pick), key, self.model.value(key))

    @rule(pick=picks, first=sides, key=keys)
    def paused_while_a_run_writes(self, pick: int, first: Side, key: str) -> None:
        both = self.both(pick, first)
        if both and first.other not in self.model.paused:
            self.model.types(first, both[0][1], key, self.model.value(key))
            self.model.meanwhile("after_observe", lambda: self.model.pauses(first.other))
            self.model.run()

    @rule(pick=picks, side=sides, key=keys)
    def opted_out_while_a_run_writes(self, pick: int, side: Side, key: str) -> None:
        both = self.both(pick, S)
        if len(both) == 2:
            self.model.types(side, dict(both)[side], key, self.model.value(key))
            self.model.meanwhile("after_observe", lambda: self.model.opts(dict(both)[S], False))
            self.model.run()

    @rule(pick=picks, source=sides, key=dated, seconds=st.sampled_from([5, 30]))
    def a_clash_beside_a_write_of_ours(self, pick: int, source: Side, key: str, seconds: int) -> None:
        """While one field is carried, the target edits another one and the source that same one after it."""
        both = self.both(pick, source)
        if not both:
            return
        other = "fax" if key == "phone" else "phone"

        def clash() -> None:
            for side, record in reversed(both):
                self.model.types(side, record, key, self.model.value(key), seconds=seconds)
            self.model.bench.clock.advance(seconds)

        self.model.types(*both[0], other, self.model.value(other))
        self.model.meanwhile(f"before_send {source.other}", clash)
        self.model.run(later=3600)
        self.model.run()

    @rule(pick=picks, side=sides, key=keys, point=st.sampled_from(POINTS), succeeded=st.booleans())
    def an_edit_and_a_run_that_oversleeps(self, pick: int, side: Side, key: str, point: str, succeeded: bool) -> None:
        both = dict(self.both(pick, side))
        if both:
            self.model.types(side, both[side], key, self.model.value(key))
            self.model.oversleeps(point, succeeded=succeeded)

    @rule(pick=picks, side=sides, hidden=sides, key=keys)
    def an_edit_and_a_run_in_another_house(self, pick: int, side: Side, hidden: Side, key: str) -> None:
        """Of a pair whose two records have both gone nothing is known to exist."""
        self.model.run()
        both = dict(self.both(pick, side))
        if both and both[hidden].status is Status.ACTIVE:
            self.model.types(side, both[side], key, self.model.value(key))
            self.model.is_let_into_another_house(hidden)

    @rule(side=sides, key=keys)
    def edits_and_a_reading_that_breaks_off(self, side: Side, key: str) -> None:
        while len(self.model.records(side)) < 3:
            self.model.newcomer(side, opted_in=False)
        for record in reversed(self.model.records(side)):
            self.model.types(side, record, key, self.model.value(key))
        self.model.breaks_off(side)

    # -- plans, and newcomers

    @rule(pick=picks, side=sides, key=keys, again=st.booleans())
    def an_edit_and_rehearsals_of_a_run(self, pick: int, side: Side, key: str, again: bool) -> None:
        """Another edit of the same, perhaps, and another rehearsal."""
        both = dict(self.both(pick, side))
        if both:
            self.model.types(side, both[side], key, self.model.value(key))
            value = self.model.value(key)
            self.model.rehearses(lambda: self.model.types(side, both[side], key, value) if again else None)

    @rule(opted_out=st.booleans(), moved=st.booleans())
    def more_newcomers_than_may_be_made_unasked(self, opted_out: bool, moved: bool) -> None:
        """The plan is held; while it is, one of them changes; it is released all the same."""
        if len(self.model.records(S)) >= MANY:
            return
        newcomers = {self.model.newcomer(S) for _ in range(3)}
        report = self.model.run()
        planned = {row.ref.partition(":")[2] for row in self.model.bench.rows(ActionRow, do="create", state="planned")}
        if report["status"] != "halted" or not newcomers <= planned or not moved:
            return
        record = self.model.bench.worlds[S].records[min(newcomers)]
        if opted_out:
            self.model.opts(record, False)
        else:
            self.model.types(S, record, "name", self.model.value("name"))
        self.model.run()
        self.model.releases(report["digest"], moved=True)

    @rule(archived=st.booleans())
    def a_newcomer_who_is_there_already(self, archived: bool) -> None:
        """Made in Xero while a run is about to make it, and perhaps archived at once."""
        if len(self.model.records(S)) < MANY:
            account = self.model.newcomer(S)
            name = self.model.shown(S, account)["name"]
            self.model.meanwhile("after_adopt", lambda: self.made_in_xero(name, archived))
            self.model.run()

    @rule(late=st.booleans())
    def a_contact_that_is_made_in_doubt(self, late: bool) -> None:
        """Perhaps not to be found at first, and there when it is tried again."""
        if len(self.model.records(S)) < MANY:
            account = self.model.newcomer(S)
            self.model.fails(X, "lost")
            if late:
                self.model.shows_itself_late(account)

    @rule(pick=picks, side=sides, key=keys, then=keys, makes=st.booleans())
    def what_a_side_would_take_later(self, pick: int, side: Side, key: str, then: str, makes: bool) -> None:
        """An edit, perhaps a newcomer too; before they may be sent again, the pair is looked at for another edit."""
        both = dict(self.both(pick, side))
        if both and len(self.model.records(S)) < MANY:
            self.model.run()
            if makes:
                self.model.newcomer(S)
            self.model.types(side, both[side], key, self.model.value(key))
            self.model.fails(side.other, "busy")
            self.model.types(side.other, both[side.other], then, self.model.value(then))
            self.model.run()
