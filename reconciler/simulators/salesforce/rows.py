"""Routes of single records: /sobjects/X/{id}, /sobjects/X/{external id field}/{value}, /sobjects/X/{id}/{relation}."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from reconciler.simulators.salesforce import wire
from reconciler.simulators.salesforce.conditions import check_readable, check_write, is_unchanged, validators
from reconciler.simulators.salesforce.errors import (
    ApiError,
    SeveralFound,
    deleted,
    no_such_column,
    no_such_key_field,
    no_such_resource,
)
from reconciler.simulators.salesforce.queries import Queries
from reconciler.simulators.salesforce.related import Children, follow, leads_on
from reconciler.simulators.salesforce.schema import Field, SObject
from reconciler.simulators.salesforce.twin import SalesforceTwin
from reconciler.simulators.salesforce.values import Record, has_shape_of_id, read_id, show_record, shown

POST_BY_ID_SINCE = 37.0
NEW_UPSERT_ANSWER = 46.0
"""From this version on an upsert that found its record answers 200 with a body; before, 204."""


def add_rows(blueprint: Blueprint, twin: SalesforceTwin) -> None:
    routes = Rows(twin)
    wire.route(blueprint, "POST", "/sobjects/<name>", routes.create)
    wire.route(blueprint, "POST", "/sobjects/<name>/<key>", routes.create_without_id)
    wire.route(blueprint, "GET", "/sobjects/<name>/<key>", routes.read)
    wire.route(blueprint, "PATCH", "/sobjects/<name>/<key>", routes.update)
    wire.route(blueprint, "DELETE", "/sobjects/<name>/<key>", routes.delete)
    wire.route(blueprint, "GET", "/sobjects/<name>/<field>/<path:_value>", routes.read_by)
    wire.route(blueprint, "PATCH", "/sobjects/<name>/<field>/<path:_value>", routes.upsert)
    wire.route(blueprint, "DELETE", "/sobjects/<name>/<field>/<path:_value>", routes.delete_by)


class Rows:
    """Reads requests, answers rows; what may be written is decided in `writing`."""

    def __init__(self, twin: SalesforceTwin) -> None:
        self._org, self._writing, self._queries = twin.org, twin.writing, Queries(twin)

    def create(self, version: str, name: str) -> Response:
        check_readable(request.headers)
        with self._org.lock:
            key = self._writing.create(name, wire.row(), wire.author())
        return self._created(version, name, key, {})

    def create_without_id(self, version: str, name: str, key: str) -> Response:
        """An upsert by an id that is not there yet: the only key that a POST may name."""
        if key.lower() != "id" or float(version) < POST_BY_ID_SINCE:
            raise MethodNotAllowed(["GET", "HEAD", "PATCH", "DELETE"])
        return self.create(version, name)

    def read(self, version: str, name: str, key: str) -> Response:
        with self._org.lock:
            sobject = self._org.sobject(name)
            return self._row(version, sobject, self._found(sobject, key))

    def update(self, version: str, name: str, key: str) -> Response:
        changes = wire.row()
        with self._org.lock:
            sobject = self._org.sobject(name)
            record = self._writing.live(sobject.name, _id_in_path(key))
            if sobject.stamped:
                check_write(request.headers, sobject, record)
            self._writing.update(sobject.name, record["Id"], changes, wire.author())
        return wire.nothing()

    def delete(self, version: str, name: str, key: str) -> Response:
        with self._org.lock:
            self._writing.delete(name, _id_in_path(key), wire.author())
        return wire.nothing()

    def read_by(self, version: str, name: str, field: str, _value: str) -> Response:
        with self._org.lock:
            sobject = self._org.sobject(name)
            if leads_on(version, field):
                return self._related(version, sobject, field, _value)
            return self._row(version, sobject, self._holder(version, sobject, field, wire.key_in_path(), needed=True))

    def _related(self, version: str, sobject: SObject, key: str, way: str) -> Response:
        found = follow(self._org, sobject, self._found(sobject, key), way.strip("/").split("/"))
        if not isinstance(found, Children):
            return self._row(version, *found)
        names = request.args.get("fields")
        wanted = list(found.sobject.fields) if names is None else named(found.sobject, names.split(","))
        return self._queries.answer(version, found.query(wanted))

    def _related_one(self, name: str, key: str, way: str) -> tuple[str, str]:
        """Object and id of a parent, which alone may be written on this way."""
        sobject = self._org.sobject(name)
        found = follow(self._org, sobject, self._found(sobject, key), way.strip("/").split("/"))
        if isinstance(found, Children):
            raise MethodNotAllowed(["GET", "HEAD"])
        return found[0].name, found[1]["Id"]

    def delete_by(self, version: str, name: str, field: str, _value: str) -> Response:
        with self._org.lock:
            if leads_on(version, field):
                return self.delete(version, *self._related_one(name, field, _value))
            record = self._holder(version, self._org.sobject(name), field, wire.key_in_path(), needed=True)
            self._writing.delete(name, record["Id"], wire.author())
        return wire.nothing()

    def upsert(self, version: str, name: str, field: str, _value: str) -> Response:
        if leads_on(version, field):
            with self._org.lock:
                return self.update(version, *self._related_one(name, field, _value))
        changes, value = wire.row(), wire.key_in_path()
        check_readable(request.headers)
        only_update = request.args.get("updateOnly", "").lower() == "true"
        with self._org.lock:
            sobject = self._org.sobject(name)
            record = self._holder(version, sobject, field, value, needed=only_update)
            key_field = sobject.key_field(field).name
            if key_field.lower() in map(str.lower, changes):
                message = f"The {key_field} field should not be specified in the sobject data."
                raise ApiError("INVALID_FIELD", message, [key_field])
            if not record:
                if not value.strip():
                    raise ApiError("MISSING_ARGUMENT", f"{key_field} not specified")
                key = self._writing.create(name, {**changes, key_field: value}, wire.author())
                return self._created(version, name, key, _told(version, created=True))
            check_write(request.headers, sobject, record)
            self._writing.update(name, record["Id"], changes, wire.author())
        if float(version) < NEW_UPSERT_ANSWER:
            return wire.nothing()
        return wire.answer({"id": record["Id"], "success": True, "errors": [], "created": False})

    def _created(self, version: str, name: str, key: str, told: dict[str, Any]) -> Response:
        location = f"/services/data/v{version}/sobjects/{self._org.sobject(name).name}/{key}"
        return wire.answer({"id": key, "success": True, "errors": [], **told}, 201, {"Location": location})

    def _found(self, sobject: SObject, key: str) -> Record:
        record = self._org.tables[sobject.name].get(_id_in_path(key))
        if record is None:
            raise no_such_resource()
        if record.get("IsDeleted"):
            raise deleted()
        return record

    def _holder(self, version: str, sobject: SObject, field: str, value: str, *, needed: bool) -> Record:
        """The record with this external id; an empty one if there is none and none is needed."""
        column = sobject.key_field(field)
        if column.type == "id":
            return self._found(sobject, value)
        found = self._org.tables[sobject.name].holders(column.name, value.strip())
        if len(found) > 1:
            base = f"/services/data/v{version}/sobjects/{sobject.name}"
            raise SeveralFound([f"{base}/{record['Id']}" for record in found])
        if not found and needed:
            raise no_such_resource()
        return found[0] if found else {}

    def _row(self, version: str, sobject: SObject, record: Record) -> Response:
        headers = validators(sobject, record) if sobject.stamped else {}
        if sobject.stamped and is_unchanged(request.headers, sobject, record):
            return wire.unchanged(headers)
        wanted = request.args.get("fields")
        if wanted is None:
            return wire.answer(show_record(sobject, record, version), 200, headers)
        return wire.answer(pick(sobject, record, version, wanted.split(",")), 200, headers)


def pick(sobject: SObject, record: Record, version: str, names: list[str]) -> dict[str, Any]:
    """A row with the wanted fields; its attributes and id come always."""
    url = f"/services/data/v{version}/sobjects/{sobject.name}/{record['Id']}"
    wanted = {column.name: shown(sobject, column)(record) for column in named(sobject, names)}
    return {"attributes": {"type": sobject.name, "url": url}, **wanted, "Id": record["Id"]}


def named(sobject: SObject, names: list[str]) -> list[Field]:
    """The columns of these names, in any letter case."""
    for name in names:
        if name.strip().lower() not in sobject.by_lower:
            raise no_such_column(name.strip(), sobject.name)
    return [sobject.by_lower[name.strip().lower()] for name in names]


def _id_in_path(key: str) -> str:
    """What has not the shape of an id is taken for the name of a key field."""
    if not has_shape_of_id(key):
        raise no_such_key_field(key)
    return read_id(key, "malformed id")


def _told(version: str, *, created: bool) -> dict[str, Any]:
    return {"created": created} if float(version) >= NEW_UPSERT_ANSWER else {}
