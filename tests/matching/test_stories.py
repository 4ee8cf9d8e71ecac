"""What becomes of records that may be the same: run by run, with a person's answers in between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.schema import Create, OptIn
from reconciler.store.tables import ApartRow, QuestionRow
from tests.engine.bench import HERE, THERE, Bench, S, X

MAIL, PHONE = "accounts@aurora.example", "+64 9 300 1000"


def questions(bench: Bench, status: str = "open") -> list[QuestionRow]:
    return bench.rows(QuestionRow, status=status)


def only_question(bench: Bench) -> QuestionRow:
    (question,) = questions(bench)
    return question


def names(bench: Bench, side) -> list[str]:
    return sorted(str(record.fields["name"]) for record in bench.worlds[side].records.values())


@pytest.mark.parametrize(
    ("account", "contact"),
    [
        ({"email": MAIL}, {"email": MAIL.upper()}),
        ({"phone": PHONE}, {"phone": "(09) 300-1000"}),
        ({"tax_number": "12-345-674"}, {"tax_number": "12345674"}),
        ({"billing": HERE}, {"shipping": HERE}),
        ({"account_number": "C-17"}, {"account_number": "c-17"}),
    ],
)
def test_two_records_with_one_name_and_one_more_thing_in_common_are_linked_without_asking(bench, account, contact):
    bench.customer("Aurora Brewing Limited", **account)
    bench.customer("AURORA BREWING LTD", X, **contact)
    bench.run()
    assert (len(bench.links()), questions(bench)) == (1, [])


@pytest.mark.parametrize(
    ("account", "contact"),
    [
        ({}, {}),  # nothing but the name
        ({"email": MAIL, "phone": PHONE}, {"email": MAIL, "phone": "+64 9 300 2000"}),  # a branch, perhaps
        ({"email": MAIL, "billing": HERE}, {"email": MAIL, "billing": THERE}),
        ({"email": MAIL, "tax_number": "49-091-850"}, {"email": MAIL, "tax_number": "35-901-981"}),
    ],
)
def test_one_name_is_not_enough_and_what_contradicts_is_asked_about(bench, account, contact):
    bench.customer("Aurora Brewing", **account)
    bench.customer("Aurora Brewing", X, **contact)
    bench.run()
    assert bench.links() == []
    assert only_question(bench).type == "match"
    assert names(bench, X) == ["Aurora Brewing"]


def test_a_holding_and_its_subsidiary_are_never_linked_by_what_they_share(bench):
    shared = {"email": MAIL, "phone": PHONE, "billing": HERE, "tax_number": "49-091-850"}
    bench.customer("Aurora Holdings", **shared)
    bench.customer("Aurora Brewing", X, **shared)
    bench.run()
    assert bench.links() == []
    details = only_question(bench).details["candidates"][0]
    assert details["reasons"] == ["same tax number", "same e-mail", "same telephone", "same address"]


def test_one_account_and_two_contacts_are_asked_about_once_and_the_answer_links(bench):
    bench.customer("Aurora Brewing", email=MAIL)
    first = bench.customer("Aurora Brewing", X, email=MAIL)
    bench.customer("Aurora Brewing Ltd", X, email=MAIL)
    bench.run()
    bench.answer(only_question(bench).id, f"link:{first.ref}")
    bench.run()
    assert [link.xero for link in bench.links()] == [first.ref.id]
    assert questions(bench) == []


def test_two_accounts_and_one_contact_are_one_question_and_the_second_may_then_be_covered(bench):
    one, other = bench.customer("Aurora Brewing", email=MAIL), bench.customer("Aurora Brewing", email=MAIL)
    contact = bench.customer("Aurora Brewing", X, email=MAIL)
    bench.run()
    question = only_question(bench)
    assert set(question.refs) == {str(one.ref), str(other.ref), str(contact.ref)}
    bench.answer(question.id, f"link:{contact.ref}")
    bench.run()
    bench.run()
    second = only_question(bench)
    assert second.about == str(other.ref)
    bench.answer(second.id, f"covered:{contact.ref}")
    bench.run()
    assert questions(bench) == []
    assert names(bench, X) == ["Aurora Brewing"]


def test_leaving_one_of_two_accounts_settles_the_other(bench):
    one, other = bench.customer("Aurora Brewing", email=MAIL), bench.customer("Aurora Brewing", email=MAIL)
    bench.customer("Aurora Brewing", X, email=MAIL)
    bench.run()
    left = only_question(bench)
    bench.answer(left.id, "leave")
    bench.run()
    expected = {str(one.ref): other.ref.id, str(other.ref): one.ref.id}[left.about]
    assert [link.salesforce for link in bench.links()] == [expected]


def test_not_a_match_is_remembered_and_never_asked_again(bench):
    account = bench.customer("Aurora Holdings", email=MAIL)
    contact = bench.customer("Aurora Brewing", X, email=MAIL)
    bench.run()
    bench.answer(only_question(bench).id, f"not:{contact.ref}")
    bench.run()
    assert names(bench, X) == ["Aurora Brewing", "Aurora Holdings"]
    bench.edit(S, account.ref.id, fax="+64 9 300 9999")
    bench.run()
    assert questions(bench) == []
    (apart,) = bench.rows(ApartRow)
    assert (apart.salesforce, apart.xero, apart.by) == (account.ref.id, contact.ref.id, "Rui")


def test_a_name_that_somebody_else_has_is_asked_for(bench):
    bench.customer("Aurora Brewing")
    contact = bench.customer("Aurora Brewing", X)
    bench.run()
    bench.answer(only_question(bench).id, f"not:{contact.ref}")
    bench.run()
    question = only_question(bench)
    assert (question.type, question.choices) == ("name_taken", ["create_as", "leave"])
    bench.answer(question.id, "create_as:Aurora Brewing Leeds")
    bench.run()
    assert names(bench, X) == ["Aurora Brewing", "Aurora Brewing Leeds"]
    assert questions(bench) == []


def test_a_possible_match_may_be_answered_by_a_name_of_its_own(bench):
    bench.customer("Aurora Brewing")
    bench.customer("Aurora Brewing", X)
    bench.run()
    question = only_question(bench)
    assert {choice.partition(":")[0] for choice in question.choices} == {"link", "create_as", "not", "leave"}
    bench.answer(question.id, "create_as:Aurora Brewing Leeds")
    bench.run()
    assert (names(bench, X), questions(bench)) == (["Aurora Brewing", "Aurora Brewing Leeds"], [])


def test_none_of_them_rules_out_every_candidate_at_once(bench):
    bench.customer("Aurora Holdings", email=MAIL)
    bench.customer("Aurora Brewing", X, email=MAIL)
    bench.customer("Aurora Bottling", X, email=MAIL)
    bench.run()
    bench.answer(only_question(bench).id, "none")
    bench.run()
    assert names(bench, X) == ["Aurora Bottling", "Aurora Brewing", "Aurora Holdings"]
    assert len(bench.rows(ApartRow)) == 2


@pytest.mark.parametrize(("mail", "links", "asked"), [(MAIL, 1, 0), ("", 0, 1)])
def test_two_creations_of_one_thing_in_one_run_are_one_adoption_or_one_question(bench, mail, links, asked):
    bench.rule(replace(bench.kind, create=Create.BOTH, opt_in=OptIn(xero="all")))
    bench.customer("Aurora Brewing", email=mail)
    bench.customer("Aurora Brewing", X, email=mail)
    for _ in range(3):
        bench.run()
        assert (len(bench.links()), len(questions(bench))) == (links, asked)
    assert (names(bench, S), names(bench, X)) == (["Aurora Brewing"], ["Aurora Brewing"])


def test_a_mailbox_that_very_many_share_is_no_reason_to_ask(bench):
    for number in range(10):
        bench.customer(f"Client {number} of the desk", X, email=MAIL)
    bench.customer("Aurora Brewing", email=MAIL)
    bench.run()
    assert questions(bench) == []
    assert len(bench.links()) == 1


def test_a_slip_of_the_keyboard_is_asked_about_where_nothing_else_is_known(bench):
    bench.customer("Aurora Brewing")
    bench.customer("Aurora Brweing", X)
    bench.run()
    assert only_question(bench).details["candidates"][0]["reasons"] == ["nearly the same name"]


def test_a_record_is_found_by_what_it_shows_now(bench):
    contact = bench.customer("Something Else", X)
    bench.run()
    bench.edit(X, contact.ref.id, name="Aurora Brewing", email=MAIL)
    bench.customer("Aurora Brewing", email=MAIL)
    bench.customer("Something Else", phone=PHONE)
    bench.run()
    assert contact.ref.id in {link.xero for link in bench.links()}
    assert names(bench, X) == ["Aurora Brewing", "Something Else"]


def test_a_question_is_looked_at_again_when_only_the_candidate_changes(bench):
    bench.customer("Aurora Brewing", phone=PHONE)
    contact = bench.customer("Aurora Brewing", X)
    bench.run()
    assert only_question(bench).details["candidates"][0]["reasons"] == ["same name"]
    bench.edit(X, contact.ref.id, phone="(09) 300-1000")
    bench.run()
    assert (len(bench.links()), questions(bench)) == (1, [])


def test_a_question_whose_candidate_turns_out_to_be_another_closes_and_the_record_is_created(bench):
    bench.customer("Aurora Brewing")
    contact = bench.customer("Aurora Brewing", X)
    bench.run()
    bench.edit(X, contact.ref.id, name="Something Else")
    bench.run()
    assert questions(bench) == []
    assert names(bench, X) == ["Aurora Brewing", "Something Else"]


def test_a_second_candidate_that_comes_later_stands_in_the_same_question(bench):
    bench.customer("Aurora Brewing")
    bench.customer("Aurora Brewing", X)
    bench.run()
    late = bench.customer("Aurora Brewing Ltd", X)
    bench.run()
    assert str(late.ref) in only_question(bench).refs
