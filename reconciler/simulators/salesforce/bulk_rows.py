"""Routes of sObject Collections: up to 200 records in one call, each with its own outcome.

The answer is 200 even if every row fails, and its rows stand in the order of the request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, request

from reconciler.simulators.salesforce import wire
from reconciler.simulators.salesforce.errors import ApiError, no_such_resource
from reconciler.simulators.salesforce.rows import named, pick
from reconciler.simulators.salesforce.schema import Field, SObject
from reconciler.simulators.salesforce.twin import SalesforceTwin
from reconciler.simulators.salesforce.values import Record, read_id
from reconciler.simulators.salesforce.writing import Author

UPSERT_SINCE = 46.0
MOST_RECORDS, MOST_CHUNKS, MOST_READ = 200, 10, 2000
_ROLLED_BACK = ApiError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


class _RollBackError(Exception):
    """Leaves a transaction that one bad row has spoiled."""


def add_collections(blueprint: Blueprint, twin: SalesforceTwin) -> None:
    routes = Collections(twin)
    wire.route(blueprint, "POST", "/composite/sobjects", routes.create)
    wire.route(blueprint, "PATCH", "/composite/sobjects", routes.update)
    wire.route(blueprint, "DELETE", "/composite/sobjects", routes.delete)
    wire.route(blueprint, "GET POST", "/composite/sobjects/<name>", routes.read)
    wire.route(blueprint, "PATCH", "/composite/sobjects/<name>/<field>", routes.upsert)


class Collections:
    """One call, many rows."""

    def __init__(self, twin: SalesforceTwin) -> None:
        self._org, self._writing = twin.org, twin.writing

    def create(self, version: str) -> Response:
        author = wire.author()

        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            if any(name.lower() == "id" for name in record):
                raise ApiError("INVALID_FIELD", "cannot specify Id in an insert call", ["Id"])
            return {"id": self._writing.create(_kind(record), record, author)}

        return self._each(one, new=True)

    def update(self, version: str) -> Response:
        author = wire.author()
        repeated = _repeated(_id)

        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            sobject = self._org.sobject(_kind(record))
            key, rest = _without_id(record, sobject)
            if key is None:
                raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call")
            _check_single(record, repeated)
            self._writing.update(sobject.name, key, rest, author)
            return {"id": key}

        return self._each(one)

    def upsert(self, version: str, name: str, field: str) -> Response:
        if float(version) < UPSERT_SINCE:
            raise no_such_resource()
        sobject = self._org.sobject(name)
        column = sobject.key_field(field)
        author = wire.author()
        repeated = _repeated(_id if column.type == "id" else lambda record: _value(record, column))

        def one(record: Mapping[str, Any]) -> dict[str, Any]:
            if _kind(record) != sobject.name:
                raise ApiError("INVALID_TYPE", f"records of an upsert are all of type {sobject.name}")
            if column.type == "id":
                _check_single(record, repeated)
                return self._upsert_by_id(sobject, record, author)
            value = _given(record, column.name)
            if not isinstance(value, str) or not value.strip():
                raise ApiError("MISSING_ARGUMENT", f"{column.name} not specified")
            if _value(record, column) in repeated:
                raise ApiError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [column.name])
            return self._upsert_one(sobject.name, column, value.strip(), record, author)

        return self._each(one)

    def _upsert_one(
        self, name: str, column: Field, value: str, record: Mapping[str, Any], author: Author
    ) -> dict[str, Any]:
        found = self._org.tables[name].holders(column.name, value)
        if len(found) > 1:
            ids = ", ".join(each["Id"][:15] for each in found)
            message = f"{column.name}: more than one record found for external id field: [{ids}]"
            raise ApiError("DUPLICATE_EXTERNAL_ID", message, [column.name])
        if not found:
            return {"id": self._writing.create(name, record, author), "created": True}
        self._writing.update(name, found[0]["Id"], record, author)
        return {"id": found[0]["Id"], "created": False}

    def _upsert_by_id(self, sobject: SObject, record: Mapping[str, Any], author: Author) -> dict[str, Any]:
        key, rest = _without_id(record, sobject)
        if key is None:
            return {"id": self._writing.create(sobject.name, rest, author), "created": True}
        return {"id": self._writing.update(sobject.name, key, rest, author)["Id"], "created": False}

    def delete(self, version: str) -> Response:
        author = wire.author()
        ids = [key for key in request.args.get("ids", "").split(",") if key]
        if not ids:
            raise ApiError("MISSING_ARGUMENT", "The ids of the records to delete are not specified")
        _check_count(len(ids))
        whole = wire.all_or_none(request.args.get("allOrNone"))

        def one(key: str) -> dict[str, Any]:
            found = _removable(key)
            kind = next((each.name for each in self._org.visible.values() if found.startswith(each.prefix)), "")
            self._writing.delete(kind, found, author)
            return {"id": found}

        return self._outcomes(ids, one, all_or_none=whole)

    def read(self, version: str, name: str) -> Response:
        """The wanted fields of many records; null for what is not there."""
        asked = wire.body() if request.method == "POST" else _listed_in_query()
        ids, names = asked.get("ids"), asked.get("fields")
        if not isinstance(ids, list) or not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            raise ApiError("JSON_PARSER_ERROR", "ids and fields are lists")
        if len(ids) > MOST_READ:
            raise _too_many(MOST_READ)
        with self._org.lock:
            sobject = self._org.sobject(name)
            named(sobject, names)
            found = [self._readable(sobject.name, key) for key in ids]
            return wire.answer([each and pick(sobject, each, version, names) for each in found])

    def _readable(self, name: str, key: Any) -> Record | None:
        """The living record of an id; what is no id names none."""
        try:
            record = self._org.tables[name].get(read_id(key, "malformed id"))
        except ApiError:
            return None
        return None if record is None or record.get("IsDeleted") else record

    def _each(self, one: Callable[[Mapping[str, Any]], dict[str, Any]], *, new: bool = False) -> Response:
        asked = wire.body()
        records = asked.get("records")
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise ApiError("JSON_PARSER_ERROR", "records is a list of objects")
        _check_count(len(records))
        chunks = sum(1 for _ in groupby(records, key=_kind))
        if chunks > MOST_CHUNKS:
            message = (
                f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. "
                "Please rearrange the data to reduce chunking."
            )
            raise ApiError("LIMIT_EXCEEDED", message)
        return self._outcomes(records, one, all_or_none=wire.all_or_none(asked.get("allOrNone")), new=new)

    def _outcomes(
        self, asked: list[Any], one: Callable[[Any], dict[str, Any]], *, all_or_none: bool, new: bool = False
    ) -> Response:
        results: list[dict[str, Any]] = []
        try:
            with self._org.lock, self._org.transaction():
                results = [self._outcome(each, one) for each in asked]
                _spoil_if(all_or_none and not all(result["success"] for result in results))
        except _RollBackError:
            results = [_rolled_back(result, new=new) if result["success"] else result for result in results]
        return wire.answer(results)

    @staticmethod
    def _outcome(each: Any, one: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        try:
            told = one(each)
        except ApiError as error:
            return error.result()
        return {"id": told.pop("id"), "success": True, "errors": [], **told}


def _spoil_if(failed: bool) -> None:
    if failed:
        raise _RollBackError


def _kind(record: Mapping[str, Any]) -> str:
    attributes = record.get("attributes")
    kind = attributes.get("type") if isinstance(attributes, Mapping) else None
    if not isinstance(kind, str):
        raise ApiError("JSON_PARSER_ERROR", "every record names its type in attributes")
    return kind


def _rolled_back(result: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """What was there before keeps its id in the answer (resources_composite_sobjects_collections_update)."""
    kept = {} if new or result.get("created") else {"id": result["id"]}
    return {**kept, **_ROLLED_BACK.result()}


def _without_id(record: Mapping[str, Any], sobject: SObject) -> tuple[str | None, dict[str, Any]]:
    key = _given(record, "Id")
    rest = {name: value for name, value in record.items() if name.lower() != "id"}
    return (None if key is None else _of_type(key, sobject)), rest


def _of_type(key: Any, sobject: SObject) -> str:
    complaint = f"{sobject.by_name['Id'].label}: id value of incorrect type:"
    found = read_id(key, complaint)
    if not found.startswith(sobject.prefix):
        raise ApiError("MALFORMED_ID", f"{complaint} {key}", ["Id"])
    return found


def _removable(key: str) -> str:
    try:
        return read_id(key, "malformed id")
    except ApiError as error:
        raise ApiError(error.code, error.message, []) from error


def _id(record: Mapping[str, Any]) -> str:
    """The part of a row's id that tells records apart."""
    return str(_given(record, "Id") or "")[:15]


def _value(record: Mapping[str, Any], column: Field) -> str:
    return str(_given(record, column.name) or "").strip().lower()


def _given(record: Mapping[str, Any], name: str) -> Any:
    """What a row says of a field, in whatever letter case it names it."""
    return next((value for key, value in record.items() if key.lower() == name.lower()), None)


def _repeated(read: Callable[[Mapping[str, Any]], str]) -> set[str]:
    """What several rows of the call are about; neither of them is carried out."""
    records = wire.body().get("records")
    rows = records if isinstance(records, list) else []
    counted = Counter(read(each) for each in rows if isinstance(each, Mapping))
    return {value for value, count in counted.items() if value and count > 1}


def _check_single(record: Mapping[str, Any], repeated: set[str]) -> None:
    if _id(record) in repeated:
        key = read_id(_given(record, "Id"), "malformed id")
        raise ApiError("DUPLICATE_VALUE", f"Duplicate id specified: {key}", ["Id"])


def _listed_in_query() -> dict[str, list[str]]:
    found = {name: request.args.get(name, "").strip() for name in ("ids", "fields")}
    for name, text in found.items():
        if not text:
            raise ApiError("MISSING_ARGUMENT", f"The {name} to retrieve are not specified")
    return {name: text.split(",") for name, text in found.items()}


def _check_count(count: int) -> None:
    if count > MOST_RECORDS:
        raise _too_many(MOST_RECORDS)


def _too_many(most: int) -> ApiError:
    message = f"record limit reached. cannot submit more than {most} records into this call"
    return ApiError("EXCEEDED_ID_LIMIT", message)
