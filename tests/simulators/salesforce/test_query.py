"""Queries through the API: what they find, in what order, page by page."""

from __future__ import annotations

from typing import ClassVar

import pytest

from tests.simulators.salesforce.api import BASE, Api, error


@pytest.fixture
def shop(api: Api) -> Api:
    """Five accounts made a minute apart: Able, baker, Charlie, Delta and an opted-in Echo."""
    for place, name in enumerate(("Able", "baker", "Charlie", "Delta", "Echo")):
        phone = {"Phone": f"+64 {place}"} if place % 2 else {}
        api.create(Name=name, NumberOfEmployees=place, Sync_with_Xero__c=name == "Echo", **phone)
        api.wait(60)
    return api


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("WHERE Name = 'ABLE'", ["Able"]),
        ("WHERE Name != 'able'", ["baker", "Charlie", "Delta", "Echo"]),
        ("WHERE Name LIKE '%A%E%'", ["Able", "baker", "Charlie"]),
        ("WHERE Name LIKE '_elta'", ["Delta"]),
        (r"WHERE Name LIKE 'a\_le'", []),
        ("WHERE Name IN ('delta', 'able')", ["Able", "Delta"]),
        ("WHERE Name NOT IN ('delta', 'able')", ["baker", "Charlie", "Echo"]),
        ("WHERE Phone = null", ["Able", "Charlie", "Echo"]),
        ("WHERE Phone = ''", ["Able", "Charlie", "Echo"]),
        ("WHERE Phone != null", ["baker", "Delta"]),
        ("WHERE Phone != '+64 1'", ["Able", "Charlie", "Delta", "Echo"]),
        ("WHERE Phone LIKE '+64%'", ["baker", "Delta"]),
        ("WHERE Sync_with_Xero__c = TRUE", ["Echo"]),
        ("WHERE NumberOfEmployees >= 3", ["Delta", "Echo"]),
        ("WHERE NumberOfEmployees < 1.5", ["Able", "baker"]),
        ("WHERE CreatedDate = 2026-05-04T12:01:00Z", ["baker"]),
        ("WHERE CreatedDate = 2026-05-05T00:01:00.000+12:00", ["baker"]),
        ("WHERE CreatedDate > 2026-05-04T12:02:00.000Z", ["Delta", "Echo"]),
        ("WHERE CreatedDate = TODAY AND Name < 'b'", ["Able"]),
        ("WHERE CreatedDate = LAST_N_DAYS:3 AND Name > 'd'", ["Delta", "Echo"]),
        ("WHERE CreatedDate < TODAY", []),
        ("WHERE (Name = 'able' OR Name = 'echo') AND Phone = null", ["Able", "Echo"]),
        ("WHERE NOT (Name = 'able' OR Phone = null)", ["baker", "Delta"]),
        ("where (not Name like 'a%') and Name < 'c'", ["baker"]),
        ("WHERE CreatedBy.Name = 'Concord Integration' AND Name = 'Able'", ["Able"]),
        ("WHERE Account.Name = 'Able'", ["Able"]),
    ],
)
def test_a_condition_finds(shop: Api, where: str, names: list[str]) -> None:
    assert shop.names(f"{where} ORDER BY Name") == names


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("ORDER BY Name", ["Able", "baker", "Charlie", "Delta", "Echo"]),
        ("ORDER BY Name DESC LIMIT 2", ["Echo", "Delta"]),
        ("ORDER BY Phone, Name DESC", ["Echo", "Charlie", "Able", "baker", "Delta"]),
        ("ORDER BY Phone DESC, Name", ["Able", "Charlie", "Echo", "Delta", "baker"]),
        ("ORDER BY Phone NULLS LAST, Name", ["baker", "Delta", "Able", "Charlie", "Echo"]),
        ("ORDER BY Phone DESC NULLS LAST, Name", ["Delta", "baker", "Able", "Charlie", "Echo"]),
        ("ORDER BY SystemModstamp, Id LIMIT 2 OFFSET 1", ["baker", "Charlie"]),
        ("ORDER BY NumberOfEmployees DESC LIMIT 1", ["Echo"]),
        ("ORDER BY Name LIMIT 0", []),
    ],
)
def test_an_order_is_kept(shop: Api, order: str, names: list[str]) -> None:
    assert shop.names(order) == names


def test_a_keyset_walks_every_record_once_though_stamps_are_equal(api: Api) -> None:
    for _ in range(7):
        api.create()
    api.wait(1)
    api.create(Name="later")
    seen: list[str] = []
    where = "SystemModstamp >= 2026-05-04T00:00:00Z"
    while page := api.found(
        f"SELECT Id, SystemModstamp FROM Account WHERE {where} ORDER BY SystemModstamp, Id LIMIT 3"
    ):
        seen += [row["Id"] for row in page]
        stamp, key = page[-1]["SystemModstamp"].replace("+0000", "Z"), page[-1]["Id"]
        where = f"(SystemModstamp = {stamp} AND Id > '{key}') OR SystemModstamp > {stamp}"
    assert len(seen) == len(set(seen)) == 8


def test_an_index_never_changes_what_is_found(shop: Api) -> None:
    """The same condition, once in a form an index serves and once hidden from it."""
    ids = [row["Id"] for row in shop.found("SELECT Id FROM Account ORDER BY Name")]
    pairs = [
        (f"Id IN ('{ids[0]}', '{ids[3][:15]}')", f"NOT Id NOT IN ('{ids[0]}', '{ids[3]}')"),
        (f"Id = '{ids[2]}' AND Name = 'Able'", f"NOT (Id != '{ids[2]}' OR Name != 'Able')"),
        ("SystemModstamp > 2026-05-04T12:01:00Z", "NOT SystemModstamp <= 2026-05-04T12:01:00Z"),
        (
            "(SystemModstamp > 2026-05-04T12:03:00Z) OR Name = 'Able'",
            "NOT (SystemModstamp <= 2026-05-04T12:03:00Z AND Name != 'Able')",
        ),
    ]
    for indexed, plain in pairs:
        assert shop.names(f"WHERE {indexed} ORDER BY Name") == shop.names(f"WHERE {plain} ORDER BY Name")


def test_deleted_records_are_found_only_by_query_all(shop: Api) -> None:
    gone = shop.found("SELECT Id FROM Account WHERE Name = 'Able'")[0]["Id"]
    shop.call("DELETE", f"/sobjects/Account/{gone}")
    assert "Able" not in shop.names("")
    rows = shop.found(f"SELECT Name, IsDeleted FROM Account WHERE Id = '{gone}'", "queryAll/")
    assert rows == [{"Name": "Able", "IsDeleted": True}]


def test_a_deleted_holder_of_a_unique_value_is_found_by_query_all(api: Api) -> None:
    key = api.create(Xero_Contact_Id__c="abc")
    query = "SELECT Id FROM Account WHERE Xero_Contact_Id__c = 'ABC'"
    assert api.found(query) == [{"Id": key}]
    api.call("DELETE", f"/sobjects/Account/{key}")
    assert api.found(query) == []
    assert api.found(query, "queryAll") == [{"Id": key}]


def test_related_fields_nest_and_missing_ones_are_null(api: Api) -> None:
    parent = api.create(Name="Parent")
    api.create(Name="Child", ParentId=parent)
    child, alone = api.query("SELECT Name, Parent.Name, Parent.Owner.Name FROM Account ORDER BY Name").get_json()[
        "records"
    ]
    assert child["Parent"]["Name"] == "Parent"
    assert child["Parent"]["attributes"]["url"].endswith(parent)
    assert child["Parent"]["Owner"]["Name"] == "Concord Integration"
    assert alone["Parent"] is None


def test_a_count_has_a_size_and_no_rows(shop: Api) -> None:
    answer = shop.query("SELECT COUNT() FROM Account WHERE Phone = null").get_json()
    assert answer == {"totalSize": 3, "done": True, "records": []}


def test_aggregates_are_grouped_and_named(shop: Api) -> None:
    query = "SELECT Sync_with_Xero__c, COUNT(Id), MAX(NumberOfEmployees) most FROM Account GROUP BY Sync_with_Xero__c"
    rows = shop.query(query).get_json()["records"]
    assert rows[0]["attributes"] == {"type": "AggregateResult"}
    assert {(row["Sync_with_Xero__c"], row["expr0"], row["most"]) for row in rows} == {(False, 4, 3), (True, 1, 4)}


def test_the_newest_stamp_is_shown_as_stamps_are(shop: Api) -> None:
    assert shop.found("SELECT MAX(SystemModstamp) t FROM Account") == [{"t": "2026-05-04T12:04:00.000+0000"}]


def test_fields_stand_for_all_standard_or_custom_ones(shop: Api) -> None:
    everything = shop.found("SELECT FIELDS(ALL) FROM Account LIMIT 1")[0]
    custom = shop.found("SELECT FIELDS(CUSTOM) FROM Account LIMIT 1")[0]
    standard = shop.found("SELECT FIELDS(STANDARD) FROM Account LIMIT 1")[0]
    assert set(custom) == {
        "Email__c", "Tax_Number__c", "Sync_with_Xero__c", "Xero_Contact_Id__c",
        "Xero_Outstanding__c", "Xero_Overdue__c",
    }  # fmt: skip
    assert set(everything) == set(custom) | set(standard)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FORM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'O'Neil'", "MALFORMED_QUERY"),
        (r"SELECT Id FROM Account WHERE Name = 'a\qb'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND NOT Name = 'b'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account; DROP", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account ALL ROWS", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Account LIMIT 201", "MALFORMED_QUERY"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE CreatedDate > 9999-12-31T23:59:59-12:00", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE CreatedDate > 1699-12-31T00:00:00Z", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Foo FROM Account", "INVALID_FIELD"),
        ("SELECT Foo.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE NumberOfEmployees = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Sync_with_Xero__c > FALSE", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Id LIKE '001%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Id = 'xyz'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Dragon", "INVALID_TYPE"),
    ],
)
def test_a_bad_query_is_refused(shop: Api, query: str, code: str) -> None:
    assert error(shop.query(query)) == (400, code)


def test_a_query_that_is_not_there_is_told_from_an_empty_one(api: Api) -> None:
    nothing, empty = (api.call("GET", path).get_json()[0] for path in ("/query", "/queryAll?q=%20"))
    assert (nothing["errorCode"], nothing["message"]) == ("MALFORMED_QUERY", "A query string has to be specified")
    assert (empty["errorCode"], empty["message"]) == ("MALFORMED_QUERY", "SOQL statements cannot be empty or null")


def test_an_unknown_field_is_pointed_at(api: Api) -> None:
    message = api.query("SELECT Foo FROM Account").get_json()[0]["message"]
    assert message.startswith(
        "\nSELECT Foo FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'."
    )


def test_quotes_and_backslashes_are_escaped(api: Api) -> None:
    api.create(Name="O'Neil \\ Sons")
    assert api.names(r"WHERE Name = 'O\'Neil \\ Sons'") == ["O'Neil \\ Sons"]
    assert api.names(r"WHERE Name LIKE 'O\'Neil%'") == ["O'Neil \\ Sons"]
    assert api.names(r"WHERE Name LIKE '%\\%'") == ["O'Neil \\ Sons"]
    assert api.names(r"WHERE Name LIKE '%\\ Sons'") == ["O'Neil \\ Sons"]
    assert api.names(r"WHERE Name LIKE '%\%'") == []


@pytest.fixture(scope="module")
def many() -> Api:
    return Api("synced", 450)


class TestPages:
    """More records than fit on a page."""

    def test_pages_follow_their_locator_to_the_end(self, many: Api) -> None:
        page = many.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": "batchSize=200"}).get_json()
        sizes, ids = [], []
        while True:
            sizes.append(len(page["records"]))
            ids += [row["Id"] for row in page["records"]]
            assert page["totalSize"] == 450
            if page["done"]:
                break
            page = many.call("GET", page["nextRecordsUrl"]).get_json()
        assert sizes == [200, 200, 50]
        assert len(set(ids)) == 450

    @pytest.mark.parametrize(("asked", "given"), [("10", 200), ("250", 250), ("9999", 450)])
    def test_the_page_size_is_between_two_hundred_and_two_thousand(self, many: Api, asked: str, given: int) -> None:
        page = many.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": f"batchSize={asked}"}).get_json()
        assert len(page["records"]) == given

    def test_a_locator_works_under_query_all_too(self, many: Api) -> None:
        page = many.query("SELECT Id FROM Account", "queryAll", {"Sforce-Query-Options": "batchSize=200"}).get_json()
        assert "/query/01g" in page["nextRecordsUrl"]
        assert many.call("GET", page["nextRecordsUrl"].replace("/query/", "/queryAll/")).status_code == 200

    def test_an_old_locator_is_stale(self, many: Api) -> None:
        first = many.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": "batchSize=200"}).get_json()
        for _ in range(10):
            many.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": "batchSize=200"})
        assert error(many.call("GET", first["nextRecordsUrl"])) == (400, "INVALID_QUERY_LOCATOR")
        assert error(many.call("GET", f"{BASE}/query/nonsense")) == (400, "INVALID_QUERY_LOCATOR")

    def test_a_locator_beyond_the_end_is_no_locator(self, many: Api) -> None:
        first = many.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": "batchSize=200"}).get_json()
        beyond = first["nextRecordsUrl"].replace("-200", "-450")
        assert error(many.call("GET", beyond)) == (400, "INVALID_QUERY_LOCATOR")


def test_a_url_that_is_too_long_is_refused(api: Api) -> None:
    ids = ", ".join(f"'{'001' + '0' * 12}'" for _ in range(1000))
    assert api.query(f"SELECT Id FROM Account WHERE Id IN ({ids})").status_code == 414


class TestUpdatedAndDeleted:
    """The lists of ids for replication."""

    SPAN = "?start=2026-05-04T11:59:59Z&end=2026-05-04T12:10:00Z"

    def test_changes_and_removals_are_listed_apart(self, api: Api) -> None:
        kept, gone = api.create(), api.create()
        api.call("DELETE", f"/sobjects/Account/{gone}")
        api.wait(900)
        updated = api.call("GET", f"/sobjects/Account/updated/{self.SPAN}").get_json()
        deleted = api.call("GET", f"/sobjects/Account/deleted{self.SPAN}").get_json()
        assert updated == {"ids": [kept], "latestDateCovered": "2026-05-04T12:10:00.000+0000"}
        assert deleted["deletedRecords"] == [{"id": gone, "deletedDate": "2026-05-04T12:00:00.000+0000"}]

    def test_people_are_hired_and_never_deleted(self, api: Api) -> None:
        hired = api.twin.org.user_named("Rewi Newcomer")
        api.wait(900)
        assert api.call("GET", f"/sobjects/User/updated/{self.SPAN}").get_json()["ids"] == [hired]
        assert api.call("GET", f"/sobjects/User/deleted/{self.SPAN}").get_json()["deletedRecords"] == []

    @pytest.mark.parametrize("which", ["updated", "deleted"])
    def test_what_cannot_be_replicated_is_not_listed(self, api: Api, which: str) -> None:
        answer = api.call("GET", f"/sobjects/AccountHistory/{which}/{self.SPAN}")
        assert error(answer) == (400, "INVALID_TYPE_FOR_OPERATION")

    def test_what_is_covered_is_held_back_by_a_commit_under_way(self, api: Api) -> None:
        api.set(late_commit=120)
        api.wait(30)
        api.person("create", fields={"Name": "Slow"})
        api.wait(60)
        covered = api.call("GET", f"/sobjects/Account/updated/{self.SPAN}").get_json()["latestDateCovered"]
        assert covered == "2026-05-04T12:00:30.000+0000"

    @pytest.mark.parametrize(
        "span",
        [
            "",
            "?start=2026-05-04T11:00:00Z",
            "?start=2026-05-04T11:00:10Z&end=2026-05-04T11:01:50Z",
            "?start=2026-05-04T11:00:00&end=2026-05-04T12:00:00",
            "?start=20260504T110000Z&end=2026-05-04T12:00:00Z",
            "?start=2026-W19-1T11:00:00Z&end=2026-05-04T12:00:00Z",
            "?start=2026-05-04T11:00:00Z&end=9999-12-31T23:59:59-12:00",
            "?start=2026-03-01T11:00:00Z&end=2026-05-04T11:01:50Z",
        ],
    )
    def test_a_span_that_cannot_be_covered_is_refused(self, api: Api, span: str) -> None:
        assert error(api.call("GET", f"/sobjects/Account/updated/{span}")) == (400, "INVALID_REPLICATION_DATE")


class TestCursors:
    """Whose they are, and what they show."""

    SMALL: ClassVar = {"Sforce-Query-Options": "batchSize=200"}

    def as_somebody_else(self, many: Api) -> dict[str, str]:
        user = many.twin.org.user_named("Hana Tuiasau")
        code = many.twin.tokens.consent("concord", user, "http://localhost/", None, "api")
        return {
            "Authorization": f"Bearer {many.twin.tokens.by_code('concord', code, 'http://localhost/', None).access}"
        }

    def test_a_cursor_is_its_users_and_so_is_their_number(self, many: Api) -> None:
        first = many.query("SELECT Id FROM Account", headers=self.SMALL).get_json()["nextRecordsUrl"]
        other = self.as_somebody_else(many)
        for _ in range(10):
            theirs = many.query("SELECT Id FROM Account", headers=self.SMALL | other).get_json()["nextRecordsUrl"]
        assert error(many.call("GET", first, headers=other)) == (400, "INVALID_QUERY_LOCATOR")
        assert error(many.call("GET", theirs)) == (400, "INVALID_QUERY_LOCATOR")
        assert many.call("GET", first).status_code == 200

    def test_a_cursor_shows_no_field_that_was_hidden_meanwhile(self, many: Api) -> None:
        page = many.query("SELECT Fax FROM Account", headers=self.SMALL).get_json()
        many.set(hidden_fields=["Fax"])
        assert error(many.call("GET", page["nextRecordsUrl"])) == (400, "INVALID_FIELD")
        many.set(hidden_fields=[])
        assert many.call("GET", page["nextRecordsUrl"]).status_code == 200

    def test_related_records_have_pages_of_their_own(self, api: Api) -> None:
        account = api.create()
        rows = [{"attributes": {"type": "Contact"}, "LastName": str(n), "AccountId": account} for n in range(400)]
        for start in (0, 200):
            api.call("POST", "/composite/sobjects", {"records": rows[start : start + 200]})
        query = "SELECT Id, (SELECT LastName FROM Contacts WHERE LastName != '7' LIMIT 398) FROM Account"
        (found,) = api.query(query).get_json()["records"]
        page, sizes, names = found["Contacts"], [], []
        while True:
            sizes.append(len(page["records"]))
            names += [row["LastName"] for row in page["records"]]
            assert page["totalSize"] == 398
            if page["done"]:
                break
            page = api.call("GET", page["nextRecordsUrl"]).get_json()
        assert sizes == [199, 199]
        assert len(set(names)) == 398
