"""The check-up's page: nothing is asked of the vendors until somebody asks, and what they say is shown."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from reconciler.core.model import Side
from reconciler.doctor import Examination
from reconciler.ports import Finding

FOUND = Examination(
    "Aurora",
    {Side.SALESFORCE: (Finding("fields", "bad", "Account has no field <b>Email__c</b>.", "Deploy the package."),)},
    (Finding("environment", "good", "Both sides are of one sort."),),
    {Side.SALESFORCE: 9},
)


def test_opening_the_page_asks_nothing_of_the_vendors(ada: FlaskClient, app: Flask) -> None:
    asked: list[int] = []
    app.extensions["concord.doctor"] = asked.append
    text = ada.get("/c/1/doctor").text
    assert "Check now" in text
    assert asked == []


def test_what_was_found_is_shown_with_what_to_do(rui: FlaskClient, app: Flask) -> None:
    app.extensions["concord.doctor"] = lambda _connection: FOUND
    text = rui.post("/c/1/doctor").text
    for part in (
        "Something needs a person first",
        "Account has no field &lt;b&gt;Email__c",
        "Deploy the package",
        "9 calls",
    ):
        assert part in text


def test_a_viewer_does_not_spend_calls(vera: FlaskClient) -> None:
    assert "Check now" not in vera.get("/c/1/doctor").text
    assert vera.post("/c/1/doctor").status_code == 403
