"""Sign-in: the flows, what a token answer holds, and how sessions and grants end."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.simulators.salesforce.api import BASE, Api, error

APP = {"client_id": "concord", "client_secret": "concord"}
BACK = "http://localhost:8000/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def token(api: Api, **form: str) -> TestResponse:
    return api.client.post("/services/oauth2/token", data={**APP, **form})


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]


def consent(api: Api, **changes: str) -> dict[str, list[str]]:
    form = {"client_id": "concord", "redirect_uri": BACK, "state": "s1", "code_challenge": CHALLENGE}
    answer = api.client.post(
        "/services/oauth2/authorize", data={**form, "user": "Hana Tuiasau", "decision": "allow", **changes}
    )
    assert answer.status_code == 302
    assert answer.location.startswith(BACK)
    return parse_qs(urlsplit(answer.location).query)


def exchange(api: Api, code: str, **changes: str) -> TestResponse:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return token(api, **{**form, **changes})


def told_by_page(api: Api, asked: dict[str, str]) -> str:
    """What the application is told in place of a consent page."""
    answer = api.client.get("/services/oauth2/authorize", query_string=asked)
    assert answer.status_code == 302
    told = parse_qs(urlsplit(answer.location).query)
    assert told.get("state", [""]) == [asked.get("state", "")]
    return told["error"][0]


def connect(api: Api) -> dict[str, Any]:
    told: dict[str, Any] = exchange(api, consent(api)["code"][0]).get_json()
    return told


def works(api: Api, access: str, scheme: str = "Bearer") -> bool:
    return api.client.get(f"{BASE}/limits", headers={"Authorization": f"{scheme} {access}"}).status_code == 200


def test_the_token_answer_has_the_vendors_shape_and_no_expiry(api: Api) -> None:
    told = token(api, grant_type="client_credentials").get_json()
    assert set(told) == {"access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"}
    assert told["issued_at"] == "1777896000000"
    organization, user = told["id"].split("/")[-2:]
    assert told["access_token"].startswith(organization[:15] + "!")
    assert user == api.twin.org.integration_user


def test_a_basic_header_that_is_none_is_an_unknown_client(api: Api) -> None:
    form, headers = {"grant_type": "client_credentials"}, {"Authorization": "Basic \xe9"}
    assert refusal(api.client.post("/services/oauth2/token", data=form, headers=headers)) == (400, "invalid_client")


def test_the_application_may_say_who_it_is_in_a_basic_header(api: Api) -> None:
    secret = base64.b64encode(b"concord:concord").decode()
    answer = api.client.post(
        "/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {secret}"},
    )
    assert works(api, answer.get_json()["access_token"])


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"grant_type": "client_credentials", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "nobody"}, "invalid_client_id"),
        ({"grant_type": "device"}, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "ann@driftwood.example", "password": "x"}, "invalid_grant"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "nonsense"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "nonsense"}, "invalid_grant"),
    ],
)
def test_a_bad_token_request_is_refused(api: Api, form: dict[str, str], why: str) -> None:
    assert refusal(token(api, **form)) == (400, why)


def test_a_refresh_may_do_without_the_secret_and_not_with_a_wrong_one(api: Api) -> None:
    form = {"grant_type": "refresh_token", "client_id": "concord", "refresh_token": connect(api)["refresh_token"]}
    wrong = api.client.post("/services/oauth2/token", data={**form, "client_secret": "wrong"})
    assert refusal(wrong) == (400, "invalid_client")
    assert api.client.post("/services/oauth2/token", data=form).status_code == 200


def test_a_challenge_can_be_made_compulsory(api: Api) -> None:
    assert "code" in consent(api, code_challenge="")
    api.set(pkce_required=True)
    assert consent(api, code_challenge="")["error"] == ["invalid_request"]
    asked = {"response_type": "code", "client_id": "concord", "redirect_uri": BACK}
    assert told_by_page(api, asked) == "invalid_request"
    assert "code" in consent(api)


@pytest.mark.parametrize("wrong", [{"code_challenge_method": "plain"}, {"code_challenge": "short"}])
def test_a_challenge_that_proves_nothing_is_refused(api: Api, wrong: dict[str, str]) -> None:
    assert consent(api, **wrong)["error"] == ["invalid_request"]
    asked = {"response_type": "code", "client_id": "concord", "redirect_uri": BACK, "code_challenge": CHALLENGE}
    assert told_by_page(api, asked | wrong) == "invalid_request"
    assert "code" in consent(api, code_challenge_method="S256")


def test_a_code_stands_before_the_fragment_of_the_way_back(api: Api) -> None:
    form = {"client_id": "concord", "redirect_uri": "https://localhost/x?a=1#there", "decision": "allow", "user": "A"}
    back = urlsplit(api.client.post("/services/oauth2/authorize", data=form).location)
    assert back.fragment == "there"
    assert set(parse_qs(back.query)) == {"a", "code"}


def test_a_token_is_asked_for_by_post_and_by_some_grant(api: Api) -> None:
    assert refusal(api.client.get("/services/oauth2/token")) == (400, "invalid_request")
    assert refusal(api.client.post("/services/oauth2/token")) == (400, "unsupported_grant_type")


def test_a_client_can_find_the_endpoints(api: Api) -> None:
    found = api.client.get("/.well-known/openid-configuration").get_json()
    assert found["token_endpoint"] == f"{found['issuer']}/services/oauth2/token"
    assert found["introspection_endpoint"].endswith("/services/oauth2/introspect")
    assert api.client.get(urlsplit(found["jwks_uri"]).path).get_json()["keys"][0]["use"] == "sig"


def test_both_schemes_carry_a_token(api: Api) -> None:
    access = api.token()
    assert works(api, access)
    assert works(api, access, "OAuth")


@pytest.mark.parametrize("header", ["", "Bearer nonsense"])
def test_without_a_living_session_nothing_is_answered(api: Api, header: str) -> None:
    answer = api.client.get(f"{BASE}/limits", headers={"Authorization": header})
    assert error(answer) == (401, "INVALID_SESSION_ID")
    assert "Sforce-Limit-Info" not in answer.headers


def test_a_session_ends_with_its_life(api: Api) -> None:
    access = api.token()
    api.set(session_life=600)
    api.wait(599)
    assert works(api, access)
    api.wait(1)
    assert not works(api, access)


def test_a_person_allows_access_and_the_code_is_good_once(api: Api) -> None:
    back = consent(api)
    assert back["state"] == ["s1"]
    told = exchange(api, back["code"][0]).get_json()
    assert works(api, told["access_token"])
    assert refusal(exchange(api, back["code"][0])) == (400, "invalid_grant")


def test_writes_carry_the_name_of_who_allowed_access(api: Api) -> None:
    api.headers = {"Authorization": f"Bearer {connect(api)['access_token']}"}
    api.create()
    assert api.found("SELECT LastModifiedBy.Name FROM Account")[0]["LastModifiedBy"]["Name"] == "Hana Tuiasau"


def test_a_person_denies_access(api: Api) -> None:
    back = consent(api, decision="deny")
    assert (back["error"], back["state"]) == (["access_denied"], ["s1"])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"code_verifier": "w" * 64}, "invalid_request"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "http://localhost:8000/elsewhere"}, "redirect_uri_mismatch"),
    ],
)
def test_a_code_is_bound_to_its_request(api: Api, changes: dict[str, str], why: str) -> None:
    assert refusal(exchange(api, consent(api)["code"][0], **changes)) == (400, why)


def test_a_code_grows_old(api: Api) -> None:
    code = consent(api)["code"][0]
    api.wait(16 * 60)
    assert refusal(exchange(api, code)) == (400, "invalid_grant")


def test_the_consent_page_names_the_application_and_the_organisation(api: Api) -> None:
    query = {"response_type": "code", "client_id": "concord", "redirect_uri": BACK, "state": "s1"}
    page = api.client.get("/services/oauth2/authorize", query_string=query)
    assert page.status_code == 200
    assert "concord" in page.text
    assert api.twin.org.organization["Name"].replace("&", "&amp;") in page.text


@pytest.mark.parametrize(
    "changes", [{"client_id": "nobody"}, {"redirect_uri": "http://evil.example/"}, {"redirect_uri": ""}]
)
def test_nobody_is_sent_anywhere_for_a_bad_request(api: Api, changes: dict[str, str]) -> None:
    query = {"response_type": "code", "client_id": "concord", "redirect_uri": BACK, **changes}
    assert api.client.get("/services/oauth2/authorize", query_string=query).status_code == 400


def test_a_refresh_rotates_the_token(api: Api) -> None:
    first = connect(api)
    second = token(api, grant_type="refresh_token", refresh_token=first["refresh_token"]).get_json()
    assert second["refresh_token"] != first["refresh_token"]
    assert works(api, second["access_token"])


def test_a_rotated_out_token_that_comes_back_revokes_the_grant(api: Api) -> None:
    first = connect(api)
    second = token(api, grant_type="refresh_token", refresh_token=first["refresh_token"]).get_json()
    replay = token(api, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert refusal(replay) == (400, "invalid_grant")
    assert refusal(token(api, grant_type="refresh_token", refresh_token=second["refresh_token"])) == (
        400,
        "invalid_grant",
    )
    assert not works(api, second["access_token"])


def test_revoking_a_refresh_token_ends_its_sessions(api: Api) -> None:
    told = connect(api)
    answer = api.client.post("/services/oauth2/revoke", data={"token": told["refresh_token"]})
    assert answer.status_code == 200
    assert not works(api, told["access_token"])
    assert revocation_refused(api, token=told["refresh_token"]) == (400, "invalid_token")


def revocation_refused(api: Api, **form: str) -> tuple[int, str]:
    """Status and error of an answer that is a form, which is how the vendor's own client reads it."""
    answer = api.client.post("/services/oauth2/revoke", data=form)
    assert answer.mimetype == "application/x-www-form-urlencoded"
    return answer.status_code, parse_qs(answer.text)["error"][0]


@pytest.mark.parametrize("shared", [True, False])
def test_a_session_can_be_shared_by_all_that_signed_in_alike(api: Api, shared: bool) -> None:
    api.set(shared_sessions=shared)
    first, second, apart = api.token(), api.token(), connect(api)["access_token"]
    api.client.post("/services/oauth2/revoke", data={"token": first})
    assert (works(api, first), works(api, second), works(api, apart)) == (False, not shared, True)


def test_what_cannot_be_revoked_is_told_in_a_form_or_in_json_when_asked(api: Api) -> None:
    assert revocation_refused(api) == (400, "invalid_token")
    assert revocation_refused(api, token="x", token_type_hint="delete_token") == (400, "unsupported_token_type")
    answer = api.client.post("/services/oauth2/revoke", data={"token": "x"}, headers={"Accept": "application/json"})
    assert refusal(answer) == (400, "invalid_token")


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "concord", "aud": "https://login.salesforce.com"}, "user hasn't approved this consumer"),
        ({"iss": "concord", "aud": "https://elsewhere.example"}, "Audience validation failed"),
        ({"iss": "nobody", "aud": "https://login.salesforce.com"}, "client identifier invalid"),
        ([], "invalid assertion"),
    ],
)
def test_an_assertion_says_by_itself_who_sends_it_and_is_refused(api: Api, claims: object, why: str) -> None:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": f"e30.{middle}.e30"}
    answer = api.client.post("/services/oauth2/token", data=form)
    assert (answer.status_code, answer.get_json()["error_description"]) == (400, why)


def test_without_the_scope_for_it_nobody_may_come_back(api: Api) -> None:
    once = exchange(api, consent(api, scope="api id")["code"][0]).get_json()
    assert ("refresh_token" in once, once["scope"]) == (False, "api id")
    assert works(api, once["access_token"])
    lasting = exchange(api, consent(api, scope="api offline_access")["code"][0]).get_json()
    again = token(api, grant_type="refresh_token", refresh_token=lasting["refresh_token"]).get_json()
    assert again["scope"] == lasting["scope"] == "api offline_access"


@pytest.mark.parametrize("scope", ["id", "web openid", "refresh_token"])
def test_a_session_without_the_scope_of_the_api_will_never_do(api: Api, scope: str) -> None:
    access = exchange(api, consent(api, scope=scope)["code"][0]).get_json()["access_token"]
    for path in ("/limits", "/sobjects", "/query?q=SELECT+Id+FROM+Account"):
        answer = api.call("GET", path, headers={"Authorization": f"Bearer {access}"})
        assert error(answer) == (401, "INVALID_SESSION_ID")
        assert answer.get_json()[0]["message"] == "This session is not valid for use with the REST API"


def test_full_access_includes_the_api(api: Api) -> None:
    assert works(api, exchange(api, consent(api, scope="full")["code"][0]).get_json()["access_token"])


def test_a_scope_that_is_none_is_told_where_the_person_came_from(api: Api) -> None:
    assert consent(api, scope="api everything") == {
        "error": ["invalid_scope"], "error_description": ["the requested scope is not allowed"], "state": ["s1"],
    }  # fmt: skip


def test_client_credentials_give_nothing_to_refresh(api: Api) -> None:
    told = token(api, grant_type="client_credentials").get_json()
    seen = api.client.post("/services/oauth2/introspect", data={**APP, "token": told["access_token"]}).get_json()
    assert told["scope"] == seen["scope"] == "id api"
    assert connect(api)["scope"] == "id api refresh_token"


def test_introspection_tells_when_a_session_ends(api: Api) -> None:
    access = api.token()
    told = api.client.post("/services/oauth2/introspect", data={**APP, "token": access}).get_json()
    assert told["active"] is True
    assert told["exp"] - told["iat"] == 7200
    api.wait(7200)
    assert api.client.post("/services/oauth2/introspect", data={**APP, "token": access}).get_json() == {"active": False}


def test_sign_in_is_not_counted_as_calls(api: Api) -> None:
    counted = api.client.get("/_sim/calls").get_json()
    assert (counted["total"], counted["auth"]) == (0, 1)


def test_a_call_of_another_type_is_told_of_a_lost_session_in_xml(api: Api) -> None:
    headers = {"Authorization": "Bearer nonsense", "Content-Type": "text/plain"}
    answer = api.client.post(f"{BASE}/sobjects/Account", data="Name", headers=headers)
    assert (answer.status_code, answer.mimetype, answer.headers["Sfdc-OAuth-Error"]) == (401, "application/xml", "1703")
    assert "LOGIN_OAUTH_INVALID_TOKEN" in answer.text


@pytest.mark.parametrize("header", ["Bearer", "OAuth ", "Basic eDp5", "nonsense"])
def test_a_header_without_a_token_is_told_apart_from_a_lost_session(api: Api, header: str) -> None:
    answer = api.client.get(f"{BASE}/limits", headers={"Authorization": header})
    assert error(answer) == (401, "INVALID_AUTH_HEADER")
    assert error(api.client.get(f"{BASE}/limits")) == (401, "INVALID_SESSION_ID")


def test_the_sixth_consent_of_one_person_ends_the_oldest(api):
    pairs = [connect(api) for _ in range(6)]
    oldest, second = (token(api, grant_type="refresh_token", refresh_token=pair["refresh_token"]) for pair in pairs[:2])
    assert (oldest.status_code, second.status_code) == (400, 200)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "api everything"}, "invalid_scope"),
        ({"immediate": "true"}, "immediate_unsuccessful"),
    ],
)
def test_an_application_is_told_what_is_wrong_with_its_wish(api: Api, wrong: dict[str, str], why: str) -> None:
    asked = {"response_type": "code", "client_id": "concord", "redirect_uri": BACK, "state": "s1"}
    assert told_by_page(api, asked | wrong) == why
