"""What scripts rely on: commands, documents and exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from reconciler import __version__
from tests.commandline.conftest import Concord

RUN_KEYS = {
    "run_id", "status", "digest", "actions", "conflicts", "questions", "rejections", "open", "calls", "seconds",
    "own_seconds",
}  # fmt: skip


def test_a_run_prints_one_document_with_every_promised_key(concord: Concord) -> None:
    concord.settle_in(2)
    report = concord.run()
    assert report.keys() >= RUN_KEYS
    assert report["status"] == "done"
    assert report["calls"] == {"salesforce": 1, "xero": 1}
    assert report["actions"] == {
        do: {"salesforce": 0, "xero": 0} for do in ("create", "update", "retire", "adopt", "stamp")
    }


def test_a_new_connection_only_makes_plans_until_it_is_activated(concord: Concord) -> None:
    concord.reset("synced", 2)
    assert concord.connect() == 0
    assert concord.run()["status"] == "read_only"
    plan = concord.json("plan", "--connection", "acme")
    assert [action["do"] for action in plan["actions"]] == ["adopt", "adopt"]
    assert concord("activate", "--connection", "acme") == 0
    assert concord.run()["actions"]["adopt"] == {"salesforce": 0, "xero": 2}


def test_a_plan_names_each_change_and_the_run_of_it_carries_out_exactly_that(concord: Concord, tmp_path: Path) -> None:
    concord.settle_in(2)
    account = concord.state("salesforce", "Account")[0]
    concord.edit("salesforce", account["Id"], Phone="+64 9 555 0177")
    saved = tmp_path / "plan.json"
    plan = concord.json("plan", "--connection", "acme", "--out", str(saved))
    (action,) = plan["actions"]
    assert action.keys() >= {"do", "kind", "side", "ref", "fields", "why"}
    assert (action["do"], action["side"]) == ("update", "xero")
    assert action["fields"]["phone"]["to"] == "+64 9 555 0177"
    report = concord.run("--plan", str(saved))
    assert (report["status"], report["digest"]) == ("done", plan["digest"])
    assert report["actions"]["update"] == {"salesforce": 0, "xero": 1}


def test_a_plan_whose_ground_has_moved_is_refused_and_names_the_record(concord: Concord) -> None:
    concord.settle_in(2)
    first, second = concord.state("salesforce", "Account")
    for account in (first, second):
        concord.edit("salesforce", account["Id"], Phone="+64 9 555 0177")
    digest = concord.json("plan", "--connection", "acme")["digest"]
    concord.edit("salesforce", first["Id"], Phone="+64 9 555 0188")
    assert concord("run", "--connection", "acme", "--plan", digest) == 5
    assert "phone was edited in Salesforce" in concord.err
    report = concord.run("--plan", digest, "--skip-moved")
    assert report["actions"]["update"]["xero"] == 1
    assert concord.run()["actions"]["update"]["xero"] == 1


def test_a_conflict_is_listed_decided_and_carried_out(concord: Concord) -> None:
    concord.settle_in(1)
    (account,), (contact,) = concord.state("salesforce", "Account"), concord.state("xero", "Contact")
    concord.edit("salesforce", account["Id"], Name="Named in Salesforce")
    concord.edit("xero", contact["ContactID"], Name="Named in Xero")
    assert concord("run", "--connection", "acme", "--json") == 1
    (conflict,) = concord.json("conflicts", "--connection", "acme")
    assert conflict.keys() >= {
        "id", "kind", "salesforce", "xero", "field", "status", "values", "baseline", "edited", "proposed", "winner",
        "by", "reason", "closed_because",
    }  # fmt: skip
    assert conflict["values"] == {"salesforce": "Named in Salesforce", "xero": "Named in Xero"}
    assert concord("resolve", str(conflict["id"]), "--value", "Named by both", "--reason", "agreed by phone") == 0
    report = concord.run()
    assert report["conflicts"] == {"opened": 0, "decided": 1, "closed": 0}, report
    assert concord.state("salesforce", "Account")[0]["Name"] == "Named by both"
    assert concord.state("xero", "Contact")[0]["Name"] == "Named by both"


def test_a_decision_on_values_that_have_moved_is_refused(concord: Concord) -> None:
    concord.settle_in(1)
    (account,), (contact,) = concord.state("salesforce", "Account"), concord.state("xero", "Contact")
    concord.edit("salesforce", account["Id"], Name="First")
    concord.edit("xero", contact["ContactID"], Name="Other")
    concord.run()
    (conflict,) = concord.json("conflicts", "--connection", "acme")
    assert concord("resolve", str(conflict["id"]), "--take", "salesforce") == 0
    concord.edit("salesforce", account["Id"], Name="Second thoughts")
    assert concord.run()["open"]["conflicts"] == 1
    (again,) = concord.json("conflicts", "--connection", "acme")
    assert again["values"]["salesforce"] == "Second thoughts"
    assert concord.state("xero", "Contact")[0]["Name"] == "Other"


@pytest.mark.prove
def test_resolving_what_was_decided_overturns_it_while_the_value_that_won_still_stands(concord: Concord) -> None:
    concord.settle_in(1)
    (account,), (contact,) = concord.state("salesforce", "Account"), concord.state("xero", "Contact")
    concord.edit("salesforce", account["Id"], Name="Named in Salesforce")
    concord.edit("xero", contact["ContactID"], Name="Named in Xero")
    concord.run()
    (conflict,) = concord.json("conflicts", "--connection", "acme")
    assert concord("resolve", str(conflict["id"]), "--take", "xero") == 0
    concord.run()
    assert concord("resolve", str(conflict["id"]), "--take", "salesforce", "--reason", "second thoughts") == 0
    concord.run()
    assert concord.state("salesforce", "Account")[0]["Name"] == "Named in Salesforce"
    assert concord.state("xero", "Contact")[0]["Name"] == "Named in Salesforce"
    assert concord("resolve", str(conflict["id"]), "--take", "salesforce") == 5
    assert "edited since" in concord.err


@pytest.mark.prove
def test_a_file_that_cannot_be_written_costs_nothing(concord: Concord, tmp_path: Path) -> None:
    concord.settle_in(1)
    nowhere = str(tmp_path / "missing" / "file")
    for words in (["plan", "--out", nowhere], ["rules", "export", nowhere], ["disconnect", "--export", nowhere]):
        assert concord(*words, "--connection", "acme") == 2, words
        assert nowhere in concord.err
    assert concord.run()["status"] == "done"


def test_a_same_named_contact_is_a_question_never_a_create(concord: Concord) -> None:
    concord.settle_in(1)
    body = {"Name": "Twin Peaks Ltd"}
    import requests

    made = {"as": "Ann", "do": "create", "type": "Contact", "fields": body}
    requests.post(f"{concord.xero}/_sim/edit", json=made, timeout=30).raise_for_status()
    fields = {"Name": "Twin Peaks Limited", "Sync_with_Xero__c": True}
    made = {"as": "Ann", "do": "create", "type": "Account", "fields": fields}
    requests.post(f"{concord.salesforce}/_sim/edit", json=made, timeout=30).raise_for_status()
    report = concord.run()
    assert (report["questions"], report["actions"]["create"]["xero"]) == (1, 0)
    (question,) = concord.json("questions", "--connection", "acme")
    assert question.keys() >= {"id", "type", "kind", "refs", "choices", "status"}
    assert concord("answer", str(question["id"]), "--choice", question["choices"][0]) == 0
    report = concord.run()
    assert report["actions"]["adopt"]["xero"] == 1
    assert len(concord.state("xero", "Contact")) == 2


def test_pausing_one_side_lets_its_writes_wait_and_loses_none(concord: Concord) -> None:
    concord.settle_in(1)
    (account,) = concord.state("salesforce", "Account")
    concord.edit("salesforce", account["Id"], Fax="+64 9 555 0123")
    assert concord("pause", "--connection", "acme", "--side", "xero") == 0
    assert concord.run()["actions"]["update"]["xero"] == 0
    assert concord("resume", "--connection", "acme", "--side", "xero") == 0
    assert concord.run()["actions"]["update"]["xero"] == 1


def test_rules_go_out_as_yaml_and_any_part_comes_back(concord: Concord, tmp_path: Path) -> None:
    concord.settle_in(1)
    assert concord("rules", "export", "-", "--connection", "acme") == 0
    document = yaml.safe_load(concord.out)
    assert document["kinds"]["customer"]["fields"]["website"]["flow"] == "X2S"
    part = tmp_path / "part.yaml"
    part.write_text("kinds: {customer: {fields: {phone: {flow: X2S}}}}", encoding="utf-8")
    assert concord("rules", "apply", str(part), "--connection", "acme") == 0
    (account,) = concord.state("salesforce", "Account")
    concord.edit("salesforce", account["Id"], Phone="+64 9 555 0166")
    assert concord.run()["actions"]["update"] == {"salesforce": 1, "xero": 0}
    (put_back,) = concord.json("conflicts", "--connection", "acme", "--status", "decided")
    assert put_back["values"]["salesforce"] == "+64 9 555 0166"


def test_criteria_that_salesforce_does_not_show_are_not_applied(concord: Concord, tmp_path: Path) -> None:
    concord.settle_in(1)
    part = tmp_path / "part.yaml"
    criteria = "opt_in: {criteria: {all: [{field: fax, is: filled}]}}"
    part.write_text(f"kinds: {{customer: {{fields: {{fax: {{salesforce: Nowhere__c}}}}, {criteria}}}}}", "utf-8")
    assert concord("rules", "apply", str(part), "--connection", "acme") == 2
    assert "fax (Nowhere__c), which is not there in Salesforce" in concord.err


def test_a_held_plan_stops_runs_until_it_is_released_with_a_reason(concord: Concord, tmp_path: Path) -> None:
    concord.settle_in(3)
    tight = tmp_path / "tight.yaml"
    tight.write_text("kinds: {customer: {limits: {blanks: 0}}}", encoding="utf-8")
    assert concord("rules", "apply", str(tight), "--connection", "acme") == 0
    account = concord.state("salesforce", "Account")[0]
    concord.edit("salesforce", account["Id"], Phone=None)
    assert concord("run", "--connection", "acme", "--json") == 3
    held = concord.run()
    assert held["status"] == "halted"
    assert held["halted"][0].keys() >= {"limit", "allowed", "found", "kind", "side"}
    assert concord("run", "--connection", "acme", "--plan", held["digest"]) == 2
    report = concord.run("--plan", held["digest"], "--reason", "the number is out of use")
    assert report["actions"]["update"]["xero"] == 1


def test_disconnecting_leaves_both_systems_and_hands_over_the_links(concord: Concord, tmp_path: Path) -> None:
    concord.settle_in(2)
    saved = tmp_path / "links.json"
    assert concord("disconnect", "--connection", "acme", "--export", str(saved)) == 0
    assert saved.read_text(encoding="utf-8").count('"agreed"') == 2
    assert len(concord.state("xero", "Contact")) == 2
    assert concord("run", "--connection", "acme") == 2


def test_a_sound_check_up_is_the_first_step_of_the_first_sync(concord: Concord) -> None:
    concord.reset("synced", 2)
    assert concord.connect() == 0
    assert concord("first", "--connection", "acme") == 0
    assert "to do  check" in concord.out
    assert concord("doctor", "--connection", "acme") == 0
    assert concord("first", "--connection", "acme") == 0
    assert "done   check" in concord.out


def test_a_second_connection_between_the_same_organisations_is_told_of_the_first(concord: Concord) -> None:
    concord.reset("synced", 2)
    assert concord.connect() == 0
    assert "joins the same two" not in concord.err
    assert concord.connect(name="again") == 0
    assert "acme joins the same two organisations" in concord.err


def test_the_version_is_told(concord: Concord) -> None:
    assert concord("--version") == 0
    assert concord.out.strip() == f"Concord {__version__}"
