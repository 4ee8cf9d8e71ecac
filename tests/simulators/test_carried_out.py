"""What the control interface takes it can carry out: no fault and no setting breaks a later call down by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulators.fuzzing import JSON, ODD_TEXTS, salesforce_target, xero_target

pytestmark = pytest.mark.prove
some = settings(max_examples=max(30, settings().max_examples // 4))

TARGETS = {"salesforce": salesforce_target(), "xero": xero_target()}
READ = {"salesforce": "/services/data/v66.0/limits", "xero": "/api.xro/2.0/Organisation"}
CALLS = {
    "salesforce": [
        ("GET", "/services/data/v66.0/query?q=SELECT+Id,Name+FROM+Account", None),
        ("POST", "/services/data/v66.0/sobjects/Account", {"Name": "Rimu Joinery"}),
        ("GET", "/services/data/v66.0/sobjects/Account/describe", None),
    ],
    "xero": [
        ("GET", "/api.xro/2.0/Contacts?page=1", None),
        ("POST", "/api.xro/2.0/Contacts", {"Name": "Rimu Joinery"}),
        ("GET", "/api.xro/2.0/Organisation", None),
    ],
}
SIGN_IN = {"salesforce": "/services/oauth2/token", "xero": "/connect/token"}
FORM = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}

ODD_NUMBERS: st.SearchStrategy[Any] = st.sampled_from(
    [0, 1, 2.5, -1, 10**400, 1e300, float("nan"), float("inf"), None, True, "1", []]
)
SHORT = ODD_NUMBERS.filter(lambda value: value not in (1e300, 10**400))
FLAGS = st.booleans() | st.none() | st.just("yes")
EFFECTS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from([200, 204, 304, 404, 429, 500, 503, 99, "500", None]),
        "headers": JSON | st.dictionaries(ODD_TEXTS, ODD_TEXTS, max_size=2),
        "body": JSON,
        "delay": SHORT, "delay_after": SHORT, "slow_commit": ODD_NUMBERS,
        "drop_before": FLAGS, "drop_after": FLAGS, "truncate": FLAGS, "cut_short": FLAGS, "html": FLAGS,
        "edit": st.dictionaries(st.sampled_from(["as", "do", "type", "id", "fields"]), JSON, max_size=3) | JSON,
        "when": st.sampled_from(["before", "after", "now", 5]),
    },
)  # fmt: skip
MATCHES: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {}, optional={"method": JSON, "path": JSON, "rate": ODD_NUMBERS, "seed": JSON}
) | st.sampled_from([{}, None, [], {"nth": 1}, {"every": True}, {"method": ["get", "POST"]}])  # fmt: skip
SETTINGS = st.dictionaries(
    st.sampled_from([
        "session_life", "token_life", "late_commit", "day_seconds", "hidden_fields", "read_only_fields",
        "field_history", "stamps_do_not_move", "scopes", "redirect_uris", "validation_rules", "duplicate_rules",
        "refusals", "custom_fields", "environment",
    ]),
    ODD_NUMBERS | JSON | st.lists(JSON, max_size=2)
    | st.builds(lambda value: {"x": {"field": value, "pattern": ".*", "message": value}}, JSON)
    | st.builds(lambda value: {"x": {"fields": [value], "action": "alert"}}, JSON)
    | st.builds(lambda value: [{"code": value, "id": value}], JSON)
    | st.builds(lambda value: {"Account.Odd__c": {"type": value, "length": value}}, JSON),
    max_size=2,
)  # fmt: skip


@pytest.mark.parametrize("vendor", list(TARGETS))
@given(do=EFFECTS, match=MATCHES)
def test_a_fault_that_was_taken_is_carried_out(vendor: str, do: dict[str, Any], match: Any) -> None:
    target = TARGETS[vendor]
    taken = target.client.post("/_sim/faults", json=[{"match": match, "do": do}])
    assert taken.status_code in (200, 400), (do, match)
    try:
        answer = target.call("GET", READ[vendor])
    except ConnectionResetError:
        assert any(do.get(key) for key in ("drop_before", "drop_after", "truncate")) or "slow_commit" in do
    else:
        assert answer.status_code in (200, do.get("status", 200)), (do, match)
    finally:
        target.client.delete("/_sim/faults")
        target.call("GET", READ[vendor])


@pytest.mark.parametrize("vendor", list(TARGETS))
@some
@given(changes=SETTINGS)
def test_a_setting_that_was_taken_breaks_nothing_down(vendor: str, changes: dict[str, Any]) -> None:
    target = TARGETS[vendor]
    before = target.client.get("/_sim/settings").get_json()
    taken = target.client.post("/_sim/settings", json=changes)
    assert taken.status_code in (200, 400), changes
    for method, path, sent in CALLS[vendor]:
        assert target.call(method, path, json=sent).status_code < 500, (changes, path)
    assert target.client.post(SIGN_IN[vendor], data=FORM).status_code < 500, changes
    assert target.client.post("/_sim/settings", json=before).status_code == 200
