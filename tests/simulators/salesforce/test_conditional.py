"""Conditional requests on rows and on describe."""

from __future__ import annotations

import pytest

from tests.simulators.salesforce.api import Api, error

AT_NOON = "Mon, 04 May 2026 12:00:00 GMT"
BEFORE = "Mon, 04 May 2026 11:59:59 GMT"


def test_an_edit_since_the_reading_stops_a_write(api: Api) -> None:
    key = api.create()
    assert error(api.update(key, {"If-Unmodified-Since": BEFORE}, Phone="1")) == (412, "PRECONDITION_FAILED")
    assert api.get(key)["Phone"] is None


def test_an_edit_in_the_same_second_is_not_seen_by_a_stamp(api: Api) -> None:
    key = api.create()
    api.person("update", id=key, fields={"Phone": "theirs"})
    assert api.update(key, {"If-Unmodified-Since": AT_NOON}, Phone="ours").status_code == 204


def test_a_system_stamp_alone_does_not_stop_a_write(api: Api) -> None:
    key = api.create()
    api.wait(9)
    api.person("touch", id=key)
    assert api.update(key, {"If-Unmodified-Since": AT_NOON}, Phone="1").status_code == 204


def test_a_tag_tells_versions_apart_even_within_a_second(api: Api) -> None:
    key = api.create()
    tag = api.call("GET", f"/sobjects/Account/{key}").headers["ETag"]
    api.person("update", id=key, fields={"Phone": "theirs"})
    assert error(api.update(key, {"If-Match": tag}, Phone="ours"))[0] == 412
    tag = api.call("GET", f"/sobjects/Account/{key}").headers["ETag"]
    assert error(api.update(key, {"If-None-Match": tag}, Phone="ours"))[0] == 412
    assert api.update(key, {"If-Match": tag}, Phone="ours").status_code == 204


def test_only_accounts_carry_a_tag(api: Api) -> None:
    key = api.call("POST", "/sobjects/Contact", {"LastName": "Rua"}).get_json()["id"]
    answer = api.call("GET", f"/sobjects/Contact/{key}")
    assert "ETag" not in answer.headers
    assert answer.headers["Last-Modified"] == AT_NOON


@pytest.mark.parametrize(
    ("since", "status"),
    [(AT_NOON, 304), (BEFORE, 200), ("nonsense", 200), ("0 Jan 99999999999999999999 00:00:00", 200)],
)
def test_a_read_may_be_spared(api: Api, since: str, status: int) -> None:
    key = api.create()
    assert api.call("GET", f"/sobjects/Account/{key}", headers={"If-Modified-Since": since}).status_code == status


def test_a_read_by_tag_may_be_spared(api: Api) -> None:
    key = api.create()
    tag = api.call("GET", f"/sobjects/Account/{key}").headers["ETag"]
    answer = api.call("GET", f"/sobjects/Account/{key}", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")
    assert (answer.headers["ETag"], answer.headers["Last-Modified"]) == (tag, AT_NOON)
    assert "Content-Type" not in answer.headers


def test_a_condition_that_cannot_be_read_refuses_the_write(api: Api) -> None:
    headers = {"If-Unmodified-Since": "2026-05-04T12:00:00Z"}
    assert api.update(api.create(), headers, Phone="1").status_code == 400
    assert api.call("POST", "/sobjects/Account", {"Name": "New"}, headers).status_code == 400
    assert api.call("PATCH", "/sobjects/Account/Xero_Contact_Id__c/x", {"Name": "New"}, headers).status_code == 400
    assert api.names("WHERE Name = 'New'") == []


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", ["nonsense", '"one", two', '"open', ""])
def test_a_tag_that_cannot_be_read_refuses_the_write(api: Api, header: str, value: str) -> None:
    key = api.create()
    assert api.update(key, {header: value}, Phone="1").status_code == 400
    assert api.call("POST", "/sobjects/Account", {"Name": "New"}, {header: value}).status_code == 400
    assert api.call("GET", f"/sobjects/Account/{key}", headers={header: value}).status_code in (200, 412)


def test_one_of_several_tags_is_enough(api: Api) -> None:
    key = api.create()
    tag = api.call("GET", f"/sobjects/Account/{key}").headers["ETag"]
    assert api.update(key, {"If-Match": f'"another", {tag}'}, Phone="1").status_code == 204
    assert api.update(key, {"If-Match": "*"}, Phone="2").status_code == 204


def test_a_delete_is_never_conditional(api: Api) -> None:
    key = api.create()
    headers = {"If-Unmodified-Since": BEFORE}
    assert api.call("DELETE", f"/sobjects/Account/{key}", headers=headers).status_code == 204


@pytest.mark.parametrize("path", ["/sobjects", "/sobjects/Account/describe"])
def test_a_describe_is_refused_once_the_schema_has_changed(api: Api, path: str) -> None:
    headers = {"If-Unmodified-Since": AT_NOON}
    assert api.call("GET", path, headers=headers).status_code == 200
    api.wait(60)
    api.set(hidden_fields=["Fax"])
    assert api.call("GET", path, headers=headers).status_code == 412
    assert api.call("GET", path, headers={"If-Unmodified-Since": "no date"}).status_code == 200


def test_a_describe_is_spared_until_the_schema_changes(api: Api) -> None:
    headers = {"If-Modified-Since": AT_NOON}
    spared = api.call("GET", "/sobjects/Account/describe", headers=headers)
    assert (spared.status_code, spared.headers["Last-Modified"]) == (304, AT_NOON)
    api.wait(60)
    api.set(hidden_fields=["Fax"])
    assert api.call("GET", "/sobjects/Account/describe", headers=headers).status_code == 200
