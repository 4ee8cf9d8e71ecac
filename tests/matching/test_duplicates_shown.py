"""The report of likely duplicates as people and scripts see it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.commandline.conftest import Concord, concord, pair
from tests.engine.bench import Bench, X
from tests.undo.test_pages import browser

__all__ = ["browser", "concord", "pair"]


def test_the_page_lists_a_group_with_its_reasons_and_opens_each_record(bench: Bench, browser: FlaskClient) -> None:
    address = f"/c/{bench.id}/duplicates"
    assert "No duplicates found" in browser.get(address).text
    one = bench.customer("Aurora Brewing", X, phone="+64 9 300 1000")
    bench.customer("Aurora Brewing Ltd", X, phone="(09) 300-1000")
    bench.run()
    page = browser.get(f"{address}?side=xero").text
    assert "same name, same telephone" in page
    assert f"/c/{bench.id}/records/xero/{one.ref.id}" in page
    assert "No duplicates found" in browser.get(f"{address}?side=salesforce").text
    assert browser.get(f"{address}?side=hubspot").status_code == 404


@pytest.mark.prove
def test_a_script_lists_the_duplicates_of_one_side(concord: Concord) -> None:
    concord.settle_in(1)
    assert concord.json("duplicates", "--connection", "acme") == []
    for name in ("Aurora Brewing", "AURORA BREWING LTD"):
        concord.create("salesforce", Name=name, Phone="+64 9 300 1000")
    concord.run()
    (group,) = concord.json("duplicates", "--connection", "acme", "--side", "salesforce")
    assert (group["side"], group["reasons"]) == ("salesforce", ["same name", "same telephone"])
    assert [record["linked"] for record in group["records"]] == [False, False]
    assert concord("duplicates", "--connection", "acme") == 0
    assert "AURORA BREWING LTD" in concord.out
