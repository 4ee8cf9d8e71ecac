"""undo, why, unlink and proof as a script calls them, over both simulators."""

from __future__ import annotations

from tests.commandline.conftest import Concord, concord, pair

__all__ = ["concord", "pair"]


def test_a_script_asks_why_takes_back_parts_and_lists_the_proof(concord: Concord) -> None:
    concord.settle_in(1)
    (account,) = concord.state("salesforce", "Account")
    ref = f"salesforce:{account['Id']}"
    concord.edit("salesforce", account["Id"], Phone="+64 9 555 0199")
    run = concord.run()["run_id"]
    why = concord.json("why", ref, "--field", "phone")
    assert why["sentence"].startswith(f"Sync {run} wrote it in Xero")
    proofs = concord.json("proof", "--connection", "acme")
    assert proofs
    assert all(row["holds"] for row in proofs)
    told = concord.json("history", ref)
    assert any("Received through the Xero API" in line["text"] for line in told["xero"]["lines"])
    assert told["salesforce"] == {"ref": ref, "lines": [], "missing": ""}  # nothing is ticked there
    preview = concord.json("undo", str(run), "--record", ref, "--plan-only")
    assert [(action["do"], list(action["fields"])) for action in preview["actions"]] == [("update", ["phone"])]
    report = concord.json("undo", str(run), "--record", ref)
    assert (report["status"], report["actions"]["update"]["xero"], report["left"]) == ("open", 1, [])
    (contact,) = concord.state("xero", "Contact")
    shown = [row["PhoneNumber"] for row in contact["Phones"] if row["PhoneType"] == "DEFAULT"]
    assert "0199" not in shown[0]
    assert concord("unlink", ref, "--reason", "Two firms.") == 0
    assert concord.run()["open"] == {"conflicts": 0, "questions": 0, "rejections": 0}
    assert concord("relink", ref) == 0
    assert concord("relink", ref) == 2
    assert concord.run()["open"]["conflicts"] == 1  # what was taken back and never decided is asked about


def test_what_does_not_exist_is_a_usage_error(concord: Concord) -> None:
    concord.settle_in(1)
    assert concord("undo", "9999") == 2
    assert concord("why", "salesforce:001000000000099AAA", "--field", "phone") == 2
    assert concord("why", "nonsense", "--field", "phone") == 2
    assert concord("unlink", "xero:nobody") == 2
