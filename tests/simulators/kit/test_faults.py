"""Faults: which calls they hit, and what the caller and the twin each see.  Through real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from reconciler.simulators.kit import Server
from tests.simulators.kit.toy import NOON, Counter, counter_app


class Caller:
    """A client of the counter over one kept connection."""

    def __init__(self, url: str, twin: Counter) -> None:
        self.url, self.twin, self.session = url, twin, requests.Session()

    def get(self, path: str = "/things/1") -> requests.Response:
        return self.session.get(self.url + path, timeout=30)

    def add(self) -> requests.Response:
        return self.session.post(self.url + "/things", data="x", timeout=30)

    def fault(self, do: Any, times: int | None = None, **match: Any) -> None:
        posted = {"match": match, "do": do} | ({"times": times} if times else {})
        self.session.post(self.url + "/_sim/faults", json=[posted], timeout=30).raise_for_status()

    def statuses(self, n: int) -> list[int]:
        return [self.get().status_code for _ in range(n)]


@pytest.fixture
def caller() -> Iterator[Caller]:
    app, twin, _ = counter_app()
    with Server(app, clock=twin.clock) as server:
        yield Caller(server.url, twin)


def test_the_nth_matching_call_fails_once_counted_since_posted(caller: Caller) -> None:
    caller.get()
    caller.fault({"status": 503}, nth=2, method="get", path="^/things")
    caller.get("/free")
    assert caller.statuses(4) == [200, 503, 200, 200]


def test_a_fault_with_times_stops_by_itself(caller: Caller) -> None:
    caller.fault({"status": 429, "headers": {"Retry-After": "7"}, "body": {"why": "too many"}}, times=2)
    answer = caller.get()
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()) == (429, "7", {"why": "too many"})
    assert caller.statuses(2) == [429, 200]


def test_every_third_call_fails(caller: Caller) -> None:
    caller.fault({"status": 500}, every=3)
    assert caller.statuses(6) == [200, 200, 500, 200, 200, 500]


def test_an_edit_that_is_refused_leaves_the_call_alone(caller: Caller) -> None:
    caller.fault({"edit": {"do": "nonsense"}}, nth=1)
    assert caller.statuses(1) == [200]


@pytest.mark.parametrize("status", [99, 199, 600, 20_000])
def test_a_status_that_is_none_is_refused(caller: Caller, status: int) -> None:
    posted = [{"match": {}, "do": {"status": status}}]
    assert caller.session.post(caller.url + "/_sim/faults", json=posted, timeout=30).status_code == 400


def test_every_alone_means_each_call(caller: Caller) -> None:
    caller.fault({"status": 500}, every=True)
    assert caller.statuses(3) == [500, 500, 500]


def test_a_rate_is_the_same_on_every_telling(caller: Caller) -> None:
    caller.fault({"status": 500}, rate=0.5, seed=4)
    first = caller.statuses(12)
    caller.session.delete(caller.url + "/_sim/faults", timeout=30)
    caller.fault({"status": 500}, rate=0.5, seed=4)
    assert caller.statuses(12) == first
    assert {200, 500} == set(first)


def test_a_call_dropped_before_leaves_no_trace(caller: Caller) -> None:
    caller.fault("drop_before", method="POST")
    with pytest.raises(requests.ConnectionError):
        caller.add()
    assert caller.twin.count == 0


def test_a_call_dropped_after_has_happened(caller: Caller) -> None:
    caller.fault("drop_after", nth=1, method="POST")
    with pytest.raises(requests.ConnectionError):
        caller.add()
    assert caller.twin.count == 1
    assert caller.add().json()["count"] == 2


def test_a_slow_commit_becomes_visible_late_with_its_early_stamp(caller: Caller) -> None:
    caller.fault({"slow_commit": 30}, nth=1, method="POST")
    with pytest.raises(requests.ConnectionError):
        caller.add()
    assert caller.get().json()["count"] == 0
    caller.twin.clock.set(offset_seconds=30)
    assert caller.get().json()["count"] == 1
    assert caller.twin.seen_at == [NOON]


def test_a_truncated_answer_is_half_of_what_its_length_promises(caller: Caller) -> None:
    caller.fault("truncate", nth=1)
    with pytest.raises(requests.exceptions.RequestException):
        caller.get()
    answer = caller.session.get(caller.url + "/things/1", stream=True, timeout=30)
    assert answer.json()["number"] == 1


def test_html_may_stand_in_place_of_json(caller: Caller) -> None:
    caller.fault("html", nth=1, method="POST")
    answer = caller.add()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert caller.twin.count == 1


def test_headers_alone_go_with_the_answer_as_it_is(caller: Caller) -> None:
    caller.fault({"headers": {"Retry-After": "9", "Content-Type": "text/plain"}}, nth=1)
    answer = caller.get()
    assert (answer.status_code, answer.json()["number"]) == (200, 1)
    assert (answer.headers["Retry-After"], answer.headers["Content-Type"]) == ("9", "text/plain")
    assert "Retry-After" not in caller.get().headers


def test_the_first_of_two_faults_decides_the_answer_and_its_headers(caller: Caller) -> None:
    caller.fault({"status": 503, "headers": {"X-First": "1"}}, nth=1)
    caller.fault({"status": 429, "headers": {"X-Second": "1"}}, nth=1)
    answer = caller.get()
    assert (answer.status_code, "X-First" in answer.headers, "X-Second" in answer.headers) == (503, True, False)


def test_a_page_may_come_with_a_status_of_its_own(caller: Caller) -> None:
    caller.fault({"status": 503, "html": True}, nth=1)
    answer = caller.add()
    assert answer.status_code == 503
    assert "We are setting things up" in answer.text
    assert caller.add().json()["count"] == 1


def test_a_person_may_edit_before_or_after_a_call(caller: Caller) -> None:
    caller.fault({"edit": {"do": "update"}, "when": "before"}, nth=1, method="POST")
    caller.fault({"edit": {"do": "update"}, "when": "after"}, nth=1, method="POST")
    assert caller.add().json()["count"] == 2
    assert caller.twin.count == 3


def test_effects_join(caller: Caller) -> None:
    caller.fault({"edit": {"do": "update"}}, nth=1)
    caller.fault("drop_after", nth=1)
    with pytest.raises(requests.ConnectionError):
        caller.get()
    assert caller.twin.count == 1


def test_faulted_calls_are_counted_and_unanswered_ones_carry_status_nought(caller: Caller) -> None:
    caller.fault({"status": 503}, nth=1, method="GET")
    caller.fault("drop_before", nth=1, method="POST")
    caller.get()
    with pytest.raises(requests.ConnectionError):
        caller.add()
    counted = caller.get("/_sim/calls").json()
    assert counted["total"] == 2
    assert {row["status"] for row in counted["calls"]} == {503, 0}


def test_control_calls_are_never_faulted(caller: Caller) -> None:
    caller.fault("drop_before")
    assert caller.get("/_sim/health").status_code == 200
    assert caller.get("/_sim/faults").json()[0]["hits"] == 0


def test_the_list_of_faults_shows_their_hits(caller: Caller) -> None:
    caller.fault({"status": 503}, nth=2)
    caller.statuses(3)
    listed = caller.get("/_sim/faults").json()
    assert listed == [{"id": 1, "match": {"nth": 2}, "do": {"status": 503}, "times": 1, "seen": 3, "hits": 1}]


def test_an_answer_cut_short_is_whole_to_the_connection_and_no_json(caller: Caller) -> None:
    caller.fault("cut_short", times=1)
    answer = caller.get()
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(answer.content)))
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert caller.get().json()["number"] == 1


def test_a_fault_may_name_several_methods(caller: Caller) -> None:
    caller.fault({"status": 500}, method=["post", "delete"])
    assert (caller.get().status_code, caller.add().status_code) == (200, 500)


def test_an_answer_without_a_body_has_no_content_type(caller: Caller) -> None:
    caller.fault({"status": 429, "headers": {"Retry-After": "5"}}, times=1)
    answer = caller.get()
    assert (answer.content, answer.headers.get("Content-Type"), answer.headers["Retry-After"]) == (b"", None, "5")
