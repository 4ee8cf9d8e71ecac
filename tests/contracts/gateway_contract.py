"""What the engine may lean on, whatever side it talks to: one suite, run on every gateway.

A `Bench` is a gateway with a person beside it who edits records in the side's own screens.  A class that inherits the
suite says which bench it is run on, and nothing else.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol

import pytest

from reconciler.core.model import Record, Side, Status
from reconciler.errors import Denied, Unavailable, Usage
from reconciler.ports import Gateway, Moved, Refused, Write, Written

KIND = "customer"
PARTNERS = {  # ids as the other side makes them
    Side.SALESFORCE: [f"6d0f9a54-3c1f-4a52-9c53-{number:012d}" for number in range(5)],
    Side.XERO: [f"001{number:012d}AAA" for number in range(5)],
}
ADDRESS = ("1 Kauri Street\nLevel 2", "Napier", "Hawke's Bay", "4110", "New Zealand")


class Bench(Protocol):
    """One side, its people, and its bad days."""

    gateway: Any

    def creates(self, name: str, **fields: Any) -> str:
        """A person makes a record, in canonical fields."""
        ...

    def edits(self, record_id: str, **fields: Any) -> None:
        """A person edits one."""
        ...

    def removes(self, record_id: str) -> None:
        """A person is rid of one: deletes it in Salesforce, archives it in Xero."""
        ...

    def restores(self, record_id: str) -> None:
        """And brings it back."""
        ...

    def later(self, seconds: float) -> None:
        """Time passes for everybody."""
        ...

    def keeps_history_of(self, field: str) -> None:
        """The side's administrator has the history of this one field kept (in Xero everything is kept)."""
        ...

    def loses_next_answer(self) -> None:
        """The next request is carried out, and its answer never comes."""
        ...

    def is_down_once(self) -> None:
        """The next request is turned away: the side is being maintained."""
        ...

    def forgets_us(self) -> None:
        """From now on the side does not accept who we are."""
        ...

    def last_body(self) -> bytes:
        """What the last write looked like when it came."""
        ...

    def calls(self) -> int:
        """How many calls the side has counted."""
        ...

    @property
    def state(self) -> list[Any]:
        """All records there are, however the side keeps them."""
        ...


class GatewayContract:
    """Inherit, and give a `bench` fixture."""

    # reading ---------------------------------------------------------------------------------------------------------

    def test_everything_there_is_is_read_when_no_time_is_given(self, bench: Bench) -> None:
        ids = {bench.creates("Kauri Timber"), bench.creates("Rimu Joinery")}
        assert {record.ref.id for record in _all(bench.gateway)} == ids

    def test_a_persons_values_are_read_as_they_were_typed(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber", phone="+64 9 555 0100", email="mail@kauri.example", shipping=ADDRESS)
        record = _one(bench, made)
        assert record.fields["name"] == "Kauri Timber"
        assert record.fields["phone"] == "+64 9 555 0100"
        assert record.fields["email"] == "mail@kauri.example"
        assert record.fields["shipping"] == ADDRESS

    def test_a_fresh_edit_is_in_the_delta_and_an_old_record_is_not(self, bench: Bench) -> None:
        old, edited = bench.creates("Kauri Timber"), bench.creates("Rimu Joinery")
        bench.later(100)
        bench.edits(edited, phone="+64 9 555 0101")
        since = next(iter(bench.gateway.changes(KIND, None))).read_at - timedelta(seconds=10)
        found = {record.ref.id: record for record in _all(bench.gateway, since)}
        assert set(found) == {edited}
        assert found[edited].fields["phone"] == "+64 9 555 0101"
        assert old not in found

    def test_an_edit_in_the_very_second_asked_for_is_in_the_delta(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber")
        changed_at = _one(bench, made).changed_at
        assert {record.ref.id for record in _all(bench.gateway, changed_at)} == {made}

    def test_a_record_that_a_person_removed_is_in_the_delta_and_says_so(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber")
        bench.later(100)
        since = _one(bench, made).changed_at + timedelta(seconds=10)
        bench.removes(made)
        (removed,) = _all(bench.gateway, since)
        assert removed.ref.id == made
        assert removed.status in {Status.REMOVED, Status.ARCHIVED}
        bench.later(100)
        bench.restores(made)
        assert _one(bench, made).status is Status.ACTIVE

    def test_a_quiet_delta_costs_one_call(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber")
        since = _one(bench, made).changed_at + timedelta(seconds=100)
        before, spent = bench.calls(), bench.gateway.meter.calls
        assert _all(bench.gateway, since) == []
        assert (bench.calls() - before, bench.gateway.meter.calls - spent) == (1, 1)

    def test_records_are_read_by_id_and_what_nobody_knows_is_left_out(self, bench: Bench) -> None:
        made, removed = bench.creates("Kauri Timber"), bench.creates("Rimu Joinery")
        bench.removes(removed)
        unknown = ["001000000000000AAA", "6d0f9a54-3c1f-4a52-9c53-000000000099", "no id at all", "' OR Id != '"]
        page = bench.gateway.read(KIND, [made, removed, *unknown])
        assert {record.ref.id for record in page.records} == {made, removed}

    def test_reading_nothing_asks_nobody(self, bench: Bench) -> None:
        before = bench.calls()
        assert list(bench.gateway.read(KIND, []).records) == []
        assert bench.calls() == before

    def test_the_time_of_a_reading_is_the_sides_own(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber")
        page = bench.gateway.read(KIND, [made])
        assert abs(page.read_at - page.records[0].changed_at) <= timedelta(seconds=2)

    def test_it_says_whom_it_is_connected_to(self, bench: Bench) -> None:
        identity = bench.gateway.identify()
        assert identity.organisation_id
        assert identity.name

    def test_a_side_that_has_what_the_rules_name_misses_nothing(self, bench: Bench) -> None:
        assert list(bench.gateway.missing_fields(KIND)) == []

    def test_a_kind_the_rules_do_not_share_is_refused_in_words(self, bench: Bench) -> None:
        with pytest.raises(Usage):
            _all(bench.gateway, kind="warehouse")

    # updating --------------------------------------------------------------------------------------------------------

    def test_an_update_changes_what_it_names_and_nothing_else(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber", phone="+64 9 555 0100", email="mail@kauri.example")
        (outcome,) = _update(bench, made, phone="+64 9 555 0199", shipping=ADDRESS)
        assert isinstance(outcome, Written)
        assert outcome.record.fields["phone"] == "+64 9 555 0199"
        after = _one(bench, made)
        assert after.fields["phone"] == "+64 9 555 0199"
        assert after.fields["shipping"] == ADDRESS
        assert after.fields["email"] == "mail@kauri.example"
        assert after.fields["name"] == "Kauri Timber"

    def test_the_answer_to_an_update_shows_what_a_reading_shows(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber", phone="+64 9 555 0100")
        (outcome,) = _update(bench, made, phone="+64 9 555 0199")
        read = _one(bench, made)
        assert outcome.record.version == read.version
        assert outcome.ours
        assert outcome.record.fields.items() <= read.fields.items()

    def test_a_blank_clears_the_value(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber", phone="+64 9 555 0100", shipping=ADDRESS)
        _update(bench, made, phone="", shipping=("", "", "", "", ""))
        after = _one(bench, made)
        assert after.fields["phone"] == ""
        assert after.fields["shipping"] == ("", "", "", "", "")

    def test_the_partners_id_is_stamped_where_the_side_keeps_it(self, bench: Bench) -> None:
        made, partner = bench.creates("Kauri Timber"), _partner(bench)
        bench.later(10)
        _send(bench, "update", Write(made, {}, partner=partner, key="stamp"))
        assert _one(bench, made).partner == partner
        assert [record.ref.id for record in bench.gateway.find_partner(KIND, partner)] == [made]

    def test_a_write_onto_a_record_that_is_gone_says_look_again(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber")
        read = _one(bench, made)
        bench.later(10)
        bench.removes(made)
        write = Write(made, {"phone": "+64 9 555 0199"}, edited_at=read.edited_at, key="late")
        assert _send(bench, "update", write) == [Moved()]

    def test_one_refused_record_leaves_the_others_written(self, bench: Bench) -> None:
        ids = [bench.creates(name) for name in ("Kauri Timber", "Rimu Joinery", "Totara Print")]
        bench.later(10)
        mails = ["one@kauri.example", "not an address", "three@totara.example"]
        first, second, third = _send(
            bench,
            "update",
            *(
                Write(made, {"email": mail}, edited_at=_one(bench, made).edited_at, key=made)
                for made, mail in zip(ids, mails, strict=True)
            ),
        )
        assert isinstance(first, Written)
        assert isinstance(third, Written)
        assert isinstance(second, Refused)
        assert second.refusal.field == "email"
        assert second.refusal.code
        assert second.refusal.message
        assert second.refusal.remedy
        assert second.refusal.retry == "fix_data"
        assert [_one(bench, made).fields["email"] for made in ids] == [mails[0], "", mails[2]]

    def test_retiring_takes_the_record_out_of_use_and_keeps_its_values(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber", phone="+64 9 555 0100")
        bench.later(10)
        (outcome,) = _send(
            bench, "update", Write(made, {}, edited_at=_one(bench, made).edited_at, archive=True, key="r")
        )
        assert isinstance(outcome, Written)
        after = _one(bench, made)
        assert (after.status, after.flag) == (
            (Status.ARCHIVED, False) if bench.gateway.side is Side.XERO else (Status.ACTIVE, False)
        )
        assert after.fields["phone"] == "+64 9 555 0100"

    def test_an_update_without_an_id_is_never_prepared(self, bench: Bench) -> None:
        with pytest.raises(ValueError, match="id"):
            bench.gateway.prepare(KIND, "update", [Write("", {"name": "Kauri Timber"})])

    def test_no_request_is_larger_than_the_side_takes(self, bench: Bench) -> None:
        writes = [Write(f"{number}", {"phone": "1"}) for number in range(bench.gateway.batch_size + 1)]
        with pytest.raises(ValueError, match="writes"):
            bench.gateway.prepare(KIND, "update", writes)

    # creating --------------------------------------------------------------------------------------------------------

    def test_a_create_makes_a_record_that_names_its_partner(self, bench: Bench) -> None:
        partner = _partner(bench)
        (outcome,) = _send(bench, "create", _new("Kauri Timber", partner, shipping=ADDRESS))
        assert isinstance(outcome, Written)
        assert not outcome.adopted
        made = _one(bench, outcome.record.ref.id)
        assert made.partner == partner
        assert made.fields["shipping"] == ADDRESS
        assert made.flag is (bench.gateway.side is Side.SALESFORCE)

    def test_creating_twice_gives_one_record(self, bench: Bench) -> None:
        partner = _partner(bench)
        (first,) = _send(bench, "create", _new("Kauri Timber", partner))
        (second,) = _send(bench, "create", _new("Kauri Timber Limited", partner, key="another try"))
        assert len(bench.state) == 1
        twin = isinstance(second, Written) and second.adopted and second.record.ref == first.record.ref
        assert twin or isinstance(second, Refused)
        assert [record.ref for record in bench.gateway.find_partner(KIND, partner)] == [first.record.ref]

    def test_the_very_same_request_sent_twice_gives_one_record(self, bench: Bench) -> None:
        batch = bench.gateway.prepare(KIND, "create", [_new("Kauri Timber", _partner(bench))])
        bench.gateway.send(batch)
        bench.gateway.send(batch)
        assert len(bench.state) == 1

    def test_a_create_whose_answer_was_lost_is_found_by_its_partner(self, bench: Bench) -> None:
        partner = _partner(bench)
        bench.gateway.find_partner(KIND, partner)
        bench.loses_next_answer()
        with pytest.raises(Unavailable) as caught:
            _send(bench, "create", _new("Kauri Timber", partner))
        assert caught.value.sent
        (found,) = bench.gateway.find_partner(KIND, partner)
        assert found.fields["name"] == "Kauri Timber"

    def test_one_refused_create_leaves_the_others_made(self, bench: Bench) -> None:
        one, two = PARTNERS[bench.gateway.side][:2]
        good, bad = _send(
            bench, "create", _new("Kauri Timber", one), _new("Rimu Joinery", two, email="not an address", key="b")
        )
        assert isinstance(good, Written)
        assert isinstance(bad, Refused)
        assert len(bench.state) == 1

    def test_a_create_without_its_partners_id_is_never_prepared(self, bench: Bench) -> None:
        with pytest.raises(ValueError, match="partner"):
            bench.gateway.prepare(KIND, "create", [Write("", {"name": "Kauri Timber"})])

    # history ---------------------------------------------------------------------------------------------------------

    def test_the_sides_own_history_tells_who_edited_and_when(self, bench: Bench) -> None:
        bench.keeps_history_of("phone")
        made = bench.creates("Kauri Timber", phone="+64 9 555 0100")
        bench.later(100)
        since = bench.gateway.read(KIND, [made]).read_at
        bench.edits(made, phone="+64 9 555 0111", account_number="A-1")
        (line,) = bench.gateway.history(KIND, [made], since)
        record = _one(bench, made)
        assert line.ref == record.ref
        assert abs(line.at - record.edited_at) < timedelta(seconds=1)
        assert line.by
        assert line.by in line.text
        named = bench.gateway.side is Side.SALESFORCE
        assert (line.field, line.value) == (("phone", "+64 9 555 0111") if named else ("", None))

    def test_an_address_in_the_history_is_told_member_by_member_or_not_at_all(self, bench: Bench) -> None:
        bench.keeps_history_of("shipping")
        made = bench.creates("Kauri Timber", shipping=ADDRESS)
        bench.later(100)
        since = bench.gateway.read(KIND, [made]).read_at
        bench.edits(made, shipping=("2 Dock Road\nLevel 3", *ADDRESS[1:]))
        told = {(line.field, line.member, line.value) for line in bench.gateway.history(KIND, [made], since)}
        assert told in ({("shipping", "street", "2 Dock Road\nLevel 3")}, {("", "", None)})

    def test_the_history_of_records_nobody_knows_is_empty(self, bench: Bench) -> None:
        since = bench.gateway.read(KIND, [bench.creates("Kauri Timber")]).read_at
        assert list(bench.gateway.history(KIND, [PARTNERS[bench.gateway.side.other][0]], since)) == []
        assert list(bench.gateway.history(KIND, ["nobody"], since)) == []

    def test_the_history_of_many_costs_one_call_for_twenty_where_the_side_can(self, bench: Bench) -> None:
        ids = [bench.creates(f"Kauri {number}") for number in range(21)]
        since = bench.gateway.read(KIND, ids[:1]).read_at
        before = bench.calls()
        bench.gateway.history(KIND, ids, since)
        assert bench.calls() - before == (2 if bench.gateway.side is Side.SALESFORCE else 21)

    # preparing and failing -------------------------------------------------------------------------------------------

    def test_preparing_sends_nothing(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber")
        before = bench.calls()
        bench.gateway.prepare(KIND, "update", [Write(made, {"phone": "1"})])
        assert bench.calls() == before

    def test_what_was_prepared_is_what_is_sent_byte_for_byte(self, bench: Bench) -> None:
        made = bench.creates("Kauri Tīmber")
        read = _one(bench, made)
        batch = bench.gateway.prepare(
            KIND, "update", [Write(made, {"name": "Tōtara & Sons"}, edited_at=read.edited_at, key="k")]
        )
        bench.gateway.send(batch)
        assert bench.last_body() == batch.body
        assert all(part in batch.body for part in batch.parts)

    def test_the_same_writes_are_prepared_as_the_same_bytes(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber")
        writes = [Write(made, {"phone": "1", "shipping": ADDRESS}, key="k")]
        assert bench.gateway.prepare(KIND, "update", writes) == bench.gateway.prepare(KIND, "update", writes)

    def test_an_update_whose_answer_was_lost_may_have_been_carried_out(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber")
        read = _one(bench, made)
        bench.loses_next_answer()
        with pytest.raises(Unavailable) as caught:
            _send(bench, "update", Write(made, {"phone": "+64 9 555 0199"}, edited_at=read.edited_at, key="k"))
        assert caught.value.sent
        assert _one(bench, made).fields["phone"] == "+64 9 555 0199"

    def test_a_reading_that_failed_left_nothing_in_doubt(self, bench: Bench) -> None:
        bench.is_down_once()
        with pytest.raises(Unavailable) as caught:
            _all(bench.gateway)
        assert not caught.value.sent
        assert _all(bench.gateway) == []

    def test_a_side_that_does_not_know_us_needs_a_person(self, bench: Bench) -> None:
        bench.forgets_us()
        with pytest.raises(Denied) as caught:
            _all(bench.gateway)
        assert caught.value.remedy


class ConditionalWrites(GatewayContract):
    """And what holds where the side itself compares before it writes.  (Xero does not: the engine probes there.)"""

    def test_a_write_onto_a_record_that_has_moved_writes_nothing(self, bench: Bench) -> None:
        made = bench.creates("Kauri Timber", phone="+64 9 555 0100")
        read = _one(bench, made)
        bench.later(10)
        bench.edits(made, phone="+64 9 555 0111")
        write = Write(made, {"phone": "+64 9 555 0199"}, edited_at=read.edited_at, key="late")
        assert _send(bench, "update", write) == [Moved()]
        assert _one(bench, made).fields["phone"] == "+64 9 555 0111"


def _all(gateway: Gateway, since: Any = None, kind: str = KIND) -> list[Record]:
    return [record for page in gateway.changes(kind, since) for record in page.records]


def _one(bench: Bench, record_id: str) -> Record:
    (record,) = bench.gateway.read(KIND, [record_id]).records
    return record


def _partner(bench: Bench) -> str:
    return PARTNERS[bench.gateway.side][0]


def _new(name: str, partner: str, key: str = "first try", **fields: Any) -> Write:
    return Write("", {"name": name, **fields}, partner=partner, flag=True, key=key)


def _send(bench: Bench, do: str, *writes: Write) -> list[Any]:
    return list(bench.gateway.send(bench.gateway.prepare(KIND, do, writes)).outcomes)


def _update(bench: Bench, record_id: str, **fields: Any) -> list[Any]:
    bench.later(10)
    return _send(bench, "update", Write(record_id, fields, edited_at=_one(bench, record_id).edited_at, key="update"))
