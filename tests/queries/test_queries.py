"""The read side: what it finds, what it leaves out, and the shapes that scripts rely on."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from reconciler.core.model import Ref, Side
from reconciler.core.schema import Flow
from reconciler.queries import (
    actions,
    conflicts,
    connections,
    events,
    overview,
    people,
    plans,
    questions,
    records,
    rejections,
    rules,
    runs,
    why,
)
from reconciler.queries.conflicts import Filters
from reconciler.queries.records import Found
from reconciler.queries.values import Shown, json_of, shown
from reconciler.store.tables import ConnectionRow, LinkRow, RecordRow, RunRow, SideRow
from tests.portal.world import HERE, NAMES, NOW, THERE, ago, report, salesforce_id, xero_id

# ---------------------------------------------------------------------------------------------------------- values


def test_a_group_is_shown_by_its_filled_members_and_written_with_all_of_them() -> None:
    value = shown(["1 Queen Street\nLevel 2", "", "", "1010", "New Zealand"])
    assert value is not None
    assert value.text == "1 Queen Street\nLevel 2\n1010\nNew Zealand"
    assert list(value.members)[1] == ("city", "")
    assert json.dumps(value.json) == json.dumps(
        {"street": "1 Queen Street\nLevel 2", "city": "", "region": "", "postcode": "1010", "country": "New Zealand"}
    )


def test_a_group_of_ones_own_keeps_the_names_of_its_rule() -> None:
    value = shown(["Ada", "Byron"], ("first", "last"))
    assert value is not None
    assert value.json == {"first": "Ada", "last": "Byron"}


def test_blank_and_absent_are_told_apart() -> None:
    assert (shown(None), json_of(None)) == (None, None)
    assert shown("") == Shown("")
    assert Shown("").is_blank
    assert json_of(Shown("")) == ""


# ------------------------------------------------------------------------------------------------------- conflicts


def test_a_conflict_in_json_has_the_promised_shape(session: Session) -> None:
    found = conflicts.conflict(session, 1, 2)
    assert found is not None
    document = json.loads(json.dumps(conflicts.as_json(found)))
    promised = ("id", "kind", "salesforce", "xero", "field", "status", "values", "baseline", "edited", "proposed",
                "winner", "by", "reason", "closed_because")  # fmt: skip
    assert set(promised) <= set(document)
    assert document["values"]["salesforce"] == dict(
        zip(("street", "city", "region", "postcode", "country"), HERE, strict=True)
    )
    assert document["values"]["xero"]["postcode"] == THERE[3]
    assert set(document["edited"]["salesforce"]) == {"by", "after", "until", "grade"}
    assert (document["proposed"], document["winner"]) == (None, None)
    assert (document["salesforce"], document["xero"]) == (salesforce_id(6), xero_id(6))


def test_status_decided_holds_both_lists(session: Session) -> None:
    def ids(status: str) -> set[int]:
        return {each.id for each in conflicts.conflicts(session, 1, status).rows}

    assert ids("decided") == ids("unasked") | ids("people")
    assert not ids("unasked") & ids("people")
    assert ids("all") == ids("open") | ids("decided") | ids("closed")


def test_what_is_decided_but_not_carried_out_no_longer_waits_for_a_person(session: Session) -> None:
    assert len(conflicts.conflicts(session, 1).rows) == 4
    assert conflicts.count(session, 1) == 3


def test_open_conflicts_come_oldest_first_and_pages_follow_each_other(session: Session) -> None:
    seen = []
    after = None
    while True:
        page = conflicts.conflicts(session, 1, after=after, limit=3)
        seen += [each.id for each in page.rows]
        after = page.next
        if after is None:
            break
    assert seen == [1, 2, 3, 4]


def test_a_page_that_ends_with_the_list_offers_no_more(session: Session) -> None:
    assert conflicts.conflicts(session, 1, limit=4).next is None


def test_a_percent_sign_is_searched_for_and_matches_nothing_else(session: Session) -> None:
    assert conflicts.conflicts(session, 1, filters=Filters(text="%")).rows == ()


def test_facets_count_what_the_filters_offer(session: Session) -> None:
    facets = conflicts.facets(session, 1)
    assert facets.fields == {"billing": 1, "email": 1, "name": 1, "phone": 1}
    assert facets.reasons == {"clash": 3, "first": 1}


def test_nothing_of_another_connection_is_found(session: Session) -> None:
    assert conflicts.conflict(session, 2, 1) is None
    assert conflicts.conflicts(session, 2, "all").rows == ()
    assert questions.question(session, 2, 1) is None
    assert rejections.rejection(session, 2, 1) is None
    assert runs.run(session, 2, 3) is None
    assert plans.plan(session, 2, 1) is None
    assert records.record(session, 2, Ref(Side.XERO, xero_id(1))) is None
    assert actions.of_plan(session, 2, 1).rows == ()


# ------------------------------------------------------------------------------------------ questions, rejections


def test_a_question_in_json_has_the_promised_shape(session: Session) -> None:
    document = questions.as_json(questions.questions(session, 1).rows[0])
    assert set(document) >= {"id", "type", "kind", "refs", "choices", "status"}
    assert document["choices"] == [f"covered:xero:{xero_id(1)}", "create_as", "leave"]


def test_a_rejection_in_json_has_the_promised_shape(session: Session) -> None:
    document = rejections.as_json(rejections.rejections(session, 1).rows[0])
    assert set(document) >= {"id", "kind", "side", "ref", "code", "field", "message", "remedy", "retry"}
    assert document["ref"] == f"salesforce:{salesforce_id(4)}"


def test_lists_of_every_status_follow_each_other_newest_first(session: Session) -> None:
    assert [each.id for each in questions.questions(session, 1, "all").rows] == [2, 1]
    assert [each.id for each in rejections.rejections(session, 1, "all").rows] == [2, 1]
    assert questions.questions(session, 1, "all", after=2).rows[0].id == 1


# ------------------------------------------------------------------------------------------------------------ runs


def test_quiet_runs_fold_only_where_nothing_stands_between_them(session: Session) -> None:
    timeline = runs.timeline(session, 1)
    kinds = ["quiet" if each.quiet else "run" if each.run else "event" for each in timeline.moments]
    assert kinds == ["quiet", "run", "event", "run", "run", "event", "event"]
    assert [each.id for each in timeline.moments[0].quiet] == [8, 7, 6, 5, 4]


def test_a_long_timeline_is_read_in_pages_that_lose_and_repeat_nothing(session: Session) -> None:
    seen: list[str] = []
    after = None
    while True:
        timeline = runs.timeline(session, 1, after, limit=2)
        for each in timeline.moments:
            found = each.quiet or ((each.run,) if each.run else ())
            seen += [f"run {run.id}" for run in found]
            seen += [f"event {each.event.id}"] if each.event else []
        after = timeline.next
        if after is None:
            break
    assert sorted(seen) == sorted({*seen})
    assert sum(each.startswith("run") for each in seen) == 8
    assert sum(each.startswith("event") for each in seen) == 3


@pytest.mark.parametrize(
    ("news", "quiet"),
    [
        ({}, True),
        ({"actions": {"update": {"salesforce": 0, "xero": 1}}}, False),
        ({"conflicts": {"opened": 0, "decided": 0, "closed": 1}}, False),
        ({"questions": 1}, False),
        ({"rejections": 1}, False),
    ],
)
def test_a_run_is_quiet_when_it_ended_well_and_did_nothing(
    session: Session, news: dict[str, object], quiet: bool
) -> None:
    session.add(RunRow(id=50, connection_id=1, asked_at=NOW, status="done", report=report(**news)))
    session.flush()
    found = runs.run(session, 1, 50)
    assert found is not None
    assert found.is_quiet is quiet


def test_what_runs_now_and_what_ran_last_are_told_apart(session: Session) -> None:
    assert runs.current(session, 1) is None
    session.add(RunRow(id=50, connection_id=1, asked_at=NOW, status="running"))
    session.add(RunRow(id=51, connection_id=1, asked_at=NOW, status="queued"))
    session.flush()
    current, last = runs.current(session, 1), runs.last(session, 1)
    assert current is not None
    assert last is not None
    assert (current.id, last.id) == (50, 8)


def test_an_action_carries_its_record_and_its_changes(session: Session) -> None:
    first, second, third = actions.of_plan(session, 1, 1).rows
    assert (first.name, first.changes[0].key) == (NAMES[1], "phone")
    assert second.changes[0].after is not None
    assert second.changes[0].after.json == {
        "street": "5 Queen Street", "city": "Auckland", "region": "", "postcode": "1010", "country": "New Zealand",
    }  # fmt: skip
    assert third.state == "refused"
    assert [each.seq for each in actions.of_plan(session, 1, 1, after=1, limit=1).rows] == [2]


def test_a_held_plan_is_found_with_its_tally(session: Session) -> None:
    held = plans.held(session, 1)
    assert held is not None
    assert (held.id, held.total, held.is_held) == (2, 1, True)
    assert held.tally[0].do == "create"


# --------------------------------------------------------------------------------------------------------- records


def test_each_field_of_a_pair_has_its_state(session: Session) -> None:
    found = records.record(session, 1, Ref(Side.SALESFORCE, salesforce_id(3)))
    assert found is not None
    states = {line.rule.key: line.state for line in found.lines}
    assert states["phone"] == "waiting"
    assert states["name"] == "agreed"


def test_what_was_edited_waits_for_no_sync_while_its_pair_is_not_compared(session: Session) -> None:
    def phone() -> tuple[str, str]:
        ref = Ref(Side.SALESFORCE, salesforce_id(3))
        page, told = records.record(session, 1, ref), why.why(session, 1, ref, "phone")
        assert page is not None
        return next(line.state for line in page.lines if line.rule.key == "phone"), told.sentence

    link = session.get_one(LinkRow, 3)
    link.status = "suspended"
    session.flush()
    assert phone()[0] == "stays"
    link.status = "active"
    session.query(RecordRow).filter_by(ref=xero_id(3)).one().status = "archived"
    session.flush()
    state, sentence = phone()
    assert state == "stays"
    assert sentence.endswith("it stays where it is while a record of the pair no longer stands.")


def test_a_conflict_a_refusal_and_a_field_that_is_off_show_as_such(session: Session) -> None:
    def states(number: int) -> dict[str, str]:
        found = records.record(session, 1, Ref(Side.XERO, xero_id(number)))
        assert found is not None
        return {line.rule.key: line.state for line in found.lines}

    assert states(1)["phone"] == "conflict"
    assert states(4)["email"] == "refused"


def test_two_values_taken_as_they_are_differ_and_wait_for_nothing(session: Session) -> None:
    link = session.get_one(LinkRow, 2)
    link.baseline_xero = link.baseline_xero | {"fax": "99"}
    record = session.query(RecordRow).filter_by(ref=xero_id(2)).one()
    record.fields = record.fields | {"fax": "99"}
    session.flush()
    found = records.record(session, 1, Ref(Side.XERO, xero_id(2)))
    assert found is not None
    assert next(line.state for line in found.lines if line.rule.key == "fax") == "differs"


def test_a_field_written_by_us_leads_to_the_action(session: Session) -> None:
    found = records.record(session, 1, Ref(Side.XERO, xero_id(2)))
    assert found is not None
    line = next(each for each in found.lines if each.rule.key == "phone")
    assert line.written is not None
    assert line.written.run_id == 3


def test_a_record_never_read_has_no_page(session: Session) -> None:
    assert records.record(session, 1, Ref(Side.SALESFORCE, "nobody")) is None


@pytest.mark.parametrize("text", ["", "   ", "no such name anywhere", "!!!"])
def test_a_search_for_nothing_finds_nothing(session: Session, text: str) -> None:
    assert records.search(session, 1, text) == ()


def test_every_record_is_listed_once_by_name_and_page_by_page(session: Session) -> None:
    listed, after = list[Found](), None
    while True:
        page = records.listed(session, 1, after, limit=3)
        listed += page.rows
        after = page.next
        if after is None:
            break
    rows = session.query(RecordRow).filter_by(connection_id=1).all()
    expected = [row for row in rows if row.side == "salesforce" or row.link_id is None]
    assert [(each.side, each.ref) for each in listed] == [
        (row.side, row.ref) for row in sorted(expected, key=lambda row: (row.side, row.name_key, row.id))
    ]


def test_a_list_that_goes_on_after_another_connections_record_begins_anew(session: Session) -> None:
    assert records.listed(session, 1, after=10**9).rows == records.listed(session, 1).rows


def test_names_that_begin_as_asked_come_first(session: Session) -> None:
    found = records.search(session, 1, "aurora")
    assert found[0].name.startswith("Aurora")
    assert len(found) == len({each.link_id or each.ref for each in found})


# ----------------------------------------------------------------------------------------- rules, people, events


def test_each_field_knows_which_arrows_cannot_hold_and_why(session: Session) -> None:
    field = rules.field(session, 1, "customer", "website")
    assert field is not None
    barred = {choice.flow: bool(choice.barred) for choice in field.choices}
    assert barred == {Flow.S2X: True, Flow.BOTH: True, Flow.X2S: False, Flow.OFF: False}


def test_samples_compare_as_the_rule_does(session: Session) -> None:
    record = session.query(RecordRow).filter_by(ref=xero_id(11)).one()
    record.fields = record.fields | {"website": "HTTP://www.Example11.org/"}
    session.flush()
    field = rules.field(session, 1, "customer", "website")
    assert field is not None
    assert [sample.equal for sample in field.samples] == [True, True, True]


def test_differing_pairs_are_counted_and_said_when_not_all_were_looked_at(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rules.differing(session, 1, "customer", "phone") == rules.Differing(2, 12, all_seen=True)
    monkeypatch.setattr(rules, "COMPARED", 5)
    assert rules.differing(session, 1, "customer", "phone") == rules.Differing(0, 5, all_seen=False)


def test_a_suspended_link_is_no_sample(session: Session) -> None:
    session.get_one(LinkRow, 12).status = "suspended"
    session.flush()
    assert rules.differing(session, 1, "customer", "phone").compared == 11


def test_earlier_versions_can_be_read(session: Session) -> None:
    assert [each.version for each in rules.versions(session, 1).rows] == [2, 1]
    assert rules.document(session, 1, 1) != rules.document(session, 1, 2) == rules.document(session, 1)
    assert rules.document(session, 1, 9) == ""


def test_nothing_secret_is_among_what_can_be_shown(session: Session) -> None:
    shapes = (people.PersonView, connections.SideView)
    names = {field.name for shape in shapes for field in dataclasses.fields(shape)}
    assert not names & {"password", "stamp", "credentials", "token"}
    assert [each.name for each in people.people(session)] == ["Ada", "Rui", "Vera"]


def test_the_log_holds_a_connections_events_and_those_of_the_whole_installation(session: Session) -> None:
    assert events.events(session, 1).rows[0].what == "person.signed_in"
    assert len(events.events(session, 1).rows) == 4
    assert len(events.events(session, None).rows) == 1
    assert events.events(session, 1, limit=2).next is not None


# -------------------------------------------------------------------------------------------- overview, connections


def test_the_overview_holds_what_waits_and_what_runs(session: Session) -> None:
    found = overview.overview(session, 1)
    assert found is not None
    assert (found.waiting.conflicts, found.waiting.questions, found.waiting.rejections) == (3, 1, 1)
    assert (found.links, found.pending, found.decided) == (12, 1, 2)
    assert found.schedule.every_minutes == 15
    assert found.scheduler_lives(NOW)
    assert not found.scheduler_lives(NOW + timedelta(minutes=2))
    assert overview.overview(session, 9) is None


def test_a_connection_is_live_only_when_both_sides_are(session: Session) -> None:
    def environment() -> str:
        session.flush()
        found = connections.connection(session, 1)
        assert found is not None
        return found.environment

    assert environment() == "sandbox"
    session.get_one(SideRow, (1, "xero")).environment = "live"
    assert environment() == "sandbox"
    session.get_one(SideRow, (1, "salesforce")).environment = "live"
    assert environment() == "live"


def test_connections_are_found_by_name(session: Session) -> None:
    session.add(ConnectionRow(id=2, name="Alpha", created_at=ago(days=1)))
    session.flush()
    assert [each.name for each in connections.connections(session)] == ["Alpha", "Northwind"]
    found = connections.named(session, "Northwind")
    assert found is not None
    assert found.id == 1
    assert connections.named(session, "Nowhere") is None
