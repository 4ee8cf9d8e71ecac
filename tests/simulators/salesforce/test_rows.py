"""Single records: create, read, update, upsert, delete."""

from __future__ import annotations

import gzip
import zlib
from http.client import HTTPConnection

import pytest

from reconciler.simulators.kit import Server
from tests.simulators.salesforce.api import BASE, Api, error

UNKNOWN = "001000000000001AAA"


def test_a_created_record_is_told_by_id_and_place(api: Api) -> None:
    answer = api.call("POST", "/sobjects/Account/", {"Name": "Acme"})
    told = answer.get_json()
    assert answer.status_code == 201
    assert told == {"id": told["id"], "success": True, "errors": []}
    assert answer.headers["Location"].endswith(f"/sobjects/Account/{told['id']}")


def test_ids_have_eighteen_characters_and_fifteen_are_understood(api: Api) -> None:
    key = api.create()
    assert len(key) == 18
    assert api.get(key[:15])["Id"] == key


def test_a_wrong_checksum_is_a_malformed_id(api: Api) -> None:
    key = api.create()
    wrong = key[:15] + ("AAA" if key[15:] != "AAA" else "BBB")
    assert error(api.update(wrong, Name="B")) == (400, "MALFORMED_ID")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_has_no_shape_of_an_id_is_no_key(api: Api, method: str) -> None:
    answer = api.call(method, "/sobjects/Account/23foo", {"Name": "B"} if method == "PATCH" else None)
    assert error(answer) == (404, "NOT_FOUND")
    told = "Provided external ID field does not exist or is not accessible: 23foo"
    assert answer.get_json()[0]["message"] == told


def test_an_upsert_by_an_id_that_is_not_there_yet_creates(api: Api) -> None:
    answer = api.call("POST", "/sobjects/Account/Id", {"Name": "New"})
    assert (answer.status_code, api.get(answer.get_json()["id"])["Name"]) == (201, "New")
    assert error(api.call("POST", "/sobjects/Account/Id", {"Id": api.create(), "Name": "New"}))[0] == 400
    for version, key in (("36.0", "Id"), ("66.0", "Name"), ("66.0", api.create())):
        refused = api.call("POST", f"/services/data/v{version}/sobjects/Account/{key}", {"Name": "New"})
        assert error(refused) == (405, "METHOD_NOT_ALLOWED")


def test_an_update_answers_nothing_and_is_seen(api: Api) -> None:
    key = api.create()
    answer = api.update(key, Phone="123")
    assert (answer.status_code, answer.data) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert api.get(key)["Phone"] == "123"


def test_who_knows_no_other_method_says_so_by_post(api: Api) -> None:
    key = api.create()
    assert api.call("POST", f"/sobjects/Account/{key}?_HttpMethod=PATCH", {"Phone": "5"}).status_code == 204
    assert api.get(key)["Phone"] == "5"
    assert api.call("POST", f"/sobjects/Account/{key}?_HttpMethod=delete").status_code == 204
    assert api.call("GET", f"/sobjects/Account/{key}?_HttpMethod=PATCH").status_code == 404


def test_a_row_shows_only_the_wanted_fields_and_its_id(api: Api) -> None:
    key = api.create(Phone="1")
    row = api.get(key, "Name,Phone")
    assert set(row) == {"attributes", "Name", "Phone", "Id"}


def test_an_unknown_field_of_a_row_is_refused(api: Api) -> None:
    assert error(api.call("GET", f"/sobjects/Account/{api.create()}?fields=Foo")) == (400, "INVALID_FIELD")


def test_a_missing_record_is_not_found(api: Api) -> None:
    assert error(api.call("GET", f"/sobjects/Account/{UNKNOWN}")) == (404, "NOT_FOUND")
    assert error(api.call("GET", "/sobjects/Account/23foo")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_writing_a_missing_record_is_a_bad_reference(api: Api, method: str) -> None:
    answer = api.call(method, f"/sobjects/Account/{UNKNOWN}", {"Name": "B"})
    assert error(answer) == (404, "INVALID_CROSS_REFERENCE_KEY")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_deleted_record_says_so(api: Api, method: str) -> None:
    key = api.create()
    assert api.call("DELETE", f"/sobjects/Account/{key}").status_code == 204
    assert error(api.call(method, f"/sobjects/Account/{key}", {"Name": "B"})) == (404, "ENTITY_IS_DELETED")


def test_an_unknown_object_is_refused(api: Api) -> None:
    assert error(api.call("POST", "/sobjects/Dragon", {"Name": "B"})) == (404, "NOT_FOUND")
    assert error(api.call("GET", "/sobjects/Dragon/describe")) == (404, "NOT_FOUND")
    assert error(api.call("PATCH", "/composite/sobjects/Dragon/Id", {"records": []})) == (404, "NOT_FOUND")


@pytest.mark.parametrize("verb", ["PUT", "OPTIONS"])
def test_a_wrong_verb_is_not_allowed(api: Api, verb: str) -> None:
    assert error(api.call(verb, f"/sobjects/Account/{api.create()}", {"Name": "B"})) == (405, "METHOD_NOT_ALLOWED")


def test_a_path_that_is_not_there_is_not_found(api: Api) -> None:
    assert error(api.call("GET", "/nothing/here")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("sent", [b"{", b"", b"x"])
def test_a_body_that_is_no_json_is_refused(api: Api, sent: bytes) -> None:
    headers = {**api.headers, "Content-Type": "application/json"}
    answer = api.client.post("/services/data/v66.0/sobjects/Account", data=sent, headers=headers)
    assert error(answer) == (400, "JSON_PARSER_ERROR")


def test_a_body_of_another_media_type_is_refused(api: Api) -> None:
    answer = api.client.post("/services/data/v66.0/sobjects/Account", data={"Name": "A"}, headers=api.headers)
    assert answer.status_code == 415


def test_a_body_may_come_compressed(api: Api) -> None:
    packed = gzip.compress(b'{"Name": "Small"}')
    headers = {**api.headers, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    places = "/services/data/v66.0/sobjects/Account"
    assert api.client.post(places, data=packed, headers=headers).status_code == 201
    for broken in (b"{}", packed[:-9]):
        assert error(api.client.post(places, data=broken, headers=headers)) == (400, "JSON_PARSER_ERROR")
    headers["Content-Encoding"] = "deflate"
    assert api.client.post(places, data=zlib.compress(b'{"Name": "Thin"}'), headers=headers).status_code == 201
    assert error(api.client.post(places, data=b'{"Name": "A"}', headers=headers)) == (400, "JSON_PARSER_ERROR")
    assert api.names("ORDER BY Name") == ["Small", "Thin"]


def test_an_upsert_creates_once_and_then_updates(api: Api) -> None:
    path = "/sobjects/Account/Xero_Contact_Id__c/0a1b"
    made = api.call("PATCH", path, {"Name": "Acme"})
    again = api.call("PATCH", path.replace("0a1b", "0A1B"), {"Phone": "5"})
    assert (made.status_code, made.get_json()["created"]) == (201, True)
    assert (again.status_code, again.get_json()["created"]) == (200, False)
    assert again.get_json()["id"] == made.get_json()["id"]
    assert api.get(made.get_json()["id"])["Xero_Contact_Id__c"] == "0a1b"


def test_an_old_version_answers_an_upsert_without_a_body(api: Api) -> None:
    path = "/services/data/v45.0/sobjects/Account/Xero_Contact_Id__c/0a1b"
    assert "created" not in api.call("PATCH", path, {"Name": "Acme"}).get_json()
    answer = api.call("PATCH", path, {"Phone": "5"})
    assert (answer.status_code, answer.data) == (204, b"")


def test_an_upsert_told_only_to_update_creates_nothing(api: Api) -> None:
    answer = api.call("PATCH", "/sobjects/Account/Xero_Contact_Id__c/zz?updateOnly=true", {"Name": "Acme"})
    assert error(answer) == (404, "NOT_FOUND")
    assert api.names("") == []


def test_an_upsert_needs_a_key_and_takes_its_name_in_any_letter_case(api: Api) -> None:
    assert error(api.call("PATCH", "/sobjects/Account/Xero_Contact_Id__c/%20", {"Name": "A"})) == (
        400, "MISSING_ARGUMENT",
    )  # fmt: skip
    made = api.call("PATCH", "/sobjects/Account/xero_contact_id__c/k1", {"Name": "A"}).get_json()
    assert api.get(made["id"])["Xero_Contact_Id__c"] == "k1"
    assert len(api.names("")) == 1


def test_an_upsert_does_not_take_its_key_in_the_body(api: Api) -> None:
    answer = api.call("PATCH", "/sobjects/Account/Xero_Contact_Id__c/a", {"Name": "A", "xero_contact_id__C": "a"})
    assert error(answer) == (400, "INVALID_FIELD")


def test_an_id_can_be_a_key_and_an_address_that_several_have_names_them_all(api: Api) -> None:
    key = api.create()
    told = api.call("PATCH", f"/sobjects/Account/Id/{key}", {"Phone": "5"}).get_json()
    assert (told["id"], told["created"], api.get(key)["Phone"]) == (key, False, "5")
    assert error(api.call("PATCH", f"/sobjects/Account/Id/{UNKNOWN}", {"Phone": "5"})) == (404, "NOT_FOUND")
    for name in ("Ana", "Rua"):
        api.call("POST", "/sobjects/Contact", {"LastName": name, "Email": "office@driftwood.example"})
    several = api.call("GET", "/sobjects/Contact/Email/office@driftwood.example")
    assert (several.status_code, len(several.get_json())) == (300, 2)


def test_a_user_is_found_by_address(api: Api) -> None:
    (user, *_) = api.found("SELECT Id, Email FROM User")
    assert api.call("GET", f"/sobjects/User/Email/{user['Email']}").get_json()["Id"] == user["Id"]


def test_only_an_external_id_can_be_a_key(api: Api) -> None:
    assert error(api.call("PATCH", "/sobjects/Account/Name/Acme", {"Phone": "1"})) == (404, "NOT_FOUND")


def test_a_key_with_odd_characters_is_taken_decoded(api: Api) -> None:
    made = api.call("PATCH", "/sobjects/Account/Xero_Contact_Id__c/a%2Fb%20c", {"Name": "A"})
    assert api.get(made.get_json()["id"])["Xero_Contact_Id__c"] == "a/b c"


@pytest.mark.parametrize(
    ("written", "key"), [("TS1/", "TS1"), ("a%2Fb", "a/b"), ("a%2F/", "a/"), ("%C4%81", "ā"), ("a+b", "a+b")]
)
def test_only_an_encoded_slash_is_part_of_a_key(api: Api, written: str, key: str) -> None:
    path = f"/sobjects/Account/Xero_Contact_Id__c/{written}"
    made = api.call("PATCH", path, {"Name": "A"}).get_json()
    assert api.get(made["id"])["Xero_Contact_Id__c"] == key
    assert api.call("GET", path).get_json()["Id"] == made["id"]
    assert api.call("DELETE", path).status_code == 204


@pytest.mark.parametrize("written", ["a/b", "a//", "%FF"])
def test_a_key_of_two_steps_or_of_no_letters_is_not_found(api: Api, written: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        answer = api.call(method, f"/sobjects/Account/Xero_Contact_Id__c/{written}", {"Name": "A"})
        assert error(answer) == (404, "NOT_FOUND")
    assert api.names("") == []


def test_a_key_is_read_off_the_line_that_a_client_sent(api: Api) -> None:
    """The real server makes its environ itself."""
    path = f"{BASE}/sobjects/Account/Xero_Contact_Id__c/a%2Fb/"
    with Server(api.app, clock=api.twin.clock) as server:
        connection = HTTPConnection(server.url.removeprefix("http://"))
        connection.request("PATCH", path, '{"Name": "A"}', {**api.headers, "Content-Type": "application/json"})
        assert connection.getresponse().status == 201
        connection.close()
    assert api.found("SELECT Xero_Contact_Id__c FROM Account") == [{"Xero_Contact_Id__c": "a/b"}]


def test_a_record_is_read_by_its_external_id(api: Api) -> None:
    key = api.create(Xero_Contact_Id__c="abc")
    assert api.call("GET", "/sobjects/Account/Xero_Contact_Id__c/abc").get_json()["Id"] == key


def test_a_unique_value_is_taken_whatever_its_case_and_names_its_holder_by_fifteen(api: Api) -> None:
    holder = api.create(Xero_Contact_Id__c="abc")
    answer = api.call("POST", "/sobjects/Account", {"Name": "B", "Xero_Contact_Id__c": "ABC"})
    assert error(answer) == (400, "DUPLICATE_VALUE")
    assert answer.get_json()[0]["message"].endswith(f"duplicates value on record with id: {holder[:15]}")


def test_a_deleted_record_frees_its_unique_value(api: Api) -> None:
    holder = api.create(Xero_Contact_Id__c="abc")
    api.call("DELETE", f"/sobjects/Account/{holder}")
    assert api.create(Xero_Contact_Id__c="abc") != holder
    answer = api.client.post("/_sim/edit", json={"do": "undelete", "type": "Account", "id": holder})
    assert answer.status_code == 400


def test_deleting_an_account_takes_its_contacts_along_and_undelete_brings_them_back(api: Api) -> None:
    account = api.create()
    api.call("POST", "/sobjects/Contact", {"LastName": "Rua", "FirstName": "Ana", "AccountId": account})
    api.call("DELETE", f"/sobjects/Account/{account}")
    assert api.found("SELECT Name FROM Contact") == []
    api.person("undelete", id=account)
    assert api.found("SELECT Name, Account.Name FROM Contact")[0]["Name"] == "Ana Rua"
