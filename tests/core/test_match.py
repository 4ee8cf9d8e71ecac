"""What becomes of a record without a partner: never a guess."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.match import Answer, Candidate, decide_new
from reconciler.core.model import SIDES, ClockReading, Record, Ref, Side, Status, Value
from reconciler.core.plan import Deciding, Do
from reconciler.core.schema import Create, FieldRule, Flow, KindRule, OptIn
from reconciler.errors import Refusal
from tests.core.linked_pair import NOON, holds_anything

S, X = Side.SALESFORCE, Side.XERO
CLOCKS = {side: ClockReading() for side in SIDES}
RULE = KindRule(
    "customer",
    (
        FieldRule("name", "Name", "Name", "name"),
        FieldRule("phone", "Phone", "Phones.DEFAULT", "phone"),
        FieldRule("fax", "Fax", "Phones.FAX", "phone"),
        FieldRule("website", "Website", "Website", "website", flow=Flow.X2S),
        FieldRule("email", "Email__c", "EmailAddress", "email", flow=Flow.OFF),
    ),
    create=Create.BOTH,
)
FILLED = {"name": "Acme Ltd", "phone": "09 123", "fax": "", "website": "acme.example", "email": "a@acme.example"}


def account(**facts: object) -> Record:
    record = Record(Ref(S, "001A"), "customer", "1", NOON, NOON, FILLED, flag=True)
    return replace(record, **facts)  # type: ignore[arg-type]


def contact(record_id: str = "c-1", **facts: object) -> Record:
    fields = FILLED | {"phone": "09 999", "email": ""}
    return replace(Record(Ref(X, record_id), "customer", "1", NOON, NOON, fields), **facts)  # type: ignore[arg-type]


def candidate(*reasons: str, linked: bool = False, record: Record | None = None) -> Candidate:
    return Candidate(record or contact(), frozenset(reasons), linked, certain="id" in reasons)


def asked(*found: Candidate, record: Record | None = None, rule: KindRule = RULE, answer: str = "") -> Deciding:
    given = Answer.parse(answer) if answer else None
    return decide_new(record or account(), found, rule, CLOCKS, holds_anything, given)


def done(deciding: Deciding) -> list[str]:
    return [action.do.value for action in deciding.actions]


def test_a_record_like_no_other_is_created_and_told_its_partner():
    assert done(asked()) == ["create", "stamp"]


def test_two_records_of_which_one_names_the_other_are_adopted():
    assert done(asked(candidate("id", "name")))[0] == "adopt"


def test_an_adoption_decides_differences_as_at_any_first_comparison():
    deciding = asked(candidate("id", record=contact(partner="001A")))
    assert [(found.field, found.reason) for found in deciding.disputes] == [("phone", "first")]
    assert done(deciding) == ["adopt", "stamp"]  # only the account does not name its partner yet


@pytest.mark.parametrize("reason", ["name", "email", "tax"])
def test_any_likeness_but_an_id_is_a_question_and_nothing_is_created(reason):
    deciding = asked(candidate(reason))
    assert done(deciding) == []
    (question,) = deciding.asks
    assert question.type == "match"
    assert question.choices == ("link:xero:c-1", "create_as", "not:xero:c-1", "leave")


UNCERTAIN = {
    "archived": candidate("id", record=contact(status=Status.ARCHIVED)),
    "merged away": candidate("id", record=contact(status=Status.MERGED)),
    "linked already": candidate("id", linked=True),
}


@pytest.mark.parametrize("case", UNCERTAIN)
def test_a_record_that_names_this_one_is_asked_about_where_it_cannot_simply_be_adopted(case):
    deciding = asked(UNCERTAIN[case])
    assert (done(deciding), len(deciding.asks)) == ([], 1)
    assert "link:xero:c-1" not in deciding.asks[0].choices


def test_two_records_that_both_name_this_one_are_a_question():
    deciding = asked(candidate("id"), candidate("id", record=contact("c-2")))
    assert done(deciding) == []
    assert deciding.asks[0].choices[:2] == ("link:xero:c-1", "link:xero:c-2")


def test_a_linked_likeness_may_cover_this_record():
    assert "covered:xero:c-1" in asked(candidate("name", linked=True)).asks[0].choices


def test_what_may_not_be_created_is_neither_created_nor_offered():
    rule = replace(RULE, create=Create.X2S)
    assert asked(rule=rule) == Deciding()
    assert "create_as" not in asked(candidate("name"), rule=rule).asks[0].choices


def test_a_create_carries_every_filled_field_that_flows_there():
    made = asked().actions[0]
    assert {key: change.new for key, change in made.fields.items()} == {"name": "Acme Ltd", "phone": "09 123"}
    made = asked(record=contact(), rule=replace(RULE, opt_in=OptIn(xero="all"))).actions[0]
    assert set(made.fields) == {"name", "phone", "website"}


def test_a_create_has_a_name_even_where_names_do_not_flow_there():
    fields = tuple(replace(field, flow=Flow.X2S) for field in RULE.fields)
    assert set(asked(rule=replace(RULE, fields=fields)).actions[0].fields) == {"name"}


def refusing(key: str):
    def cannot_hold(side: Side, rule: FieldRule, value: Value) -> Refusal | None:
        return Refusal("too_long", "Too long.", key) if rule.key == key else None

    return cannot_hold


def test_a_field_that_the_side_cannot_hold_is_left_out_and_named():
    deciding = decide_new(account(), [], RULE, CLOCKS, refusing("phone"))
    assert set(deciding.actions[0].fields) == {"name"}
    assert [rejection.field for rejection in deciding.rejections] == ["phone"]


def test_nothing_is_created_without_a_name_that_the_side_can_hold():
    deciding = decide_new(account(), [], RULE, CLOCKS, refusing("name"))
    assert (done(deciding), [rejection.field for rejection in deciding.rejections]) == ([], ["name"])


def test_a_create_carries_the_proof_that_it_may_be_shared():
    assert asked().actions[0].proof["value"] is True
    shared = replace(RULE, opt_in=OptIn(xero="group", group="Shared"))
    made = asked(record=contact(groups=("Shared",)), rule=shared).actions[0]
    assert made.proof == {"rule": "xero: Shared", "value": ["Shared"], "ref": "xero:c-1"}


def test_an_answer_links_the_record_that_was_chosen():
    other = contact("c-2")
    deciding = asked(candidate("name"), candidate("name", record=other), answer="link:xero:c-2")
    assert deciding.actions[0].do is Do.ADOPT
    assert deciding.actions[0].ref == other.ref


def test_an_answer_that_names_a_record_linked_since_is_asked_again():
    deciding = asked(candidate("name", linked=True), answer="link:xero:c-1")
    assert (done(deciding), len(deciding.asks)) == ([], 1)


def test_an_answer_that_names_a_record_no_longer_like_this_one_is_asked_again():
    assert len(asked(candidate("name"), answer="link:xero:c-9").asks) == 1


def test_an_answer_creates_under_a_name_of_its_own():
    made = asked(candidate("name"), answer="create_as:Acme (Wellington)").actions[0]
    assert made.own_name
    assert made.fields["name"].new == "Acme (Wellington)"


def test_an_answer_creates_nothing_where_nothing_may_be_created_any_more():
    rule = replace(RULE, create=Create.NONE)
    assert done(asked(candidate("name"), rule=rule, answer="create_as:Acme 2")) == []


@pytest.mark.parametrize(
    "text", ["", "link", "link:", "link:somewhere:1", "create_as", "create_as: ", "leave:1", "delete"]
)
def test_what_is_no_answer_is_not_taken_for_one(text):
    with pytest.raises(ValueError, match="not"):
        Answer.parse(text)
