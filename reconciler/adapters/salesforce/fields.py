"""Whether an organisation has what the rules need, by its own description of an object.

A field that the integration user may not see is simply missing there: hidden and absent cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.model import Side
from reconciler.core.schema import Flow, KindRule
from reconciler.mapping.salesforce import PARTNER, columns

Described = Mapping[str, Mapping[str, Any]]


def missing(described: Mapping[str, Any], thing: str, rule: KindRule) -> list[str]:
    """One sentence for each lack; [] when all is well."""
    fields = {str(field["name"]): field for field in described["fields"]}
    return [*_lacks(fields, thing, rule), *_key_lacks(fields, thing)]


def _lacks(fields: Described, thing: str, rule: KindRule) -> Iterator[str]:
    needed = {rule.opt_in.salesforce: True, PARTNER: True}
    for one in rule.fields:
        if one.flow is not Flow.OFF:
            needed |= dict.fromkeys(columns(one), one.flow.reaches(Side.SALESFORCE))
    for name, written in needed.items():
        field = fields.get(name)
        if field is None:
            yield f"{thing} has no field {name} in Salesforce, or hides it from the integration user."
        elif written and not field.get("updateable"):
            yield f"The integration user may not edit {name} of {thing} in Salesforce."


def _key_lacks(fields: Described, thing: str) -> Iterator[str]:
    """Creating by key is safe only if Salesforce itself refuses a second record with the same key."""
    field = fields.get(PARTNER)
    if field is not None and not (field.get("externalId") and field.get("unique")):
        yield f"{PARTNER} of {thing} must be marked External ID and Unique in Salesforce."
