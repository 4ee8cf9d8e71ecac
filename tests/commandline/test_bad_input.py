"""Bad input: a sentence with cause and remedy, the exit code of the contract, and nothing lost."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.commandline.conftest import Concord


def test_wrong_credentials_name_the_side_and_the_remedy(concord: Concord, monkeypatch: pytest.MonkeyPatch) -> None:
    concord.reset("synced", 1)
    monkeypatch.setenv("CONCORD_XERO_CLIENT_ID", "nobody")
    monkeypatch.setenv("CONCORD_XERO_CLIENT_SECRET", "wrong-and-secret")
    assert concord.connect() == 2
    assert "Xero" in concord.err
    assert "client" in concord.err
    assert "wrong-and-secret" not in concord.err + concord.out


def test_an_organisation_without_api_access_is_told_in_plain_words(concord: Concord) -> None:
    concord.reset("synced", 1)
    concord.settings("salesforce", api_enabled=False)
    assert concord.connect() == 2
    assert "API" in concord.err
    assert "edition" in concord.err.lower()


def test_a_hidden_field_is_named_before_anything_is_connected(concord: Concord) -> None:
    concord.reset("synced", 1)
    concord.settings("salesforce", hidden_fields=["Email__c"])
    assert concord.connect() == 2
    assert "Email__c" in concord.err


def test_an_unknown_field_in_the_rules_is_named(concord: Concord, tmp_path: Path) -> None:
    concord.reset("synced", 1)
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "kinds: {customer: {fields: {region: {salesforce: Region__c, xero: CompanyNumber, flow: S2X}}}}",
        encoding="utf-8",
    )
    assert concord.connect("--rules", str(rules)) == 2
    assert "Region__c" in concord.err


def test_a_direction_that_cannot_hold_is_refused_with_the_reason(concord: Concord, tmp_path: Path) -> None:
    concord.settle_in(1)
    rules = tmp_path / "rules.yaml"
    rules.write_text("kinds: {customer: {fields: {website: {flow: both}}}}", encoding="utf-8")
    assert concord("rules", "apply", str(rules), "--connection", "acme") == 2
    assert "read-only" in concord.err
    assert concord("rules", "plan", str(rules), "--connection", "acme") == 2
    assert concord.run()["status"] == "done"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("kinds: {customer: {fields: {phone: {flow: sideways}}}}", "kinds.customer.fields.phone.flow"),
        ("kinds:\n  customer:\n   fields: [\n", "line"),
        ("kinds: {customer: {limits: {creates: many}}}", "kinds.customer.limits.creates"),
        ("colour: blue", "colour"),
    ],
)
def test_a_malformed_rules_file_names_line_and_key(concord: Concord, tmp_path: Path, text: str, named: str) -> None:
    concord.settle_in(1)
    rules = tmp_path / "rules.yaml"
    rules.write_text(text, encoding="utf-8")
    assert concord("rules", "apply", str(rules), "--connection", "acme") == 2
    assert named in concord.err


def test_a_taken_port_is_told_with_another_way_out(concord: Concord) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert concord("simulate", "--scenario", "empty", "--salesforce-port", port) == 2
        assert port in concord.err


def test_an_address_that_is_no_vendors_is_refused_without_a_call(concord: Concord) -> None:
    code = concord("connect", "--name", "x", "--salesforce-url", "http://169.254.1.1", "--xero-url", concord.xero)
    assert code == 2
    assert "169.254.1.1" in concord.err


def test_an_unknown_connection_names_those_there_are(concord: Concord) -> None:
    concord.settle_in(1)
    assert concord("run", "--connection", "other") == 2
    assert "acme" in concord.err


def test_a_side_that_is_down_is_unavailable_and_nothing_is_lost(concord: Concord) -> None:
    concord.settle_in(1)
    (account,) = concord.state("salesforce", "Account")
    concord.edit("salesforce", account["Id"], Phone="+64 9 555 0155")
    concord.settings("salesforce", api_enabled=False)
    assert concord("run", "--connection", "acme", "--json") == 4
    concord.settings("salesforce", api_enabled=True)
    assert concord.run()["actions"]["update"]["xero"] == 1


def test_a_value_that_no_side_can_hold_is_not_decided_on(concord: Concord) -> None:
    concord.settle_in(1)
    (account,), (contact,) = concord.state("salesforce", "Account"), concord.state("xero", "Contact")
    concord.edit("salesforce", account["Id"], Name="One")
    concord.edit("xero", contact["ContactID"], Name="Two")
    concord.run()
    (conflict,) = concord.json("conflicts", "--connection", "acme")
    assert concord("resolve", str(conflict["id"]), "--value", "a <b> name") == 2
    assert concord("resolve", str(conflict["id"] + 99), "--take", "xero") == 2
    assert concord.run()["open"]["conflicts"] == 1


def test_a_side_that_is_down_when_connecting_may_be_tried_again(concord: Concord) -> None:
    concord.reset("synced", 1)
    assert concord("connect", "--name", "b", "--salesforce-url", "http://127.0.0.1:9", "--xero-url", concord.xero) == 4
    assert "Salesforce could not be reached" in concord.err


def test_without_an_apps_own_id_no_vendor_is_asked(concord: Concord) -> None:
    live = "https://acme.my.salesforce.com"
    assert concord("connect", "--name", "b", "--salesforce-url", live, "--xero-url", concord.xero) == 2
    assert "CONCORD_SALESFORCE_CLIENT_ID" in concord.err


def test_a_connection_is_not_named_like_the_number_of_another(concord: Concord) -> None:
    assert concord.connect(name="1") == 2
    assert "number" in concord.err
