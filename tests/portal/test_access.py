"""Who gets through the door: nobody without a sign-in, nobody above their role, and nobody by a forged form."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from portal.access import OPEN, safe_path
from tests.portal.pages import PAGES
from tests.portal.world import salesforce_id

ARGUMENTS = {
    "connection_id": 1, "run_id": 3, "plan_id": 2, "conflict_id": 1, "question_id": 1, "rejection_id": 1,
    "person_id": 3, "version": 1, "kind": "customer", "key": "phone", "side_name": "salesforce",
    "ref": salesforce_id(1), "filename": "concord.css", "draft_id": 1, "what": "conflict", "item": 1,
}  # fmt: skip
ANYBODY = {"auth.sign_out", "auth.change_password"}  # what a viewer may change: their own session


def addresses(app: Flask, method: str) -> list[tuple[Rule, str]]:
    """Every address of the portal that answers to a method."""
    adapter = app.url_map.bind("localhost")
    rules = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    wanted = [{name: ARGUMENTS[name] for name in rule.arguments} for rule in rules]
    return [(rule, adapter.build(rule.endpoint, each, method=method)) for rule, each in zip(rules, wanted, strict=True)]


def test_every_address_but_the_named_ones_sends_a_stranger_to_the_sign_in(app: Flask) -> None:
    client = app.test_client()
    for method in ("GET", "POST"):
        for rule, address in addresses(app, method):
            if rule.endpoint in OPEN:
                continue
            answer = client.open(address, method=method)
            assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/sign-in"), address


def test_a_stranger_cannot_tell_which_connections_exist(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/c/1/").status_code == client.get("/c/999/").status_code == 303


def test_a_fragment_sends_the_whole_page_to_the_sign_in(app: Flask) -> None:
    answer = app.test_client().get("/c/1/live", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in"
    assert answer.data == b""


def test_a_session_that_ended_on_a_page_leads_back_to_it(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client, page = app.test_client(), "http://localhost/c/1/review?field=phone"
    back = "/sign-in?next=/c/1/review?field%3Dphone"
    fragment = client.post("/c/1/conflicts/1/decide", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, back)
    form = client.post("/c/1/conflicts/1/decide", headers={"Referer": page})
    assert (form.status_code, form.headers["Location"]) == (303, back)
    strange = client.post("/c/1/conflicts/1/decide", headers={"Referer": "http://evil.example/c/1/review"})
    assert strange.headers["Location"] == "/sign-in"


def test_a_viewer_changes_nothing(app: Flask, vera: FlaskClient) -> None:
    for rule, address in addresses(app, "POST"):
        if rule.endpoint not in OPEN | ANYBODY:
            assert vera.post(address).status_code == 403, address


def test_a_reviewer_works_the_queue_and_leaves_the_setup_alone(app: Flask, rui: FlaskClient) -> None:
    tried = [(rule.endpoint, address) for rule, address in addresses(app, "POST") if rule.endpoint not in ANYBODY]
    refused = {endpoint for endpoint, address in tried if rui.post(address).status_code == 403}
    assert refused == {
        "connections.abandon", "connections.again", "connections.check", "connections.create", "connections.disconnect",
        "connections.invite", "connections.join", "oauth.save", "directions.change", "rules.restore",
        "differences.choose", "differences.rule", "fields.preview", "fields.save", "rules.preview_version",
        "overview.activate", "overview.interval",
        "first.approve", "first.check", "first.differences", "first.fields", "first.match",
        "people.add", "people.disable", "people.enable", "people.password", "people.role", "review.protect",
        "rules.preview", "rules.save", "settings.mail", "syncs.approve", "syncs.drop",
    }  # fmt: skip


@pytest.mark.parametrize("page", ["/people", "/connections/new"])
def test_pages_for_administrators_are_closed_to_others(page: str, rui: FlaskClient, vera: FlaskClient) -> None:
    for client in (rui, vera):
        answer = client.get(page)
        assert answer.status_code == 403
        assert "You may not do that" in answer.text


def test_a_viewer_sees_every_other_page(vera: FlaskClient) -> None:
    for page in PAGES:
        if page not in {"/people", "/connections/new"}:
            assert vera.get(page).status_code == 200, page


def test_every_form_sent_without_its_token_is_refused(app: Flask, ada: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for _rule, address in addresses(app, "POST"):
        answer = ada.post(address, data={"name": "x", "take": "salesforce"})
        assert answer.status_code == 400, address
        assert "expired" in answer.text


def test_reading_never_needs_a_token_and_writing_never_works_by_get(app: Flask, ada: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    posts = {address for _, address in addresses(app, "POST")}
    gets = {address for _, address in addresses(app, "GET")}
    for address in posts - gets:
        assert ada.get(address).status_code == 405, address


def test_answers_carry_the_headers_that_close_the_browser(ada: FlaskClient) -> None:
    for page in ("/c/1/", "/c/1/nowhere", "/sign-in"):
        headers = ada.get(page).headers
        policy = headers["Content-Security-Policy"]
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert part in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers


def test_browsers_are_told_to_stay_on_https_where_it_is_used(ada: FlaskClient) -> None:
    answer = ada.get("/healthz", base_url="https://concord.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_files_that_never_change_are_kept_by_the_browser(app: Flask) -> None:
    client = app.test_client()
    for address in ("/static/concord.css", "/bootstrap/static/css/bootstrap.min.css", "/vendor/htmx/htmx.min.js"):
        with client.get(address) as answer:
            assert answer.status_code == 200
            assert "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "/\t/evil",
        "",
        None,
    ],
)
def test_no_address_leads_to_another_site(target: str | None) -> None:
    assert safe_path(target) == ""


@pytest.mark.parametrize("target", ["/", "/c/1/review?field=phone&text=a//b", "/c/1/#top"])
def test_addresses_of_this_site_are_followed(target: str) -> None:
    assert safe_path(target) == target
