"""Quotas, idempotency keys, size and outages."""

from __future__ import annotations

import threading
import time
import urllib.request

import pytest

from reconciler.simulators.kit import Server
from reconciler.simulators.xero import answers, create_app
from reconciler.simulators.xero.front import Front, canonical


def test_every_answer_says_what_remains(api):
    api.twin.settings({"minute_limit": 60})
    before, after = (api.get("/Contacts?page=1").headers for _ in range(2))
    assert int(before["X-MinLimit-Remaining"]) - int(after["X-MinLimit-Remaining"]) == 1
    assert int(before["X-DayLimit-Remaining"]) - int(after["X-DayLimit-Remaining"]) == 1
    assert int(after["X-AppMinLimit-Remaining"]) < 10_000
    assert "X-MinLimit-Remaining" in api.get("/Contacts/unknown").headers


@pytest.mark.too_many
def test_the_sixty_first_call_of_a_minute_is_refused_with_an_empty_body(api):
    api.twin.settings({"minute_limit": 60})
    assert {api.get("/Contacts?page=1").status_code for _ in range(60)} == {200}
    refused = api.get("/Contacts?page=1")
    assert refused.status_code == 429
    assert refused.data == b""
    assert "Content-Type" not in refused.headers
    assert refused.headers["X-Rate-Limit-Problem"] == "minute"
    assert refused.headers["X-MinLimit-Remaining"] == "0"
    api.tick(int(refused.headers["Retry-After"]))
    assert api.get("/Contacts?page=1").status_code == 200


@pytest.mark.too_many
def test_waiting_less_than_told_is_not_enough(api):
    api.twin.settings({"minute_limit": 1})
    api.get("/Contacts?page=1")
    wait = int(api.get("/Contacts?page=1").headers["Retry-After"])
    api.tick(wait - 1)
    assert api.get("/Contacts?page=1").status_code == 429


@pytest.mark.too_many
def test_the_day_limit_can_be_lowered_and_its_day_shortened(api):
    api.twin.settings({"day_limit": 2, "day_seconds": 600})
    assert [api.get("/Contacts?page=1").status_code for _ in range(3)] == [200, 200, 429]
    refused = api.get("/Contacts?page=1")
    assert refused.headers["X-Rate-Limit-Problem"] == "day"
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    api.tick(int(refused.headers["Retry-After"]))
    assert api.get("/Contacts?page=1").status_code == 200


@pytest.mark.too_many
def test_a_sixth_call_at_the_same_time_is_refused_without_a_retry_after_however_it_spells_the_organisation():
    app, twin = create_app("empty")
    form = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}
    token = app.test_client().post("/connect/token", data=form).get_json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    front = app.wsgi_app
    assert isinstance(front, Front)
    answers, started = [], threading.Barrier(6)

    def call(tenant):
        client = app.test_client()
        started.wait()
        answers.append(client.get("/api.xro/2.0/Contacts?page=1", headers={**headers, "xero-tenant-id": tenant}))

    spellings = (twin.tenant_id, twin.tenant_id.upper(), f" {twin.tenant_id}") * 2
    threads = [threading.Thread(target=call, args=(tenant,)) for tenant in spellings]
    with twin.lock:
        for thread in threads:
            thread.start()
        while front.under_way() < 6:
            time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429]
    (refused,) = (answer for answer in answers if answer.status_code == 429)
    assert refused.headers["X-Rate-Limit-Problem"] == "concurrent"
    assert "Retry-After" not in refused.headers


def test_the_same_key_and_request_give_the_first_answer_and_do_no_work_twice(api):
    body = {"Contacts": [{"Name": "Once"}]}
    first, second = (api.put("/Contacts", body, Idempotency_Key="k1") for _ in range(2))
    assert first.data == second.data
    assert api.names() == ["Once"]


def test_a_replay_costs_quota(api):
    body = {"Contacts": [{"Name": "Once"}]}
    first, second = (api.put("/Contacts", body, Idempotency_Key="k1") for _ in range(2))
    assert int(first.headers["X-DayLimit-Remaining"]) - int(second.headers["X-DayLimit-Remaining"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("put", "/Contacts", "Other"),
        ("post", "/Contacts", "Once"),
        ("put", "/Contacts?a=1", "Once"),
        ("put", "/contacts", "Once"),
        ("put", "/Contacts/", "Once"),
    ],
)
def test_the_same_key_for_another_request_is_refused(api, method, path, name):
    api.put("/Contacts", {"Contacts": [{"Name": "Once"}]}, Idempotency_Key="k1")
    answer = getattr(api, method)(path, {"Contacts": [{"Name": name}]}, Idempotency_Key="k1")
    assert answer.status_code == 400
    assert answer.json["Message"] == "Idempotency Key: k1 is used with a different request."
    assert api.names() == ["Once"]


def test_errors_are_kept_under_a_key_too(api):
    api.create("Taken")
    body = {"Contacts": [{"Name": "Taken"}]}
    assert api.put("/Contacts", body, Idempotency_Key="k1").status_code == 400
    api.change(api.listed()[0], Name="Free now")
    assert api.put("/Contacts", body, Idempotency_Key="k1").status_code == 400
    assert api.put("/Contacts", body, Idempotency_Key="k2").status_code == 200


def post_fault(api, do, **match):
    assert api.client.post("/_sim/faults", json=[{"match": match, "times": 1, "do": do}]).status_code == 200


ONCE = {"Contacts": [{"Name": "Once"}]}


@pytest.mark.parametrize("do", [{"status": 500}, {"status": 400, "body": {"ErrorNumber": 10}}, "conflict"])
def test_a_fault_inside_the_vendor_is_kept_under_its_key_for_six_minutes(api, do):
    post_fault(api, do, method="PUT")
    first, second = (api.put("/Contacts", ONCE, Idempotency_Key="k1") for _ in range(2))
    assert (second.status_code, second.data, second.mimetype) == (first.status_code, first.data, first.mimetype)
    assert api.names() == []
    assert api.put("/Contacts", {"Name": "Other"}, Idempotency_Key="k1").status_code == 400
    assert api.put("/Contacts", ONCE, Idempotency_Key="k2").status_code == 200
    api.tick(360)
    assert "already assigned" in api.put("/Contacts", ONCE, Idempotency_Key="k1").text


@pytest.mark.parametrize(
    "do", ["token_expired", "disconnected", "minute_spent", "bad_gateway", "maintenance", "drop_before"]
)
def test_a_fault_in_front_of_the_vendor_is_kept_under_no_key(api, do):
    post_fault(api, do, method="PUT")
    try:
        assert api.put("/Contacts", ONCE, Idempotency_Key="k1").status_code > 400
    except ConnectionResetError:
        assert do == "drop_before"
    assert api.put("/Contacts", ONCE, Idempotency_Key="k1").status_code == 200


def test_a_fault_does_not_undo_what_its_key_stands_for(api):
    first = api.put("/Contacts", ONCE, Idempotency_Key="k1")
    post_fault(api, {"status": 500})
    assert api.put("/Contacts", ONCE, Idempotency_Key="k1").status_code == 500
    assert api.put("/Contacts", ONCE, Idempotency_Key="k1").data == first.data


@pytest.mark.parametrize(
    ("do", "spent"),
    [
        ("minute_spent", "X-MinLimit-Remaining"),
        ("app_minute_spent", "X-AppMinLimit-Remaining"),
        ("too_many_at_once", None),
    ],
)
def test_a_fault_of_a_limit_says_what_remains_of_each_and_costs_no_call(api, do, spent):
    before = api.get("/Contacts?page=1").headers
    post_fault(api, do)
    headers = api.get("/Contacts?page=1").headers
    for name in ("X-MinLimit-Remaining", "X-DayLimit-Remaining", "X-AppMinLimit-Remaining"):
        assert headers[name] == ("0" if name == spent else before[name])


def test_a_day_that_a_fault_calls_spent_is_not_over_once_the_fault_is_gone(api):
    post_fault(api, "day_spent")
    spent = api.get("/Contacts?page=1")
    assert (spent.status_code, spent.headers["X-Rate-Limit-Problem"]) == (429, "day")
    assert "X-DayLimit-Remaining" not in spent.headers
    assert api.get("/Contacts?page=1").status_code == 200


def test_a_fault_inside_the_vendor_is_a_call_like_any_other(api):
    before = api.get("/Contacts?page=1").headers
    post_fault(api, "server_error")
    headers = api.get("/Contacts?page=1").headers
    assert int(before["X-DayLimit-Remaining"]) - int(headers["X-DayLimit-Remaining"]) == 1
    for do in ("maintenance", "token_unknown", "disconnected"):
        post_fault(api, do)
        assert "X-DayLimit-Remaining" not in api.get("/Contacts?page=1").headers


def test_faults_of_a_token_carry_an_instance_to_quote(api):
    for do in ("token_expired", "token_unknown", "disconnected", "scope_missing"):
        post_fault(api, do)
        assert len(api.get("/Contacts").json["Instance"]) == 36


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/Contacts?page=1", {"pagination", "Contacts"}),
        ("/Contacts", {"Contacts"}),
        ("/ContactGroups", {"ContactGroups"}),
        ("/Organisation", {"Organisations"}),
    ],
)
def test_an_empty_list_is_one_of_what_was_asked_for(api, path, keys):
    post_fault(api, "empty_answer")
    told = api.get(path).json
    assert set(told) == {"Id", "Status", "ProviderName", "DateTimeUTC", *keys}
    assert told[(keys - {"pagination"}).pop()] == []


@pytest.mark.parametrize(
    "path",
    [
        "/Contacts?page=3&pageSize=7",
        "/Contacts?Page=2",
        "/Contacts?page=-1&pageSize=5000",
        "/Contacts?summaryOnly=true",
    ],
)
def test_an_empty_list_tells_the_page_that_was_asked_for(api, path):
    asked = api.get(path).json["pagination"]
    post_fault(api, "empty_answer")
    assert api.get(path).json["pagination"] == asked | {"pageCount": 0, "itemCount": 0}


def test_an_answer_that_a_fault_decides_is_of_the_kind_that_the_vendor_sends(api):
    for do, told in [("token_expired", answers.JSON), ("high_volume", answers.JSON), ("maintenance", answers.TEXT)]:
        post_fault(api, do)
        assert api.get("/Contacts").content_type == told
    post_fault(api, {"status": 400, "body": "no", "headers": {"content-type": "text/plain"}})
    assert api.get("/Contacts").content_type == "text/plain"


def test_a_key_is_forgotten_after_six_minutes(api):
    body = {"Contacts": [{"Name": "Once"}]}
    api.put("/Contacts", body, Idempotency_Key="k1")
    api.tick(359)
    assert api.put("/Contacts", body, Idempotency_Key="k1").status_code == 200
    api.tick(1)
    assert api.put("/Contacts", body, Idempotency_Key="k1").status_code == 400


def test_a_key_longer_than_128_characters_is_refused(api):
    answer = api.put("/Contacts", {"Contacts": [{"Name": "Once"}]}, Idempotency_Key="k" * 129)
    assert answer.status_code == 400
    assert "k" * 129 in answer.json["Message"]
    assert "129" in answer.json["Message"]
    assert api.names() == []


def test_a_body_over_ten_megabytes_is_refused(api):
    answer = api.client.put("/api.xro/2.0/Contacts", data=b" " * (10 * 1024 * 1024 + 1), headers=api.headers())
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("which", "text"),
    [
        ("maintenance", "The Xero API is currently offline for maintenance"),
        ("organisation", "The Organisation is offline"),
    ],
)
def test_an_outage_answers_in_plain_text(api, which, text):
    api.twin.settings({"offline": which})
    answer = api.get("/Contacts")
    assert (answer.status_code, answer.text) == (503, text)
    assert answer.content_type.startswith("text/plain")


def test_calls_are_counted_by_template_and_sign_in_apart(api):
    made = api.create()
    api.read(made)
    api.client.get("/Connections", headers=api.headers())
    counted = api.client.get("/_sim/calls").json
    assert counted["total"] == 2
    assert counted["auth"] == 1
    assert {"method": "GET", "template": "/api.xro/2.0/Contacts/<key>", "status": 200, "count": 1} in counted["calls"]


def test_a_fault_matches_a_path_in_any_letter_case(api):
    fault = {"match": {"path": "/api.xro/2.0/Contacts", "nth": 1}, "do": {"status": 500, "body": "broken"}}
    assert api.client.post("/_sim/faults", json=[fault]).status_code == 200
    assert api.get("/contacts").status_code == 500
    assert api.get("/contacts").status_code == 200


def test_a_write_whose_answer_is_dropped_was_carried_out(api):
    api.client.post("/_sim/faults", json=[{"match": {"method": "PUT", "nth": 1}, "do": "drop_after"}])
    with pytest.raises(ConnectionResetError):
        api.put("/Contacts", {"Contacts": [{"Name": "Kept"}]})
    assert api.names() == ["Kept"]


def test_a_write_that_commits_slowly_is_seen_later_with_the_stamp_of_its_beginning(api):
    api.client.post("/_sim/faults", json=[{"match": {"method": "PUT", "nth": 1}, "do": {"slow_commit": 90}}])
    with pytest.raises(ConnectionResetError):
        api.put("/Contacts", {"Contacts": [{"Name": "Late"}]})
    assert api.names() == []
    api.tick(90)
    (late,) = api.listed()
    assert late["UpdatedDateUTC"] == "/Date(1777897815250+0000)/"


def test_an_edit_by_a_person_can_be_slipped_in_before_a_write(api):
    made = api.create("Rimu Joinery")
    edit = {
        "as": "Hana Tuiasau",
        "do": "update",
        "type": "Contact",
        "id": made["ContactID"],
        "fields": {"AccountNumber": "9"},
    }
    api.client.post(
        "/_sim/faults", json=[{"match": {"method": "POST", "nth": 1}, "do": {"edit": edit, "when": "before"}}]
    )
    api.change(made, EmailAddress="a@b.example")
    assert (api.read(made)["AccountNumber"], api.read(made)["EmailAddress"]) == ("9", "a@b.example")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("/API.xro/2.0/contactgroups/X1/contacts", "/api.xro/2.0/ContactGroups/X1/Contacts"),
        ("/api.xro/2.0/Contacts/X1/history/", "/api.xro/2.0/Contacts/X1/History"),
        ("/api.xro/2.0/organisations/actions", "/api.xro/2.0/Organisation/Actions"),
        ("/Connections/AbC", "/connections/AbC"),
        ("/connectionsx", "/connectionsx"),
        ("/_sim/Health", "/_sim/Health"),
    ],
)
def test_only_resource_names_lose_their_spelling(sent, meant):
    assert canonical(sent) == meant


def test_the_date_header_follows_the_twins_clock():
    app, twin = create_app("empty")
    with Server(app, clock=twin.clock) as server:
        twin.clock.set(offset_seconds=86_400 * 400, frozen=True)
        with urllib.request.urlopen(f"{server.url}/_sim/health") as answer:
            assert answer.headers["Date"].startswith(f"{twin.clock.now():%a, %d %b %Y %H:%M:%S}")


def test_connections_know_only_the_minute_of_the_app(api):
    told = [api.client.get("/connections", headers=api.headers()).headers for _ in range(2)]
    left = [int(headers["X-AppMinLimit-Remaining"]) for headers in told]
    assert left[0] - left[1] == 1
    assert not {"X-MinLimit-Remaining", "X-DayLimit-Remaining"} & set(told[0])
    assert int(api.get("/Contacts").headers["X-AppMinLimit-Remaining"]) == left[1] - 1


@pytest.mark.too_many
def test_connections_too_wait_for_the_minute_of_the_app(api):
    api.twin.settings({"app_minute_limit": 1})
    api.client.get("/connections", headers=api.headers())
    for method in ("GET", "DELETE"):
        refused = api.client.open(f"/connections{'/1' * (method == 'DELETE')}", method=method, headers=api.headers())
        assert (refused.status_code, refused.data) == (429, b"")
        assert refused.headers["X-Rate-Limit-Problem"] == "appminute"
        assert int(refused.headers["Retry-After"]) > 0


def test_every_answer_of_the_api_can_be_quoted_by_an_id(api):
    api.twin.settings({"offline": "maintenance"})
    answers = [api.get("/Contacts"), api.client.get("/connections"), api.client.get("/api.xro/2.0/Contacts")]
    assert len({answer.headers["Xero-Correlation-Id"] for answer in answers}) == 3
    assert "Xero-Correlation-Id" not in api.client.get("/_sim/health").headers
