"""What one pair asks for beyond the rows of the decision table: refusals, removals, stamps, several fields at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.decide import decide
from reconciler.core.model import SIDES, ClockReading, Decision, LinkState, OpenConflict, Record, Side, Status, Value
from reconciler.core.plan import Deciding, Do
from reconciler.core.schema import FieldRule, Flow, KindRule, Policy
from reconciler.errors import Refusal
from tests.core.decision_table import Setting
from tests.core.linked_pair import KEY, REFS, LinkedPair, Listed, field_rule, holds_anything, kind_rule, record

S, X = Side.SALESFORCE, Side.XERO
CLOCKS = {side: ClockReading() for side in SIDES}
NAME = FieldRule("name", "Name", "Name", "name")
PHONE = FieldRule("phone", "Phone", "Phones.DEFAULT", "phone")
FAX = FieldRule("fax", "Fax", "Phones.FAX", "phone")
RULE = KindRule("customer", (NAME, PHONE, FAX))
AGREED: dict[str, Value] = {"name": "Acme", "phone": "1", "fax": "2"}


def pair(salesforce: dict[str, str] | None = None, xero: dict[str, str] | None = None, **facts: object) -> LinkState:
    """A pair that agreed on AGREED, with what either side has edited since."""
    records = {S: record(S, AGREED | (salesforce or {})), X: record(X, AGREED | (xero or {}))}
    state = LinkState(1, "customer", records, dict.fromkeys(SIDES, AGREED))
    return state._replace(**facts)  # type: ignore[arg-type]


def with_record(state: LinkState, side: Side, **facts: object) -> LinkState:
    changed: Record = replace(state.records[side], **facts)  # type: ignore[arg-type]
    return state._replace(records={**state.records, side: changed})


def decided(state: LinkState, rule: KindRule = RULE) -> Deciding:
    return decide(state, rule, CLOCKS, holds_anything)


def writes(deciding: Deciding) -> dict[Side, dict[str, Value]]:
    updates = [action for action in deciding.actions if action.do is Do.UPDATE]
    return {action.side: {key: change.new for key, change in action.fields.items()} for action in updates}


def test_all_fields_that_go_to_one_side_are_one_update():
    assert writes(decided(pair({"phone": "3", "fax": "4"}))) == {X: {"phone": "3", "fax": "4"}}


def test_edits_of_different_fields_on_both_sides_cross():
    deciding = decided(pair({"phone": "3"}, {"fax": "4"}))
    assert writes(deciding) == {X: {"phone": "3"}, S: {"fax": "4"}}
    assert [action.side for action in deciding.actions] == [X, S]  # the proof read for Xero serves both


def test_the_other_fields_of_a_pair_go_on_flowing_beside_a_conflict():
    rule = replace(RULE, fields=(NAME, replace(PHONE, policy=Policy.ASK), FAX))
    deciding = decided(pair({"phone": "3", "fax": "4"}, {"phone": "5"}), rule)
    assert writes(deciding) == {X: {"fax": "4"}}
    assert [found.field for found in deciding.disputes] == ["phone"]


def test_an_update_says_why_in_one_sentence():
    (update,) = decided(pair({"phone": "3"})).actions
    assert update.why == "Phone edited in Salesforce."


def test_an_edit_against_the_arrow_is_said_to_be_put_back():
    one_way = replace(RULE, fields=(replace(PHONE, flow=Flow.S2X),))
    (update,) = decided(pair(xero={"phone": "3"}), one_way).actions
    assert update.why == "Phone put back: it flows from Salesforce only."


def test_a_spelling_that_parts_two_numbers_that_were_one_is_carried():
    national, there, elsewhere = "09 123 4567", "+64 9 123 4567", "+61 9 123 4567"
    agreed = {S: AGREED | {"phone": national}, X: AGREED | {"phone": there}}
    deciding = decided(pair({"phone": elsewhere}, {"phone": there}, baseline=agreed))
    assert writes(deciding) == {X: {"phone": elsewhere}}


def test_a_decision_is_written_only_where_it_does_not_stand():
    shown: dict[Side, Value] = {S: "3", X: "5"}
    conflict = OpenConflict(7, "clash", Decision(shown, "3", S, "Hana"))
    assert writes(decided(pair({"phone": "3"}, {"phone": "5"}, conflicts={"phone": conflict}))) == {X: {"phone": "3"}}


def test_an_update_rests_on_the_fields_it_carries_the_flag_and_the_status():
    (update,) = decided(pair({"phone": "3"})).actions
    assert update.ground[S]["fields"] == {"phone": "3"}
    assert update.ground[X]["fields"] == {"phone": "1"}
    assert update.ground[S]["flag"] is True
    assert update.proof["value"] is True


# -- refusals


def cannot_hold(side: Side, rule: FieldRule, value: Value) -> Refusal | None:
    return Refusal("too_long", "Too long.", rule.key) if value == "too long" else None


def test_a_value_that_the_other_side_cannot_hold_is_a_rejection_and_the_rest_is_carried():
    deciding = decide(pair({"phone": "too long", "fax": "4"}), RULE, CLOCKS, cannot_hold)
    assert writes(deciding) == {X: {"fax": "4"}}
    assert [(found.side, found.field, found.value) for found in deciding.rejections] == [(X, "phone", "too long")]
    assert deciding.agreed == {}


def test_a_value_that_was_refused_is_not_tried_again_until_it_changes():
    refused = {(X, "phone"): {"3"}}
    waiting = decided(pair({"phone": "3"}, refused=refused))
    assert (waiting.quiet, waiting.refused) == (True, frozenset({(X, "phone")}))
    assert writes(decided(pair({"phone": "4"}, refused=refused))) == {X: {"phone": "4"}}


def test_a_refused_value_that_was_taken_back_is_not_waited_for_any_more():
    assert decided(pair(refused={(X, "phone"): "3"})).refused == frozenset()


def test_what_a_policy_decides_and_a_side_cannot_hold_is_not_listed_as_decided():
    rule = replace(RULE, fields=(replace(PHONE, policy=Policy.SALESFORCE), FAX))
    deciding = decide(pair({"phone": "too long", "fax": "4"}, {"phone": "5"}), rule, CLOCKS, cannot_hold)
    (update,) = deciding.actions
    assert (list(update.fields), update.verdicts, len(deciding.rejections)) == (["fax"], (), 1)


# -- stamps


def test_a_record_that_names_no_partner_is_told_its_partner():
    (stamp,) = decided(with_record(pair(), S, partner="")).actions
    assert (stamp.do, stamp.side, stamp.fields["partner"].new) == (Do.STAMP, S, REFS[X].id)


def test_an_id_that_is_not_ours_is_never_overwritten():
    assert decided(with_record(pair(), X, partner="somebody else's")).actions == ()


def test_a_stamp_that_was_refused_is_not_sent_again_and_stays_listed():
    state = with_record(pair(), X, partner="")._replace(refused={(X, "partner"): {REFS[S].id}})
    deciding = decided(state)
    assert (deciding.actions, deciding.refused) == ((), frozenset({(X, "partner")}))


# -- names of their own, fields that were not read


def test_a_partner_with_a_name_of_its_own_keeps_it():
    assert decided(pair({"name": "Acme Ltd"}, own_name=True)) == Deciding()


def test_a_conflict_on_a_name_closes_when_the_partner_gets_a_name_of_its_own():
    state = pair({"name": "A"}, {"name": "B"}, own_name=True, conflicts={"name": OpenConflict(7, "clash")})
    assert [(over.conflict, over.decided) for over in decided(state).closed] == [(7, False)]


def test_a_field_that_was_not_read_yet_leaves_its_conflict_and_its_decision_alone():
    unread = {key: value for key, value in AGREED.items() if key != "phone"}
    decision = Decision({S: "3", X: "5"}, "3", S, "Hana")
    for conflict in (OpenConflict(7, "clash"), OpenConflict(7, "clash", decision)):
        state = with_record(pair(conflicts={"phone": conflict}), X, fields=unread)
        assert decided(state) == Deciding()


# -- decisions a side gives a form of its own, and what was taken back


def reshaped(decision: Decision) -> LinkState:
    """Xero took what was decided and shows it in a form of its own, on which the two have agreed."""
    state = pair({"phone": "3"}, {"phone": "3 (mobile)"}, conflicts={"phone": OpenConflict(7, "clash", decision)})
    agreed = {S: AGREED | {"phone": "3"}, X: AGREED | {"phone": "3 (mobile)"}}
    return state._replace(baseline=agreed)


def test_a_decision_stands_though_a_side_shows_it_in_a_form_of_its_own():
    deciding = decided(reshaped(Decision({S: "3", X: "5"}, "3", S, "Hana")))
    assert [(over.conflict, over.decided) for over in deciding.closed] == [(7, True)]
    assert deciding.actions == ()


def test_a_conflict_stays_open_while_the_two_sides_differ_though_neither_was_edited():
    state = pair({"phone": "3"}, {"phone": "5"}, conflicts={"phone": OpenConflict(7, "clash", queued={S: "3", X: "4"})})
    deciding = decided(state._replace(baseline={side: record.fields for side, record in state.records.items()}))
    assert deciding.closed == ()
    assert [(found.conflict, found.values) for found in deciding.disputes] == [(7, {S: "3", X: "5"})]


def undone(setting: Setting, xero: Value = "old") -> LinkedPair:
    """Concord had carried "new" to Xero; that was taken back, and the field waits."""
    shows: dict[Side, dict[str, Value]] = {S: {KEY: "new"}, X: {KEY: xero}}
    waiting = LinkedPair(kind_rule(field_rule(setting)), shows, {side: dict(shows[side]) for side in SIDES})
    waiting.queue, waiting.fields_of = [Listed("undone")], [KEY]
    return waiting


@pytest.mark.parametrize("flow", [Flow.BOTH, Flow.S2X, Flow.X2S])
def test_what_was_taken_back_waits_for_a_person_whatever_is_edited(flow):
    waiting = undone(Setting(flow, policy=Policy.NEWEST))
    for side, value in ((S, "newer"), (X, "other"), (S, "")):
        waiting.shows[side][KEY] = value
        waiting.run()
        assert waiting.written == []
        assert waiting.queue[0].status == "open"


@pytest.mark.parametrize("flow", [Flow.BOTH, Flow.S2X, Flow.X2S])
@pytest.mark.parametrize("side", SIDES)
def test_what_was_taken_back_is_decided_like_any_conflict_and_then_flows_again(flow, side):
    waiting = undone(Setting(flow))
    shown = {one: waiting.shows[one][KEY] for one in SIDES}
    waiting.queue[0].decision = Decision(shown, shown[side], side, "Hana")
    waiting.run()
    assert waiting.shows == {one: {KEY: shown[side]} for one in SIDES}
    assert (waiting.queue[0].status, waiting.queue[0].side) == ("decided", side)

    origin = flow.origin or S
    waiting.shows[origin][KEY] = "newest"
    waiting.run()
    assert waiting.shows[origin.other][KEY] == "newest"


def test_what_was_taken_back_closes_when_the_sides_are_equal_or_the_field_is_off():
    equal, off = undone(Setting(), xero="new"), undone(Setting(Flow.OFF))
    for waiting in (equal, off):
        waiting.run()
        assert waiting.queue[0].status == "closed"


# -- removals


FALLEN = [(S, Status.REMOVED, "removed"), (X, Status.ARCHIVED, "archived")]


@pytest.mark.parametrize(("side", "status", "question"), FALLEN)
@pytest.mark.parametrize("edited", [{}, {"phone": "3"}])
def test_a_removal_is_asked_about_and_an_edit_on_the_other_side_survives_it(side, status, question, edited):
    both = {side.other: edited}
    deciding = decided(with_record(pair(both.get(S), both.get(X)), side, status=status))
    assert deciding.actions == ()
    assert deciding.agreed == {}
    (asked,) = deciding.asks
    assert (asked.type, asked.about, asked.choices) == (question, REFS[side], ("retire", "leave"))
    assert ("edited" in asked.text) is bool(edited)


@pytest.mark.parametrize(("side", "status", "question"), FALLEN)
def test_an_answered_removal_is_followed_on_the_other_side_or_left(side, status, question):
    fallen = with_record(pair(), side, status=status)
    (retire,) = decided(fallen._replace(answer="retire")).actions
    assert (retire.do, retire.side) == (Do.RETIRE, side.other)
    assert decided(fallen._replace(answer="leave")) == Deciding()


@pytest.mark.parametrize(("side", "status", "question"), FALLEN)
def test_nothing_is_retired_where_the_rules_say_so(side, status, question):
    never = replace(RULE, retire="none")
    fallen = with_record(pair(), side, status=status)
    assert decided(fallen, never).asks[0].choices == ("leave",)


def test_nothing_is_asked_when_both_records_are_gone():
    state = with_record(with_record(pair(), S, status=Status.REMOVED), X, status=Status.ARCHIVED)
    assert decided(state) == Deciding()


def test_a_merge_into_what_cannot_be_seen_is_asked_about_until_it_is_left():
    merged = with_record(pair(), S, status=Status.MERGED, merged_into="001SURVIVOR")
    (asked,) = decided(merged).asks
    assert (asked.type, asked.choices, asked.refs[-1].id) == ("merged", ("leave",), "001SURVIVOR")
    assert decided(merged).follow == REFS[S]
    left = decided(merged._replace(answer="leave"))
    assert (left.asks, left.follow) == ((), REFS[S])


@pytest.mark.parametrize(
    ("side", "status", "becomes"), [(S, Status.REMOVED, "archived"), (X, Status.ARCHIVED, "not opted in")]
)
def test_a_retirement_that_was_refused_is_not_sent_again(side, status, becomes):
    fallen = with_record(pair(answer="retire"), side, status=status)
    refused = fallen._replace(refused={(side.other, "status"): {becomes}})
    assert decided(fallen).actions
    assert decided(refused).actions == ()
    assert decided(refused).refused == {(side.other, "status")}


# -- opt-out


def test_opting_out_suspends_and_nothing_else_is_said():
    state = with_record(pair({"phone": "3"}), S, flag=False)
    assert decided(state) == Deciding(standing="suspend")
    assert decided(state._replace(suspended=True)) == Deciding()


def test_a_deletion_is_no_opt_out_and_asks_nothing_while_opted_out():
    deleted = with_record(pair(), S, flag=False, status=Status.REMOVED)
    assert decided(deleted).standing == ""
    assert len(decided(deleted).asks) == 1
    assert decided(deleted._replace(suspended=True)) == Deciding()


def test_a_value_taken_as_it_was_is_shown_in_the_queue_when_the_arrow_overwrites_it():
    website = FieldRule("website", "Website", "Website", flow=Flow.X2S)
    apart = {S: {"website": "typed in Salesforce"}, X: {"website": ""}}
    records = {S: record(S, apart[S]), X: record(X, {"website": "typed in Xero"})}
    deciding = decided(LinkState(1, "customer", records, apart), KindRule("customer", (website,)))
    (update,) = deciding.actions
    assert [(verdict.winner, verdict.values[S]) for verdict in update.verdicts] == [(X, "typed in Salesforce")]
