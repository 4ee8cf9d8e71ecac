"""What an object and a field are.  The organisation's own are declared in `objects`; no values, no records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from reconciler.simulators.salesforce.errors import no_such_key_field

TEXT = frozenset({"string", "textarea", "phone", "url", "email", "picklist", "multipicklist"})
NUMBER = frozenset({"int", "double", "currency", "percent"})
COMPOUND_PARTS = (
    "Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy"
)  # fmt: skip
ALWAYS_SEEN = {
    "MasterRecordId", "LastActivityDate", "FirstName", "Salutation", "EmailBouncedReason", "EmailBouncedDate",
    "LastViewedDate", "LastReferencedDate", "LastCURequestDate", "LastCUUpdateDate", "PhotoUrl",
}  # fmt: skip
"""Nillable, and yet no profile can be kept from seeing them."""
CODE_PARTS = ("StateCode", "CountryCode")


@dataclass(frozen=True, slots=True)
class Field:
    """One column.  `rights` holds C (create), U (update), N (nillable), D (defaulted on create).

    `labels` are those of the choices, where they are not the choices themselves.
    """

    name: str
    type: str
    label: str
    length: int = 0
    rights: str = ""
    refers: str = ""
    relation: str = ""
    compound: str = ""
    unique: bool = False
    precision: int = 0
    scale: int = 0
    extra: str | None = None
    choices: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    restricted: bool = False
    external: bool = False

    @property
    def createable(self) -> bool:
        return "C" in self.rights

    @property
    def updateable(self) -> bool:
        return "U" in self.rights

    @property
    def nillable(self) -> bool:
        return "N" in self.rights

    @property
    def defaulted(self) -> bool:
        return "D" in self.rights

    @property
    def required(self) -> bool:
        return self.createable and not self.nillable and not self.defaulted

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def permissionable(self) -> bool:
        """Whether field-level security can take it away; a checkbox that somebody made has no null and yet can go."""
        droppable = self.nillable or (self.custom and self.type == "boolean")
        return droppable and self.name not in ALWAYS_SEEN

    @property
    def id_lookup(self) -> bool:
        """Whether a value of this column can stand for the record in a path, and be the key of an upsert."""
        return self.external or self.type == "id" or self.name in ("Email", "Username")

    @property
    def long_text(self) -> bool:
        return self.type == "textarea" and self.length > 255

    @property
    def filterable(self) -> bool:
        return not self.long_text and self.type != "anyType"

    @property
    def sortable(self) -> bool:
        return not self.long_text and self.type not in {"address", "multipicklist"}

    @property
    def aggregatable(self) -> bool:
        return self.sortable and self.type not in {"boolean", "anyType"}

    @property
    def groupable(self) -> bool:
        return self.sortable and self.type not in {"datetime", "double", "currency", "percent", "anyType"}


@dataclass(frozen=True)
class SObject:
    """One object: its columns and what may be done with its records."""

    name: str
    label: str
    plural: str
    prefix: str
    fields: tuple[Field, ...]
    writable: bool = True
    removable: bool = True
    mergeable: bool = False
    children: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {column.name: column for column in self.fields}

    @cached_property
    def by_lower(self) -> Mapping[str, Field]:
        return {column.name.lower(): column for column in self.fields}

    def key_field(self, name: str) -> Field:
        """The column that a path names beside a value."""
        column = self.by_lower.get(name.lower())
        if column is None or not column.id_lookup:
            raise no_such_key_field(name)
        return column

    @cached_property
    def relations(self) -> Mapping[str, Field]:
        return {column.relation.lower(): column for column in self.fields if column.relation}

    @cached_property
    def unique(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.fields if column.unique)

    @cached_property
    def stamped(self) -> bool:
        return "SystemModstamp" in self.by_name

    def with_fields(self, fields: Iterable[Field]) -> SObject:
        return SObject(
            self.name, self.label, self.plural, self.prefix, tuple(fields),
            self.writable, self.removable, self.mergeable, self.children,
        )  # fmt: skip

    def seen_with(self, hidden: Iterable[str], read_only: Iterable[str]) -> SObject:
        """The object as someone meets it who may not see some of its fields, and may not write others."""
        gone, closed = self._own(hidden), self._own(read_only)
        kept = (column for column in self.fields if column.name.lower() not in gone or column.name == "Id")
        return self.with_fields(
            replace(column, rights=column.rights.strip("CU")) if column.name.lower() in closed else column
            for column in kept
        )

    def _own(self, names: Iterable[str]) -> set[str]:
        return {name.removeprefix(f"{self.name}.").lower() for name in names}
