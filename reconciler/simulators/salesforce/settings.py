"""What the one who runs the simulation can change about the organisation.  Holds values, and acts on none of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from reconciler.simulators.kit import Refused
from reconciler.simulators.kit.amounts import LARGEST, is_whole
from reconciler.simulators.salesforce.custom import check_custom_fields, custom_fields
from reconciler.simulators.salesforce.errors import ROW_REFUSALS
from reconciler.simulators.salesforce.objects import objects

ENVIRONMENTS = ("live", "sandbox", "demo")
EDITIONS = {"live": "Enterprise Edition", "sandbox": "Enterprise Edition", "demo": "Developer Edition"}
RULE_KEYS = {"validation_rules": {"field", "pattern", "message"}, "duplicate_rules": {"fields", "action"}}


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults are those of an Enterprise organisation on an ordinary day.

    validation_rules   {name: {"field", "pattern", "message"}}: a value (null as "") must match the pattern as a whole
    duplicate_rules    {name: {"fields": [...], "action": "alert" | "block"}}: equal in all fields is a duplicate
    read_only_fields   names likewise: the API's user sees them and may not write them
    custom_fields      {"Account.Region__c": {"type", "length", "choices", "restricted", "unique", "external_id", ...}}
    refusals           [{"code", "id", "times"}]: what a write by the API to that record (any, without id) meets
    day_seconds        length of the rolling day of `day_limit`
    hidden_fields      names, with or without the object in front: field-level security takes them from the API's user
    field_history      Account fields whose changes are written to AccountHistory
    late_commit        a person's save is stamped at once and becomes visible this many seconds later
    session_life       seconds until an access token is refused
    shared_sessions    who ends a session ends it for all that signed in as the same user and application
    pkce_required      a consent without a code challenge is refused, as it is to every application of a partner
    minute_limit       calls in 60 seconds after which the concurrency limit answers; None is never
    """

    day_limit: int = 100_000
    minute_limit: int | None = None
    latency_ms: int = 0
    api_enabled: bool = True
    environment: str = "live"
    session_life: int = 7200
    pkce_required: bool = False
    shared_sessions: bool = False
    late_commit: int = 0
    state_country_picklists: bool = False
    field_history: tuple[str, ...] = ()
    hidden_fields: tuple[str, ...] = ()
    read_only_fields: tuple[str, ...] = ()
    custom_fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refusals: tuple[Mapping[str, Any], ...] = ()
    day_seconds: int = 86_400
    validation_rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    duplicate_rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        known = {each.name for each in fields(self)}
        for key, value in changes.items():
            if key not in known:
                raise Refused(f"Salesforce has no setting {key}; it has {', '.join(sorted(known))}.")
            _check(key, value)
        taken: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in changes.items()
        }
        found = replace(self, **taken)
        if "hidden_fields" in changes:
            _check_hidden(found)
        return found

    def shown(self) -> dict[str, Any]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


def _check(key: str, value: Any) -> None:
    if key in {"api_enabled", "pkce_required", "shared_sessions", "state_country_picklists"}:
        _need(isinstance(value, bool), f"{key} is true or false.")
    elif key == "environment":
        _need(value in ENVIRONMENTS, f"environment is one of {', '.join(ENVIRONMENTS)}.")
    elif key in {"field_history", "hidden_fields", "read_only_fields"}:
        _need(_are_names(value), f"{key} is a list of field names.")
    elif key == "custom_fields":
        check_custom_fields(value)
    elif key == "refusals":
        _check_refusals(value)
    elif key in RULE_KEYS:
        _check_rules(key, value)
    elif not (key == "minute_limit" and value is None):
        _need(is_whole(value), f"{key} is a whole number from 0 to {LARGEST}.")


def _check_hidden(settings: Settings) -> None:
    """Field-level security is about fields that are there, and takes no record its name, owner or stamps."""
    columns = [
        (each.name, column)
        for each in objects(picklists=True).values()
        for column in (*each.fields, *custom_fields(settings.custom_fields, each.name))
    ]
    for name in settings.hidden_fields:
        named = [column for owner, column in columns if name.removeprefix(f"{owner}.").lower() == column.name.lower()]
        _need(bool(named), f"No object has the field {name}.")
        _need(any(column.permissionable for column in named), f"Nobody can be kept from seeing {name}.")


def _check_refusals(value: Any) -> None:
    listed = isinstance(value, list | tuple) and all(isinstance(each, Mapping) for each in value)
    sound = listed and all(
        set(each) <= {"code", "id", "times"} and each.get("code") in (*ROW_REFUSALS,) for each in value
    )
    _need(sound, f'refusals is [{{"code", "id", "times"}}] with a code of {", ".join(ROW_REFUSALS)}.')
    for each in value:
        _need(is_whole(each.get("times", 1), 1), "times is a whole number from 1.")
        _need(isinstance(each.get("id"), str | None), "id is that of a record.")


def _check_rules(key: str, value: Any) -> None:
    wanted = RULE_KEYS[key]
    sound = isinstance(value, Mapping) and all(
        isinstance(rule, Mapping) and set(rule) == wanted for rule in value.values()
    )
    _need(sound, f"{key} is {{name: {{{', '.join(sorted(wanted))}}}}}.")
    for rule in value.values():
        if key == "validation_rules":
            _check_validation(rule)
        else:
            _need(rule["action"] in ("alert", "block"), "A duplicate rule's action is alert or block.")
            _need(_are_names(rule["fields"]), "A duplicate rule's fields are a list of field names.")


def _check_validation(rule: Mapping[str, Any]) -> None:
    texts = isinstance(rule["field"], str) and isinstance(rule["message"], str)
    _need(texts, "A validation rule's field and message are texts.")
    try:
        re.compile(rule["pattern"])
    except (re.error, TypeError) as error:
        raise Refused(f"A validation rule's pattern is a regular expression: {error}.") from error


def _are_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


def _need(sound: bool, sentence: str) -> None:
    if not sound:
        raise Refused(sentence)
