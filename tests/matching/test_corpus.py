"""Matching judged on our own labelled corpora: what is adopted wrongly, what is missed, how much is asked."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.matching import elsewhere
from tests.matching.corpus import Corpus, make
from tests.matching.scored import Score, by_sort, match, store


def scored(engine: Engine, corpus: Corpus, called: object) -> Score:
    score = match(engine, store(engine, corpus), corpus)
    print(f"\n{called}: {score}; missed: {dict(by_sort(corpus, score.missed))}")
    return score


def promised(score: Score) -> None:
    assert score.wrong == []
    assert score.recall > 0.98
    assert score.share_asked < 0.05


def test_nothing_is_adopted_wrongly_hardly_anything_is_missed_and_little_is_asked(database):
    promised(scored(database, make(500, seed=7), "one corpus"))


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(20))
def test_the_promise_holds_for_other_corpora_of_the_same_kind(database, seed):
    promised(scored(database, make(1_000, seed), seed))


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(20))
def test_the_promise_holds_in_other_countries_with_other_habits_of_typing(database, seed):
    promised(scored(database, elsewhere.make(1_000, seed), seed))


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(100, 110))
def test_where_two_in_three_are_made_to_mislead_still_nothing_is_adopted_wrongly(database, seed):
    score = scored(database, make(1_500, seed, misleading=2.0), seed)
    assert score.wrong == []
    assert score.recall > 0.98


@pytest.mark.prove
@pytest.mark.parametrize("sort", elsewhere.TRAPS)
def test_no_trap_set_a_hundred_times_catches_a_wrong_partner(database, sort):
    assert scored(database, elsewhere.only(sort, 100, seed=1), sort).wrong == []
