"""What follows a removal or a merge: answers, edits made meanwhile, and whoever comes back."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from reconciler.core.model import Status
from reconciler.store.tables import LinkRow, QuestionRow
from tests.adapters.wired import Wired
from tests.removals.story import TYPED, Role, S, Story, X


@pytest.fixture
def story(theatre: tuple[Wired, Engine]) -> Story:
    return Story(*theatre)


@pytest.fixture
def role(story: Story) -> Role:
    return story.cast[0]


def test_an_archive_is_followed_in_salesforce_by_opting_out_and_only_after_an_answer(story: Story, role: Role) -> None:
    story.act(role, "archive")
    story.live.run()
    assert story.records(S)[role.pair[S]].flag
    story.answer("retire")
    story.live.run()
    account = story.records(S)[role.pair[S]]
    assert (account.status, account.flag) == (Status.ACTIVE, False)
    assert story.asked() == []


def test_a_deletion_is_followed_in_xero_by_archiving_and_only_after_an_answer(story: Story, role: Role) -> None:
    story.act(role, "delete")
    story.live.run()
    assert story.records(X)[role.pair[X]].status is Status.ACTIVE
    story.answer("retire")
    story.live.run()
    assert story.records(X)[role.pair[X]].status is Status.ARCHIVED
    assert story.live.run()["writes"] == 0


def test_an_edit_made_after_the_answer_beats_the_removal_and_is_asked_about(story: Story, role: Role) -> None:
    story.act(role, "delete")
    story.live.run()
    story.answer("retire")
    story.act(role, "type in Xero")
    story.live.run()
    contact = story.records(X)[role.pair[X]]
    assert (contact.status, contact.fields["phone"]) == (Status.ACTIVE, TYPED)
    (question,) = story.open_questions()
    assert "after the answer was given" in question.text


def test_leaving_it_as_it_is_asks_no_more_and_writes_nothing(story: Story, role: Role) -> None:
    story.act(role, "archive")
    story.live.run()
    story.answer("leave")
    story.act(role, "type in Salesforce")
    assert story.live.run()["writes"] == 0
    assert story.asked() == []
    story.act(role, "restore")
    story.live.run()
    assert story.phone(X, role.pair[X]) == TYPED


def test_opting_in_again_after_following_an_archive_is_not_undone_by_the_old_answer(story: Story, role: Role) -> None:
    story.act(role, "archive")
    story.live.run()
    story.answer("retire")
    story.live.run()
    story.act(role, "set the flag")
    story.live.run()
    assert story.records(S)[role.pair[S]].flag
    assert story.asked() == ["archived"]


def test_a_return_takes_the_question_back(story: Story, role: Role) -> None:
    story.act(role, "delete")
    story.live.run()
    assert story.asked() == ["removed"]
    story.act(role, "undelete")
    story.live.run()
    assert story.asked() == []
    (closed,) = story.live.rows(QuestionRow)
    assert closed.closed_because


def test_what_was_typed_on_both_sides_of_an_opt_out_is_asked_even_after_an_archive(story: Story, role: Role) -> None:
    story.act(role, "clear the flag")
    story.live.run()
    story.live.edit(S, role.pair[S], phone="+64 9 1")
    story.live.edit(X, role.pair[X], phone="+64 9 2")
    story.act(role, "archive")
    story.live.run()
    story.act(role, "set the flag")
    story.live.run()
    story.act(role, "restore")
    story.live.run()
    assert (story.phone(S, role.pair[S]), story.phone(X, role.pair[X])) == ("+64 9 1", "+64 9 2")


def test_the_survivor_of_a_merge_in_salesforce_carries_what_was_chosen_there(story: Story, role: Role) -> None:
    kept = {"Sync_with_Xero__c": True, "Phone": TYPED}
    story.do(S, "merge", role.spare[S], kept, loser=role.pair[S])
    story.live.run()
    assert story.phone(X, role.pair[X]) == TYPED
    shown = story.records(X)[role.pair[X]]
    assert shown.fields["name"] == story.records(S)[role.spare[S]].fields["name"]
    assert shown.partner == role.spare[S], "the contact names the account that was kept"
    assert story.live.run()["writes"] == 0


def test_a_merge_into_an_account_that_is_not_opted_in_shares_nothing(story: Story, role: Role) -> None:
    before = story.records(X)[role.pair[X]].fields
    story.do(S, "merge", role.spare[S], {"Phone": TYPED}, loser=role.pair[S])
    story.live.run()
    story.live.run()
    assert list(story.links(role).values()) == ["suspended"]
    assert story.records(X)[role.pair[X]].fields == before


def test_the_account_names_the_contact_that_was_kept_in_xero(story: Story, role: Role) -> None:
    story.act(role, "merge into an unlinked contact")
    story.live.run()
    assert story.records(S)[role.pair[S]].partner == role.spare[X]
    story.live.edit(S, role.pair[S], phone=TYPED)
    story.live.run()
    assert story.phone(X, role.spare[X]) == TYPED
    assert story.live.run()["rejections"] == 0


def test_merging_in_the_other_system_too_ends_the_question(story: Story, role: Role) -> None:
    story.act(role, "merge into a linked account")
    story.live.run()
    assert story.asked() == ["merged"]
    story.act(role, "merge into a linked contact")
    story.live.run()
    assert story.asked() == []


def test_a_pair_merged_on_both_sides_at_once_asks_nothing(story: Story, role: Role) -> None:
    story.act(role, "merge into a linked account")
    story.act(role, "merge into a linked contact")
    story.live.run()
    assert story.asked() == []
    assert story.links(role) == {}


def test_a_loser_that_returns_has_its_link_again_with_what_was_agreed(story: Story, role: Role) -> None:
    agreed = story.live.rows(LinkRow)[0].baseline_xero
    story.act(role, "merge into a linked account")
    story.live.run()
    story.act(role, "type in Xero")
    story.act(role, "undelete")
    story.live.run()
    assert list(story.links(role)) == [(role.pair[S], role.pair[X])]
    assert story.phone(S, role.pair[S]) == TYPED
    assert story.live.rows(LinkRow)[0].baseline_xero.keys() == agreed.keys()
    assert story.asked() == []


def test_a_contact_restored_after_a_merge_in_xero_is_linked_again(story: Story, role: Role) -> None:
    story.act(role, "merge into a linked contact")
    story.live.run()
    story.act(role, "restore")
    story.live.run()
    assert list(story.links(role)) == [(role.pair[S], role.pair[X])]


def test_a_loser_that_returns_after_its_link_went_on_is_not_made_or_linked_again(story: Story, role: Role) -> None:
    story.act(role, "merge into an unlinked contact")
    story.live.run()
    accounts = set(story.records(S))
    story.act(role, "restore")
    story.live.run()
    assert story.live.run()["writes"] == 0
    assert set(story.records(S)) == accounts
    assert list(story.links(role)) == [(role.pair[S], role.spare[X])]


def test_a_question_about_a_possible_match_ends_when_its_account_is_deleted(story: Story, role: Role) -> None:
    name = story.records(X)[role.spare[X]].fields["name"]
    twin = story.do(S, "create", "", {"Name": name, "Sync_with_Xero__c": True})
    story.live.run()
    assert story.asked() == ["match"]
    story.do(S, "delete", twin)
    story.live.run()
    assert story.asked() == []


def test_a_question_about_a_possible_match_ends_with_the_opt_in(story: Story, role: Role) -> None:
    name = story.records(X)[role.spare[X]].fields["name"]
    twin = story.do(S, "create", "", {"Name": name, "Sync_with_Xero__c": True})
    story.live.run()
    story.do(S, "update", twin, {"Sync_with_Xero__c": False})
    story.live.run()
    assert story.asked() == []
