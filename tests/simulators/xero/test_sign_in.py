"""Tokens, consent, connections, and the answers to calls that may not be made."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

SCOPE = "openid profile email offline_access accounting.contacts accounting.settings"
REDIRECT = "http://localhost:8000/connections/xero/callback"
ASKED = {"response_type": "code", "client_id": "concord", "redirect_uri": REDIRECT, "scope": SCOPE, "state": "s1"}
CLIENT = {"client_id": "concord", "client_secret": "concord"}


def consent(api, **more):
    answer = api.client.post("/identity/connect/authorize", data={**ASKED, "decision": "allow", **more})
    assert answer.status_code == 302
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.location).query).items()}


def exchange(api, code, **more):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **CLIENT, **more}
    return api.client.post("/connect/token", data=form)


def refresh(api, token, **more):
    return api.client.post(
        "/connect/token", data={"grant_type": "refresh_token", "refresh_token": token, **CLIENT, **more}
    )


@pytest.fixture
def signed_in(api):
    return exchange(api, consent(api)["code"]).json


def test_client_credentials_give_exactly_four_keys(api):
    form = {"grant_type": "client_credentials", "scope": "accounting.contacts", **CLIENT}
    answer = api.client.post("/connect/token", data=form).json
    assert set(answer) == {"access_token", "expires_in", "token_type", "scope"}
    assert (answer["expires_in"], answer["token_type"], answer["scope"]) == (1800, "Bearer", "accounting.contacts")
    assert len(answer["access_token"].split(".")) == 3


def test_no_two_tokens_are_alike(api):
    assert api.sign_in() != api.sign_in()


def test_basic_authorisation_works_too(api):
    basic = base64.b64encode(b"concord:concord").decode()
    answer = api.client.post(
        "/connect/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("wrong", [{"client_secret": "x"}, {"client_id": "x"}, {"client_secret": ""}])
def test_a_wrong_client_is_told_so(api, wrong):
    answer = api.client.post("/connect/token", data={"grant_type": "client_credentials", **CLIENT, **wrong})
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_client"})


@pytest.mark.parametrize("basic", ["\xe9", "====", "/w==", ""])
def test_a_basic_authorisation_that_is_none_is_an_unknown_client(api, basic):
    answer = api.client.post(
        "/connect/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_client"})


def test_the_old_broad_scopes_are_no_longer_given(api):
    form = {"grant_type": "client_credentials", "scope": "accounting.transactions", **CLIENT}
    assert api.client.post("/connect/token", data=form).json == {"error": "invalid_scope"}


def test_a_code_gives_a_pair_with_exactly_the_vendors_keys(signed_in):
    assert set(signed_in) == {"access_token", "expires_in", "token_type", "scope", "refresh_token", "id_token"}
    assert signed_in["scope"] == SCOPE


def test_without_offline_access_there_is_no_refresh_token(api):
    code = consent(api, scope="accounting.contacts")["code"]
    assert set(exchange(api, code).json) == {"access_token", "expires_in", "token_type", "scope"}


def test_consent_returns_the_state(api):
    assert consent(api)["state"] == "s1"


def test_a_refusal_by_the_person_comes_back_as_access_denied(api):
    answer = consent(api, decision="deny")
    assert answer == {"error": "access_denied", "state": "s1"}


def test_the_consent_page_names_app_organisation_and_scopes(api):
    page = api.client.get("/identity/connect/authorize", query_string=ASKED).text
    assert all(word in page for word in ("concord", "Driftwood &amp; Daughters Trading", "accounting.contacts"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "http://127.0.0.1:8000/back"},
        {"redirect_uri": "http://elsewhere.example/back"},
        {"redirect_uri": ""},
        {"redirect_uri": "http://["},
        {"redirect_uri": "https://*.example/back"},
        {"redirect_uri": "https://app.example/back#here"},
        {"redirect_uri": "https://app.example:65536/back"},
        {"client_id": "stranger"},
        {"response_type": "token"},
        {"scope": "accounting.everything"},
        {"scope": ""},
        {"code_challenge": "x", "code_challenge_method": "plain"},
    ],
)
def test_consent_is_not_asked_for_a_request_the_vendor_would_refuse(api, wrong):
    for call, where in ((api.client.get, "query_string"), (api.client.post, "data")):
        assert call("/identity/connect/authorize", **{where: {**ASKED, **wrong}}).status_code == 400


def test_registered_addresses_must_match_exactly(api):
    api.twin.settings({"redirect_uris": [REDIRECT]})
    assert api.client.get("/identity/connect/authorize", query_string=ASKED).status_code == 200
    other = {**ASKED, "redirect_uri": REDIRECT + "/"}
    assert api.client.get("/identity/connect/authorize", query_string=other).status_code == 400


def test_a_code_works_once_for_five_minutes_and_for_its_own_address(api):
    code = consent(api)["code"]
    assert exchange(api, code, redirect_uri="http://localhost/other").json == {"error": "invalid_grant"}
    code = consent(api)["code"]
    assert exchange(api, code).status_code == 200
    assert exchange(api, code).json == {"error": "invalid_grant"}
    code = consent(api)["code"]
    api.tick(301)
    assert exchange(api, code).json == {"error": "invalid_grant"}


def test_a_challenge_is_met_by_its_verifier_and_needs_no_secret(api):
    verifier = "v" * 60
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    good = exchange(api, consent(api, **asked)["code"], code_verifier=verifier, client_secret="")
    bad = exchange(api, consent(api, **asked)["code"], code_verifier="w" * 60, client_secret="")
    assert good.status_code == 200
    assert bad.json == {"error": "invalid_grant"}
    assert refresh(api, good.json["refresh_token"], client_secret="").status_code == 200


def test_a_confidential_app_must_show_its_secret_to_use_a_code(api):
    assert exchange(api, consent(api)["code"], client_secret="").json == {"error": "invalid_client"}


def test_a_refresh_rotates_and_the_old_token_works_for_thirty_minutes_more(api, signed_in):
    first = signed_in["refresh_token"]
    second = refresh(api, first).json["refresh_token"]
    assert second != first
    api.tick(29 * 60)
    third = refresh(api, first)
    assert third.status_code == 200
    api.tick(2 * 60)
    answer = refresh(api, first)
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_grant"})
    assert refresh(api, third.json["refresh_token"]).status_code == 200


def test_a_refresh_token_dies_after_sixty_unused_days(api, signed_in):
    api.tick(60 * 86_400 + 1)
    assert refresh(api, signed_in["refresh_token"]).json == {"error": "invalid_grant"}


def test_an_unknown_refresh_token_is_an_invalid_grant(api):
    assert refresh(api, "nonsense").text == '{"error":"invalid_grant"}', "the text that the SDK compares"
    assert refresh(api, "made up").json == {"error": "invalid_grant"}


def test_revocation_ends_the_consent(api, signed_in):
    form = {"token": signed_in["refresh_token"], **CLIENT}
    assert api.client.post("/connect/revocation", data=form).status_code == 200
    assert refresh(api, signed_in["refresh_token"]).json == {"error": "invalid_grant"}
    assert api.get("/Contacts?page=1").status_code == 403


def test_an_access_token_lives_half_an_hour(api):
    api.tick(1799)
    assert api.get("/Contacts?page=1").status_code == 200
    api.tick(1)
    answer = api.get("/Contacts?page=1")
    assert answer.status_code == 401
    assert answer.content_type == "application/json; charset=utf-8"
    assert answer.json["Title"] == "Unauthorized"
    assert answer.json["Detail"] == "TokenExpired: token expired at 05/04/2026 13:00:15"


def test_the_life_of_a_token_is_a_setting(api):
    api.twin.settings({"token_life": 5})
    api.sign_in()
    api.tick(6)
    assert api.get("/Contacts?page=1").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer nonsense", "Basic abc"])
def test_a_call_without_a_good_token_is_unauthorised(api, header):
    answer = api.client.get("/api.xro/2.0/Contacts", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json["Detail"]) == (401, "AuthenticationUnsuccessful")


def test_an_organisation_that_is_not_connected_is_forbidden(api):
    answer = api.get("/Contacts", xero_tenant_id="11111111-1111-4111-8111-111111111111")
    assert (answer.status_code, answer.json["Detail"]) == (403, "AuthenticationUnsuccessful")
    assert answer.json["Instance"]


def test_a_custom_connection_need_not_name_its_organisation_but_a_person_s_token_must(api, signed_in):
    for token, status in ((api.token, 200), (signed_in["access_token"], 403)):
        headers = {"Authorization": f"Bearer {token}", "xero-tenant-id": ""}
        assert api.client.get("/api.xro/2.0/Contacts?page=1", headers=headers).status_code == status


def test_a_missing_scope_is_challenged_in_the_vendors_spelling(api):
    api.sign_in(scope="accounting.contacts.read")
    assert api.get("/Contacts?page=1").status_code == 200
    for answer in (api.put("/Contacts", {"Contacts": [{"Name": "A"}]}), api.get("/Organisation")):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "insufficent_scope"


@pytest.mark.parametrize("path", ["/connections", "/Connections"])
def test_connections_list_the_organisation_in_the_identity_service_s_own_style(api, path):
    (row,) = api.client.get(path, headers=api.headers()).json
    assert set(row) == {
        "id", "authEventId", "tenantId", "tenantType", "tenantName", "createdDateUtc", "updatedDateUtc",
    }  # fmt: skip
    assert row["tenantId"] == api.twin.tenant_id
    assert row["tenantType"] == "ORGANISATION"
    assert row["createdDateUtc"] == "2026-05-04T12:30:15.2500000"


def test_connections_need_a_token(api):
    assert api.client.get("/connections").status_code == 401


def test_deleting_a_connection_forbids_every_further_call_until_a_person_consents_again(api):
    (row,) = api.client.get("/connections", headers=api.headers()).json
    assert api.client.delete(f"/connections/{row['id']}", headers=api.headers()).status_code == 204
    assert api.client.delete(f"/connections/{row['id']}", headers=api.headers()).status_code == 404
    assert api.client.get("/connections", headers=api.headers()).json == []
    assert api.get("/Contacts").status_code == 403
    api.tick()
    consent(api)
    assert api.get("/Contacts").status_code == 200
    (again,) = api.client.get("/connections", headers=api.headers()).json
    assert again["createdDateUtc"] < again["updatedDateUtc"]


def test_who_only_signs_in_connects_no_organisation(api):
    api.twin.settings({"connected": False})
    token = exchange(api, consent(api, scope="openid profile email")["code"]).json["access_token"]
    assert api.client.get("/connections", headers={"Authorization": f"Bearer {token}"}).json == []
    consent(api, scope="openid accounting.contacts")
    assert len(api.client.get("/connections", headers={"Authorization": f"Bearer {token}"}).json) == 1


def test_a_disconnection_in_the_screens_is_noticed_only_by_the_next_call(api):
    api.twin.settings({"connected": False})
    assert api.get("/Contacts").status_code == 403


def test_the_organisation_says_who_it_is_and_whether_it_is_a_demonstration(api):
    (real,) = api.get("/Organisation").json["Organisations"]
    assert real["OrganisationID"] == api.twin.tenant_id
    assert real["IsDemoCompany"] is False
    assert real["ShortCode"].startswith("!")
    api.twin.settings({"environment": "demo"})
    demo = api.get("/organisation").json["Organisations"][0]
    assert (demo["IsDemoCompany"], demo["Class"], demo["LegalName"]) == (True, "DEMO", "Demo Company (NZ)")


def test_actions_say_what_the_app_may_do(api):
    actions = {row["Name"]: row["Status"] for row in api.get("/Organisation/Actions").json["Actions"]}
    assert actions["CreateApprovedInvoice"] == "ALLOWED"
    assert "NOT-ALLOWED" in actions.values()


@pytest.mark.parametrize("length", [42, 129])
def test_a_verifier_has_forty_three_to_a_hundred_and_twenty_eight_characters(api, length):
    verifier = "v" * length
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    code = consent(api, code_challenge=challenge, code_challenge_method="S256")["code"]
    answer = exchange(api, code, code_verifier=verifier)
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_grant"})


def test_a_verifier_without_a_challenge_is_an_invalid_grant(api):
    answer = exchange(api, consent(api)["code"], code_verifier="v" * 60)
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize("more", [{}, {"refresh_token": "", "token": ""}])
def test_a_request_that_names_no_token_is_told_so(api, more):
    for path in ("token", "revocation"):
        answer = api.client.post(f"/connect/{path}", data={"grant_type": "refresh_token", **CLIENT, **more})
        assert (answer.status_code, answer.json) == (400, {"error": "invalid_request"})


def test_no_answer_with_tokens_may_be_stored_on_the_way(api):
    for answer in (exchange(api, consent(api)["code"]), refresh(api, "nonsense"), refresh(api, "")):
        assert answer.headers["Cache-Control"] == "no-store"


def test_an_app_without_a_secret_hears_that_its_code_is_used_up(api):
    verifier = "v" * 60
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    code = consent(api, code_challenge=challenge, code_challenge_method="S256")["code"]
    first, second = (exchange(api, code, code_verifier=verifier, client_secret="") for _ in range(2))
    assert (first.status_code, second.json) == (200, {"error": "invalid_grant"})


def test_an_app_without_a_secret_revokes_by_its_id_alone(api, signed_in):
    verifier = "v" * 60
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    code = consent(api, code_challenge=challenge, code_challenge_method="S256")["code"]
    open_app = exchange(api, code, code_verifier=verifier, client_secret="").json["refresh_token"]
    for token, status in ((signed_in["refresh_token"], 400), (open_app, 200)):
        answer = api.client.post("/connect/revocation", data={"client_id": "concord", "token": token})
        assert answer.status_code == status
    assert refresh(api, open_app, client_secret="").json == {"error": "invalid_grant"}


def test_an_id_token_says_who_signed_in_for_five_minutes(api):
    def claims(scope):
        part = exchange(api, consent(api, scope=scope)["code"]).json["id_token"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))

    bare = claims("openid accounting.contacts")
    assert (bare["aud"], bare["exp"] - bare["iat"]) == ("concord", 300)
    assert not {"email", "name"} & set(bare)
    full = claims("openid profile email accounting.contacts")
    assert full["sub"] == bare["sub"]
    assert {"email", "name", "given_name", "family_name", "xero_userid"} <= set(full)


def test_tokens_are_checked_by_what_discovery_names(api):
    told = api.client.get("/.well-known/openid-configuration").json
    keys = jwt.PyJWKSet.from_dict(api.client.get(urlsplit(told["jwks_uri"]).path).json)
    pair = exchange(api, consent(api, nonce="n-1")["code"]).json
    for token, audience in (
        (pair["id_token"], "concord"),
        (pair["access_token"], "https://identity.xero.com/resources"),
        (api.token, "https://identity.xero.com/resources"),
    ):
        said = jwt.decode(
            token,
            keys[jwt.get_unverified_header(token)["kid"]],
            algorithms=["RS256"],
            audience=audience,
            issuer=told["issuer"],
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        assert said["iss"] == "https://identity.xero.com"
    told_of_sign_in = jwt.decode(pair["id_token"], options={"verify_signature": False})
    assert told_of_sign_in["nonce"] == "n-1"
    again = exchange(api, consent(api)["code"]).json["id_token"]
    assert "nonce" not in jwt.decode(again, options={"verify_signature": False})


def test_the_consent_page_hands_the_nonce_on(api):
    page = api.client.get("/identity/connect/authorize", query_string={**ASKED, "nonce": "n-1"}).text
    assert '<input type="hidden" name="nonce" value="n-1">' in page


def test_who_signed_in_can_be_asked_with_a_token_that_may(api, signed_in):
    path = urlsplit(api.client.get("/.well-known/openid-configuration").json["userinfo_endpoint"]).path
    told = api.client.get(path, headers={"Authorization": f"Bearer {signed_in['access_token']}"}).json
    assert {"sub", "xero_userid", "email", "name"} <= set(told)
    refusals = (("", 401, "invalid_token"), ("Bearer x", 401, "invalid_token"),
                (f"Bearer {api.token}", 403, "insufficient_scope"))  # fmt: skip
    for header, status, error in refusals:
        answer = api.client.post(path, headers={"Authorization": header})
        assert (answer.status_code, answer.data, answer.content_type) == (status, b"", None)
        assert f'error="{error}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "sent",
    [{"method": "GET"}, {"method": "PUT"}, {"method": "POST", "json": {"grant_type": "client_credentials", **CLIENT}},
     {"method": "POST", "data": {**CLIENT, "grant_type": "client_credentials"}, "content_type": "multipart/form-data"}],
)  # fmt: skip
def test_a_token_is_given_to_a_posted_form_and_to_nothing_else(api, sent):
    answer = api.client.open("/connect/token", **sent)
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_request"})


def test_a_revocation_is_a_posted_form_that_names_a_refresh_token(api, signed_in):
    token = signed_in["refresh_token"]
    assert api.client.get("/connect/revocation").status_code == 405
    assert api.client.post("/connect/revocation", json={"token": token, **CLIENT}).status_code == 415
    for hint, expected in (("id_token", "unsupported_token_type"), ("refresh_token", "")):
        form = {"token": token, "token_type_hint": hint, **CLIENT}
        answer = api.client.post("/connect/revocation", data=form)
        assert (answer.get_json(silent=True) or {}).get("error", "") == expected
    assert refresh(api, token).json == {"error": "invalid_grant"}


def test_a_code_without_its_address_is_used_up_and_gives_nothing(api):
    code = consent(api)["code"]
    assert exchange(api, code, redirect_uri="").json == {"error": "unauthorized_client"}
    assert exchange(api, code).json == {"error": "invalid_grant"}
    assert exchange(api, "x", redirect_uri="").json == {"error": "invalid_grant"}


def test_the_client_is_looked_at_before_what_it_asks_for(api):
    for grant in ("password", "refresh_token", "authorization_code"):
        answer = api.client.post("/connect/token", data={"grant_type": grant, **CLIENT, "client_secret": "x"})
        assert (answer.status_code, answer.json) == (400, {"error": "invalid_client"})
    for grant, error in (("password", "unauthorized_client"), ("guess", "unsupported_grant_type")):
        assert api.client.post("/connect/token", data={"grant_type": grant, **CLIENT}).json == {"error": error}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"client_id": "nobody"}, "unauthorized_client : Unknown client or client not enabled"),
        ({"redirect_uri": "http://127.0.0.1/"}, "unauthorized_client : Invalid redirect_uri"),
        ({"scope": f"{SCOPE} paymentservices"}, "unauthorized_client : Invalid scope for client"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "c" * 43}, "Transform algorithm not supported"),
        ({"code_challenge": "c" * 42, "code_challenge_method": "S256"}, "Invalid code_challenge"),
        ({"code_challenge": "c" * 129, "code_challenge_method": "S256"}, "Invalid code_challenge"),
    ],
)
def test_the_page_that_refuses_a_consent_says_why_in_the_vendors_words(api, wrong, told):
    for method in ("GET", "POST"):
        asked = {"query_string" if method == "GET" else "data": {**ASKED, **wrong, "decision": "allow"}}
        answer = api.client.open("/identity/connect/authorize", method=method, **asked)
        assert answer.status_code == 400
        assert told in answer.text
