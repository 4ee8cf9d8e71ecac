"""USING SCOPE: which part of the records a query is about, as describe lists them."""

from __future__ import annotations

from dataclasses import replace

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.schema import SObject
from reconciler.simulators.salesforce.soql.tree import Compare, Every, Path, Query

EVERYTHING, MINE = "everything", "mine"


def scopes(sobject: SObject) -> dict[str, str]:
    """Names and labels of the scopes of an object; only what has an owner can be mine."""
    plural = sobject.plural.lower()
    mine = {MINE: f"My {plural}"} if "OwnerId" in sobject.by_name else {}
    return {EVERYTHING: f"All {plural}", **mine}


def within_scope(query: Query, sobject: SObject, user: str) -> Query:
    scope = query.scope.lower()
    if scope not in scopes(sobject):
        message = f"The requested scope is not supported for this entity: {query.scope}"
        raise ApiError("INVALID_QUERY_SCOPE", message)
    if scope == EVERYTHING:
        return query
    mine = Compare(Path(("OwnerId",), query.sobject_at), "=", user)
    return replace(query, where=Every((mine, query.where)) if query.where else mine)
