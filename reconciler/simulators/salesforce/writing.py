"""Every way a record changes: create, update, delete, undelete, merge.  For the API and for people alike.

A person's save passes the same rules as the API's; what it does not pass is the API user's field-level security.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.simulators.salesforce import recycling, rules
from reconciler.simulators.salesforce.errors import ApiError, deleted, no_such_column, read_only
from reconciler.simulators.salesforce.org import Org
from reconciler.simulators.salesforce.parents import by_their_ids
from reconciler.simulators.salesforce.schema import SObject
from reconciler.simulators.salesforce.values import Record, read_value


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, and how: a person sees every field and is only warned of duplicates.

    `details_of` is the version of the API to whose caller a duplicate is shown whole; others learn its id.
    """

    user: str
    person: bool = False
    allow_duplicates: bool = False
    details_of: str | None = None


class Writing:
    """Writes to one organisation.  Each method is all or nothing, and raises `ApiError` having written nothing."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def create(self, name: str, body: Mapping[str, Any], author: Author, *, key: str | None = None) -> str:
        sobject = self._writable(name, author, "inserted")
        self._refuse_as_told(None, author)
        written = self._read(sobject, body, create=True)
        now = self._org.stamp()
        record: dict[str, Any] = {
            column.name: False if column.type == "boolean" else None for column in self._whole(sobject).fields
        }
        if written.get("OwnerId") is None:
            written.pop("OwnerId", None)  # null is as good as nothing: the caller owns the record
        record |= {"Id": key or self._org.new_id(sobject.prefix), "OwnerId": author.user, **written}
        record |= {"CreatedDate": now, "CreatedById": author.user}
        self._save(sobject, record, written, author, before=None)
        return str(record["Id"])

    def update(self, name: str, key: str, body: Mapping[str, Any], author: Author) -> Record:
        sobject = self._writable(name, author)
        before = self.live(sobject.name, key)
        self._refuse_as_told(key, author)
        written = self._read(sobject, body, create=False)
        record = {**before, **written}
        self._save(sobject, record, written, author, before=before)
        return record

    def update_all(self, name: str, body: Mapping[str, Any], author: Author) -> str:
        """Every living record in one second: what an import does, and pages full of equal stamps."""
        table = self._org.tables[self._org.sobject(name).name]
        done: list[str] = [record["Id"] for record in table.all() if not record.get("IsDeleted")]
        with self._org.transaction():
            for key in done:
                self.update(name, key, body, author)
        if not done:
            raise ApiError("NOT_FOUND", "there is no record")
        return done[-1]

    def delete(self, name: str, key: str, author: Author) -> None:
        sobject = self._writable(name, author, "deleted")
        record = self.live(sobject.name, key)
        self._refuse_as_told(key, author)
        with self._org.transaction():
            recycling.remove(self._org, sobject.name, record, author.user)

    def undelete(self, name: str, key: str, author: Author) -> None:
        """Bring a record back under its own id.  A loser of a merge comes back alone, without its former children."""
        sobject = self._writable(name, author, "undeleted")
        record = self._org.tables[sobject.name].get(key)
        if record is None or not record["IsDeleted"]:
            raise ApiError("UNDELETE_FAILED", "Entity is not in the recycle bin")
        rules.check_unique(self._org, sobject, record)
        with self._org.transaction():
            recycling.bring_back(self._org, sobject.name, record, author.user)

    def merge(self, name: str, winner: str, loser: str, body: Mapping[str, Any], author: Author) -> None:
        """The loser is deleted and names its winner; its children move; `body` is what the winner takes over."""
        sobject = self._writable(name, author)
        if winner == loser or not sobject.mergeable:
            raise ApiError("INVALID_OPERATION", "Two different records of a kind that can be merged are needed")
        with self._org.transaction():
            gone = self.live(sobject.name, loser)
            self._org.mark(sobject.name, gone, author.user, IsDeleted=True, MasterRecordId=winner)
            self._org.removals.pop(loser, None)
            for child, column in self._whole(sobject).children.values():
                if self._org.objects[child].writable:
                    self._move(child, column, loser, winner, author)
            self.update(sobject.name, winner, body, author)

    def _move(self, child: str, column: str, loser: str, winner: str, author: Author) -> None:
        for record in list(self._org.tables[child].all()):
            if record[column] == loser and not record["IsDeleted"]:
                self._org.mark(child, record, author.user, **{column: None if record["Id"] == winner else winner})

    def touch(self, name: str, key: str) -> None:
        """Let an automated process pass over a record: only SystemModstamp moves."""
        self._check_writable(name)
        record = self.live(name, key)
        self._org.nudge(name, record)

    def live(self, name: str, key: str) -> Record:
        record = self._org.tables[name].get(key)
        if record is None:
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [], status=404)
        if record.get("IsDeleted"):
            raise deleted()
        return record

    def purge(self, name: str, key: str) -> None:
        """Empty the recycle bin of one record."""
        self._check_writable(name)
        record = self._org.tables[name].get(key)
        if record is None or not record["IsDeleted"]:
            raise ApiError("DELETE_FAILED", "Entity is not in the recycle bin")
        self._org.tables[name].take_out(key)
        self._org.bin_emptied = max(self._org.bin_emptied, record["SystemModstamp"])

    def _refuse_as_told(self, key: str | None, author: Author) -> None:
        if not author.person:
            self._org.refuse_as_told(key)

    def _writable(self, name: str, author: Author, done: str = "updated") -> SObject:
        sobject = self._check_writable(name, done)
        return self._whole(sobject) if author.person else sobject

    def _check_writable(self, name: str, done: str = "updated") -> SObject:
        sobject = self._org.sobject(name)
        if not sobject.writable:
            message = f"entity type cannot be {done}: {sobject.label}"
            raise ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, [])
        return sobject

    def _whole(self, sobject: SObject) -> SObject:
        return self._org.objects[sobject.name]

    def _read(self, sobject: SObject, body: Mapping[str, Any], *, create: bool) -> dict[str, Any]:
        given = by_their_ids(self._org, sobject, {name: each for name, each in body.items() if name != "attributes"})
        if any(name.lower() == "id" for name in given):
            message = "The Id field should not be specified in the sobject data."
            raise ApiError("INVALID_FIELD", message, ["Id"])
        for name in given:
            if name.lower() not in sobject.by_lower:
                raise no_such_column(name, sobject.name)
        columns = [(sobject.by_lower[name.lower()], value) for name, value in given.items()]
        closed = [each.name for each, _ in columns if not (each.createable if create else each.updateable)]
        if closed:
            raise read_only(closed)
        return {column.name: read_value(column, value) for column, value in columns}

    def _save(
        self,
        sobject: SObject,
        record: dict[str, Any],
        written: Mapping[str, Any],
        author: Author,
        *,
        before: Record | None,
    ) -> None:
        org = self._org
        record |= rules.places(org, sobject, written, record, new=before is None)
        if sobject.name == "Contact":
            record["Name"] = " ".join(filter(None, (record["FirstName"], record["LastName"]))) or None
        rules.check_required(self._whole(sobject), record)
        rules.check_references(org, sobject, written)
        rules.check_hierarchy(org, sobject, record, written)
        rules.check_validation_rules(org, sobject, record)
        rules.check_unique(org, sobject, record)
        lenient = author.person or author.allow_duplicates
        rules.check_duplicates(org, sobject, record, allow_save=lenient, details_of=author.details_of)
        with org.transaction():
            record |= org.modified(before, author.user)
            org.put(sobject.name, record)
            self._remember(sobject, before, record, author)

    def _remember(self, sobject: SObject, before: Record | None, record: Record, author: Author) -> None:
        """Field history: only ticked fields, in the stamp's whole second, and no values for long text."""
        tracked = self._tracked(sobject)
        if not tracked:
            return
        if before is None:
            self._history(sobject, record, author, "created", None)
            return
        for name in tracked:
            if before.get(name) != record.get(name):
                column = sobject.by_name[name]
                old, new = (None, None) if column.long_text else (before.get(name), record.get(name))
                self._history(sobject, record, author, name, column.type, old, new)

    def _tracked(self, sobject: SObject) -> list[str]:
        if f"{sobject.name}History" not in self._org.objects:
            return []
        ticked = {name.removeprefix(f"{sobject.name}.") for name in self._org.settings.field_history}
        return [column.name for column in sobject.fields if ticked & {column.name, column.compound}]

    def _history(
        self,
        sobject: SObject,
        record: Record,
        author: Author,
        field: str,
        kind: str | None,
        old: Any = None,
        new: Any = None,
    ) -> None:
        of = f"{sobject.name}Id"
        row = {
            "Id": self._org.new_id("017"), "IsDeleted": False, of: record["Id"], "CreatedById": author.user,
            "CreatedDate": record["LastModifiedDate"], "Field": field, "DataType": _HISTORY_TYPES.get(kind or ""),
            "OldValue": old, "NewValue": new,
        }  # fmt: skip
        self._org.put(f"{sobject.name}History", row)


_HISTORY_TYPES = {
    "string": "Text", "phone": "Text", "url": "Text", "email": "Text", "picklist": "Text", "textarea": "TextArea",
    "boolean": "Boolean", "reference": "EntityId", "currency": "Currency", "int": "Double",
}  # fmt: skip
