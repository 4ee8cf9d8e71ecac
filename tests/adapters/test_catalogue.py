"""Every refusal that either vendor is known to give, in the document for those who fix them."""

from __future__ import annotations

import re
from pathlib import Path

from portal.happened import RETRIES
from reconciler.adapters import catalogue

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "needs-fixing.md"


def table() -> str:
    """Write the document's table from what the adapters know."""
    rows = ["| side | refusal | what to do | tried again |", "|---|---|---|---|"]
    rows += [
        f"| Salesforce | `{code}` | {meaning.remedy} | {RETRIES[meaning.retry].lower()} |"
        for code, meaning in catalogue.SALESFORCE.items()
    ]
    rows += [
        f"| Xero | `{one.code}` | {one.meaning.remedy} | {RETRIES[one.meaning.retry].lower()} |"
        for one in catalogue.XERO
    ]
    return "\n".join(rows)


def test_the_document_lists_every_refusal_with_its_remedy_and_when_it_is_tried_again() -> None:
    found = re.search(r"<!-- refusals:.*?-->\n(.*?)\n<!-- end of refusals -->", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert found is not None
    assert found.group(1) == table(), f"docs/needs-fixing.md should say:\n{table()}"


def test_every_refusal_has_a_remedy_in_a_sentence_and_a_known_class() -> None:
    meanings = [*catalogue.SALESFORCE.values(), *(one.meaning for one in catalogue.XERO)]
    assert len(meanings) > 30
    for meaning in meanings:
        assert meaning.remedy.endswith("."), meaning
        assert meaning.retry in RETRIES, meaning


def test_a_code_that_nobody_knows_still_says_what_to_do() -> None:
    refusal, field = catalogue.salesforce_refusal([{"errorCode": "BRAND_NEW", "message": "No\nthanks"}])
    assert (refusal.code, refusal.message, refusal.retry, field) == (
        "BRAND_NEW",
        "Salesforce: No thanks",
        "fix_data",
        "",
    )
    assert refusal.remedy
    assert catalogue.xero_refusal(["Something else"])[0].remedy
