"""A map of values from the document to both vendors and back: carried, refused, listed, mended, and told beforehand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commandline.conftest import Concord

pytestmark = pytest.mark.prove

FIELD: dict[str, Any] = {
    "salesforce": "Tier__c",
    "xero": "CompanyNumber",
    "comparison": "text",
    "flow": "both",
    "values": {"Gold": "G", "Silver": "S"},
    "default": {"xero": "S"},
}
TIERS = {"Account.Tier__c": {"type": "picklist", "choices": ["Gold", "Silver", "Bronze"], "restricted": True}}


def document(path: Path, **field: Any) -> str:
    """A part of the rules, as JSON, which is YAML."""
    fields = {"tier": FIELD | field}
    path.write_text(json.dumps({"kinds": {"customer": {"fields": fields}}}))
    return str(path)


def shown(concord: Concord, side: str, record: dict[str, Any]) -> Any:
    kind, key, field = (
        ("Account", "Id", "Tier__c") if side == "salesforce" else ("Contact", "ContactID", "CompanyNumber")
    )
    found = next(row for row in concord.state(side, kind) if row[key] == record[key])
    return found.get(field)


@pytest.fixture
def begun(concord: Concord, tmp_path: Path) -> Concord:
    concord.reset("synced", 4)
    concord.settings("salesforce", custom_fields=TIERS)
    assert concord.connect("--rules", document(tmp_path / "rules.yaml"), "--activate") == 0, concord.err
    assert concord.run()["actions"]["adopt"]["xero"] == 4
    return concord


def pairs(concord: Concord) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    contacts = {row["ContactID"]: row for row in concord.state("xero", "Contact")}
    accounts = [row for row in concord.state("salesforce", "Account") if row["Xero_Contact_Id__c"] in contacts]
    return [(account, contacts[account["Xero_Contact_Id__c"]]) for account in accounts]


def test_each_side_is_written_in_its_own_words_and_what_is_not_listed_waits(begun: Concord, tmp_path: Path) -> None:
    (one, one_x), (two, two_x), (three, three_x), _ = pairs(begun)
    begun.edit("salesforce", one["Id"], Tier__c="Gold")
    begun.edit("xero", two_x["ContactID"], CompanyNumber="S")
    begun.edit("xero", three_x["ContactID"], CompanyNumber="PLATINUM")
    assert begun.run()["rejections"] == 1
    assert shown(begun, "xero", one_x) == "G"
    assert shown(begun, "salesforce", two) == "Silver"
    assert not shown(begun, "salesforce", three)
    (waiting,) = begun.json("rejections", "--connection", "acme")
    assert (waiting["ref"], waiting["field"], waiting["code"]) == (f"salesforce:{three['Id']}", "tier", "unmapped")
    assert "'PLATINUM' of Xero" in waiting["message"]
    assert "values of tier" in waiting["remedy"]
    more = document(tmp_path / "more.yaml", values={"Gold": "G", "Silver": "S", "Bronze": "PLATINUM"})
    foreseen = begun.json("rules", "plan", more, "--connection", "acme")
    assert [(w["side"], w["field"], w["count"]) for w in foreseen["writes"]] == [("salesforce", "tier", 1)]
    assert begun("rules", "apply", more, "--connection", "acme") == 0
    begun.run()
    assert shown(begun, "salesforce", three) == "Bronze"
    assert begun.json("rejections", "--connection", "acme") == []
    assert sum(sum(sides.values()) for sides in begun.run()["actions"].values()) == 0


def test_a_word_the_picklist_lacks_and_one_the_map_lacks_are_told_before_the_rules_are_saved(
    begun: Concord, tmp_path: Path
) -> None:
    for number, (_, contact) in enumerate(pairs(begun)[:3]):
        begun.edit("xero", contact["ContactID"], CompanyNumber="P" if number else "NEW")
    begun.run()
    path = document(tmp_path / "more.yaml", values={"Gold": "G", "Silver": "S", "Platinum": "P"})
    found = {each["code"]: each for each in begun.json("rules", "plan", path, "--connection", "acme")["lint"]}
    assert (found["not_in_picklist"]["side"], found["not_in_picklist"]["count"]) == ("salesforce", 2)
    assert found["not_in_picklist"]["values"] == {"P": 2}
    assert found["unmapped"]["values"] == {"NEW": 1}
    assert found["unmapped"]["samples"] == [pairs(begun)[0][0]["Name"]]
    assert begun("rules", "plan", path, "--connection", "acme") == 0
    assert "tier that the picklist of Salesforce does not have: 2 (" in begun.out
    assert "Values: P (2)." in begun.out


def test_states_and_countries_that_the_organisation_does_not_list_are_told(begun: Concord, tmp_path: Path) -> None:
    (_, one), (_, two), (_, three), _ = pairs(begun)
    for contact, region, country in (
        (one, "", "Atlantis"),
        (two, "Tasman", "New Zealand"),
        (three, "VIC", "Australia"),
    ):
        address = {
            "AddressType": "POBOX",
            "AddressLine1": "1 Quay",
            "City": "Port",
            "Region": region,
            "Country": country,
        }
        begun.edit("xero", contact["ContactID"], Addresses=[address])
    begun.run()
    path = tmp_path / "same.yaml"
    path.write_text("schedule: {every_minutes: 15}")
    before = begun.json("rules", "plan", str(path), "--connection", "acme")["lint"]
    assert not {"country_not_listed", "state_not_listed"} & {each["code"] for each in before}
    begun.settings("salesforce", state_country_picklists=True)
    found = {each["code"]: each for each in begun.json("rules", "plan", str(path), "--connection", "acme")["lint"]}
    billing = {code: found[code]["values"] for code in ("country_not_listed", "state_not_listed")}
    assert billing["country_not_listed"] == {"Atlantis": 1}
    assert billing["state_not_listed"]["Tasman"] == 1
    assert "VIC" not in billing["state_not_listed"]


def test_a_customer_made_gets_the_default_and_nothing_flows_back(begun: Concord) -> None:
    account = pairs(begun)[0][0]
    begun.edit("salesforce", account["Id"], Sync_with_Xero__c=True)
    made = begun.create("salesforce", Name="Brand New Brewing", Sync_with_Xero__c=True)
    assert begun.run()["actions"]["create"]["xero"] == 1
    contact = next(row for row in begun.state("xero", "Contact") if row["Name"] == "Brand New Brewing")
    assert contact["CompanyNumber"] == "S"
    begun.run()
    assert sum(sum(sides.values()) for sides in begun.run()["actions"].values()) == 0
    assert not shown(begun, "salesforce", {"Id": made})


def test_the_document_goes_out_and_in_again_without_a_change(begun: Concord, tmp_path: Path) -> None:
    out = str(tmp_path / "out.yaml")
    assert begun("rules", "export", out, "--connection", "acme") == 0
    assert "Gold: G" in Path(out).read_text()
    assert begun.json("rules", "plan", out, "--connection", "acme")["changes"] == []
    assert begun.json("rules", "apply", out, "--connection", "acme") == {"version": 1, "changes": []}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"Gold": "G", "Silver": "G"}, "'G' of Xero would be 'Gold' or 'Silver' in Salesforce"),
        ({"Gold": ["G", "GG"]}, "'Gold' of Salesforce would be 'G' or 'GG' in Xero"),
    ],
)
def test_a_map_that_loses_something_on_the_way_back_is_refused(
    begun: Concord, tmp_path: Path, values: Any, told: str
) -> None:
    assert begun("rules", "apply", document(tmp_path / "bad.yaml", values=values), "--connection", "acme") == 2
    assert told in begun.err
    one_way = {True: "S2X", False: "X2S"}[told.startswith("'G'")]
    good = document(tmp_path / "good.yaml", values=values, flow=one_way, default=None)
    assert begun("rules", "apply", good, "--connection", "acme") == 0, begun.err
