"""The composite resource: several requests in one call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.salesforce.api import BASE, Api, error


def part(name: str, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    found = {"referenceId": name, "method": method, "url": BASE + path}
    return found | ({"body": body} if body is not None else {}) | ({"httpHeaders": headers} if headers else {})


def run(api: Api, *parts: dict[str, Any], whole: bool = False) -> dict[str, dict[str, Any]]:
    answer = api.call("POST", "/composite", {"allOrNone": whole, "compositeRequest": list(parts)})
    assert answer.status_code == 200, answer.text
    results = answer.get_json()["compositeResponse"]
    assert [result["referenceId"] for result in results] == [each["referenceId"] for each in parts]
    return {result["referenceId"]: result for result in results}


def test_each_part_has_its_own_outcome(api: Api) -> None:
    key = api.create()
    results = run(
        api,
        part("write", "PATCH", f"/sobjects/Account/{key}", {"Phone": "1"}),
        part("bad", "PATCH", f"/sobjects/Account/{key}", {"Foo": 1}),
        part("read", "GET", f"/query?q=SELECT+Phone+FROM+Account+WHERE+Id='{key}'"),
    )
    assert (results["write"]["httpStatusCode"], results["write"]["body"]) == (204, None)
    assert (results["bad"]["httpStatusCode"], results["bad"]["body"][0]["errorCode"]) == (400, "INVALID_FIELD")
    assert results["read"]["body"]["records"][0]["Phone"] == "1"


def test_a_part_may_be_conditional(api: Api) -> None:
    key = api.create()
    stale, fresh = ({"If-Unmodified-Since": f"Mon, 04 May 2026 {time} GMT"} for time in ("11:59:59", "12:00:00"))
    results = run(
        api,
        part("stale", "PATCH", f"/sobjects/Account/{key}", {"Phone": "1"}, stale),
        part("fresh", "PATCH", f"/sobjects/Account/{key}", {"Phone": "2"}, fresh),
        part("spared", "GET", f"/sobjects/Account/{key}", None, {"If-Modified-Since": fresh["If-Unmodified-Since"]}),
    )
    assert [results[name]["httpStatusCode"] for name in ("stale", "fresh", "spared")] == [412, 204, 304]
    assert api.get(key)["Phone"] == "2"


def test_a_part_may_use_what_another_gave(api: Api) -> None:
    results = run(
        api,
        part("made", "POST", "/sobjects/Account", {"Name": "Acme"}),
        part("child", "POST", "/sobjects/Account", {"Name": "Child", "ParentId": "@{made.id}"}),
        part("found", "GET", "/query?q=SELECT+Id+FROM+Account+WHERE+ParentId='@{made.id}'"),
        part("read", "GET", "/sobjects/Account/@{found.records[0].Id}"),
    )
    assert results["made"]["httpHeaders"]["Location"].endswith(results["made"]["body"]["id"])
    assert results["read"]["body"]["Name"] == "Child"


def test_what_depends_on_a_failure_is_halted_and_the_rest_goes_on(api: Api) -> None:
    results = run(
        api,
        part("made", "POST", "/sobjects/Account", {}),
        part("child", "POST", "/sobjects/Account", {"Name": "Child", "ParentId": "@{made.id}"}),
        part("other", "POST", "/sobjects/Account", {"Name": "Other"}),
    )
    assert results["child"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert results["other"]["httpStatusCode"] == 201
    assert api.names("") == ["Other"]


def test_all_or_none_undoes_every_part(api: Api) -> None:
    key = api.create(Name="Before")
    results = run(
        api,
        part("a", "PATCH", f"/sobjects/Account/{key}", {"Name": "After"}),
        part("b", "POST", "/sobjects/Account", {"Foo": 1}),
        part("c", "POST", "/sobjects/Account", {"Name": "C"}),
        whole=True,
    )
    assert [results[name]["body"][0]["errorCode"] for name in "abc"] == [
        "PROCESSING_HALTED", "INVALID_FIELD", "PROCESSING_HALTED"
    ]  # fmt: skip
    assert api.names("") == ["Before"]


def test_a_composite_is_one_call_of_the_day_and_of_the_count(api: Api) -> None:
    key = api.create()
    api.client.post("/_sim/calls/reset")
    used = api.twin.quota.used
    run(api, *(part(f"r{n}", "GET", f"/sobjects/Account/{key}") for n in range(25)))
    assert api.twin.quota.used == used + 1
    assert api.client.get("/_sim/calls").get_json()["total"] == 1


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([part(f"r{n}", "GET", "/limits") for n in range(26)], "LIMIT_EXCEEDED"),
        ([part(f"r{n}", "GET", "/query?q=SELECT+Id+FROM+Account") for n in range(6)], "LIMIT_EXCEEDED"),
        ([part("same", "GET", "/limits")] * 2, "INVALID_INPUT"),
        ([{"referenceId": "a", "method": "GET", "url": "/elsewhere"}], "INVALID_INPUT"),
        ([part("a", "POST", "/composite", {"compositeRequest": []})], "INVALID_INPUT"),
        ([], "JSON_PARSER_ERROR"),
    ],
)
def test_a_composite_out_of_bounds_is_refused_as_a_whole(api: Api, parts: list[Any], code: str) -> None:
    assert error(api.call("POST", "/composite", {"compositeRequest": parts})) == (400, code)


def _accounts(whole: bool | str, *names: str | None) -> dict[str, Any]:
    records = [{"attributes": {"type": "Account"}, "Name": name} for name in names]
    return part("rows", "POST", "/composite/sobjects", {"allOrNone": whole, "records": records})


@pytest.mark.parametrize("inner", [True, False])
def test_all_or_none_holds_for_the_rows_of_a_collection_too(api: Api, inner: bool) -> None:
    before = part("before", "POST", "/sobjects/Account", {"Name": "Before"})
    results = run(api, before, _accounts(inner, "Good", None), whole=True)
    good, bad = results["rows"]["body"]
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert good["success"] is not inner  # by the guide's fourth case a row says what its own collection makes of it
    assert results["rows"]["httpStatusCode"] == 200
    assert results["before"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert api.names("") == []


@pytest.mark.parametrize(("inner", "kept"), [(True, ["Before"]), (False, ["Before", "Good"]), ("true", ["Before"])])
def test_without_it_each_collection_has_its_own(api: Api, inner: bool | str, kept: list[str]) -> None:
    run(api, part("before", "POST", "/sobjects/Account", {"Name": "Before"}), _accounts(inner, "Good", None))
    assert api.names("ORDER BY Name") == kept


def test_several_records_in_place_of_one_are_a_failure(api: Api) -> None:
    for name in ("Ana", "Rua"):
        api.call("POST", "/sobjects/Contact", {"LastName": name, "Email": "office@driftwood.example"})
    made = part("made", "POST", "/sobjects/Account", {"Name": "Acme"})
    several = part("several", "PATCH", "/sobjects/Contact/Email/office@driftwood.example", {"Phone": "1"})
    results = run(api, made, several, whole=True)
    assert (results["made"]["httpStatusCode"], results["several"]["httpStatusCode"]) == (400, 300)
    assert api.names("") == []


@pytest.mark.parametrize(
    "headers", [{"authorization": "Bearer x"}, {"Accept": "*/*"}, {"Content-Type": "text/csv"}, {"If-Match": "a\nb"}]
)
def test_headers_that_a_part_cannot_have_are_refused_with_the_whole(api: Api, headers: dict[str, str]) -> None:
    parts = [part("made", "POST", "/sobjects/Account", {"Name": "A"}), part("b", "GET", "/limits", None, headers)]
    assert error(api.call("POST", "/composite", {"compositeRequest": parts})) == (400, "INVALID_INPUT")
    assert api.names("") == []


def test_a_header_that_becomes_two_lines_is_refused(api: Api) -> None:
    key = api.create(Description="a\nb")
    read = part("read", "GET", f"/sobjects/Account/{key}")
    results = run(api, read, part("b", "GET", "/limits", None, {"If-Match": "@{read.Description}"}))
    assert results["b"]["httpStatusCode"] == 400


def test_what_is_below_is_listed(api: Api) -> None:
    assert api.call("GET", "/composite/").get_json() == {"sobjects": f"{BASE}/composite/sobjects"}


@pytest.mark.parametrize("left_out", ["method", "url", "referenceId"])
def test_a_subrequest_that_lacks_a_part_is_no_request(api: Api, left_out: str) -> None:
    part = {"method": "GET", "url": f"{BASE}/query?q=SELECT Id FROM Account", "referenceId": "all"}
    del part[left_out]
    answer = api.call("POST", "/composite", {"compositeRequest": [part]})
    assert error(answer) == (400, "JSON_PARSER_ERROR")
    assert answer.get_json()[0]["message"] == f"'{left_out}' is a required field."
