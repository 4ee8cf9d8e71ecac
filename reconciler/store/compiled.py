"""Statements compiled once: a row then costs what the driver takes.

SQLAlchemy builds the parameters of each row and the shape of each result anew, which takes several times as long as
SQLite needs to write or find them.  The statement itself, and the form in which values are stored, stay SQLAlchemy's.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Connection,
    Executable,
    Select,
    Text,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from reconciler.store.json_text import encode

_Form: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement's text, the names of its values in order, what form some take, and those that it brings itself."""

    text: str
    names: list[str]
    picked: Callable[[Mapping[str, Any]], Any]
    forms: list[tuple[int, _Form]]
    constants: dict[str, Any]

    def in_order(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """These values as the driver takes them."""
        values = list(self.picked(given)) if len(self.names) > 1 else [given[self.names[0]]]
        for place, form in self.forms:
            values[place] = form(values[place])
        return tuple(values)

    def by_name(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The same for a driver that takes them by name."""
        return dict(zip(self.names, self.in_order(given), strict=True))


def _form(kind: TypeEngine[Any], dialect: Dialect) -> _Form | None:
    """What a value becomes for the driver; None for one that it takes as it is."""
    if isinstance(kind, JSON) and dialect.name == "sqlite":
        return encode
    found: _Form | None = kind.bind_processor(dialect)
    return found


class _Statement:
    """One statement, and its text for each dialect it has been carried out in."""

    def __init__(self, statement: Executable, columns: list[str] | None = None) -> None:
        self._statement, self._columns = statement, columns
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = self._compile(dialect)
        return found

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)  # type: ignore[attr-defined]
        binds = compiled.binds
        names = compiled.positiontup if dialect.positional else list(binds)
        forms = [_form(binds[name].type.dialect_impl(dialect), dialect) for name in names]
        constants = {name: binds[name].value for name in names if not binds[name].required}
        taken = [(place, form) for place, form in enumerate(forms) if form is not None]
        return _Compiled(str(compiled), names, itemgetter(*names), taken, constants)


class Many(_Statement):
    """An insert, update or delete whose every value is named in each row.  Columns left out take no default."""

    def __init__(self, statement: Executable, *columns: str) -> None:
        super().__init__(statement, list(columns) or None)

    def execute(self, db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry it out for each row."""
        if not rows:
            return
        compiled = self._for(db.dialect)
        form: Callable[[Mapping[str, Any]], Any] = compiled.in_order if db.dialect.positional else compiled.by_name
        db.exec_driver_sql(compiled.text, list(map(form, rows)))


class Rows(_Statement):
    """A select whose rows come as the driver gives them: JSON and, in SQLite, times are text; truths are 0 and 1."""

    def __init__(self, statement: Select[Any] | CompoundSelect[Any]) -> None:
        super().__init__(statement)
        known_late: Any = namedtuple  # noqa: PYI024 - by then its columns are
        self._row = known_late("Row", [column.key for column in statement.selected_columns])._make

    def all(self, db: Connection, **values: Any) -> list[Any]:
        """Every row found, as a named tuple; raises what SQLAlchemy raises."""
        compiled = self._for(db.dialect)
        values |= compiled.constants
        given: Any = compiled.in_order(values) if db.dialect.positional else compiled.by_name(values)
        result = db.exec_driver_sql(compiled.text, given)
        try:
            return list(map(self._row, result.cursor.fetchall()))
        except _errors(db.dialect) as error:
            raise _told(error, compiled.text, db.dialect) from error


def _errors(dialect: Dialect) -> type[Exception]:
    driver: Any = dialect.loaded_dbapi
    found: type[Exception] = driver.Error
    return found


def _told(error: Exception, text: str, dialect: Dialect) -> BaseException:
    """An error of the driver as SQLAlchemy tells it, which cannot see that one: the rows are fetched past it."""
    return DBAPIError.instance(text, None, error, _errors(dialect), hide_parameters=True, dialect=dialect)


class among(ColumnElement[bool]):  # noqa: N801 - reads as a part of a statement
    """Whether a column's value is in a list that is one parameter, however long it is."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column, self.listed = column, bindparam(name, type_=_Listed(column.type))

    def self_group(self, against: object = None) -> among:  # noqa: ARG002
        """As it stands: SQLAlchemy would compare it with 1 where truths are numbers, and no index would be used."""
        return self


class _Listed(TypeDecorator[Sequence[Any]]):
    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self._item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text() if dialect.name == "sqlite" else ARRAY(self._item)

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        listed = list(value or ())
        return encode(listed) if dialect.name == "sqlite" else listed


@compiles(among, "sqlite")
def _in_json(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, listed = (compiler.process(part, **how) for part in (element.column, element.listed))
    return f"{column} IN (SELECT value FROM json_each({listed}))"  # noqa: S608 - both are compiled


@compiles(among)
def _in_array(element: among, compiler: SQLCompiler, **how: Any) -> str:
    column, listed = (compiler.process(part, **how) for part in (element.column, element.listed))
    return f"{column} = ANY ({listed})"
