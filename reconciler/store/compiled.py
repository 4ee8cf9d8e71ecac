"""Statements compiled once: a row then costs what the driver takes.

SQLAlchemy builds the parameters of each row and the shape of each result anew, which takes several times as long as
SQLite needs to write or find them.  The statement itself, and the form in which values are stored, stay SQLAlchemy's.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
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
_TRUTH = {True: 1, False: 0, None: None}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement's text, and how the driver takes the values of a row."""

    text: str
    taken: Callable[[Mapping[str, Any]], Any]


def _taking(
    names: Sequence[str], forms: Sequence[_Form | None], constants: Mapping[str, Any], *, positional: bool
) -> Callable[[Any], Any]:
    """From named values to those that the driver takes: written out once, as a named tuple is, not gone through.

    What the statement brings itself is brought into the driver's form once and for all.
    """
    known: dict[str, Any] = {}
    parts: list[str] = []
    for place, (name, form) in enumerate(zip(names, forms, strict=True)):
        known[f"form{place}"] = form
        if name in constants:
            known[f"value{place}"] = form(constants[name]) if form else constants[name]
            parts.append(f"value{place}")
        else:
            parts.append(f"form{place}(row[{name!r}])" if form else f"row[{name!r}]")
    if not positional:
        parts = [f"{name!r}: {part}" for name, part in zip(names, parts, strict=True)]
    listed = "".join(f"{part}, " for part in parts)
    source = f"lambda row: ({listed})" if positional else f"lambda row: {{{listed}}}"
    taken: Callable[[Any], Any] = eval(source, known)  # noqa: S307 - the names are those of our own statements
    return taken


def _form(kind: TypeEngine[Any], dialect: Dialect) -> _Form | None:
    """What a value becomes for the driver; None for one that it takes as it is."""
    if isinstance(kind, JSON) and dialect.name == "sqlite":
        return encode
    if isinstance(kind, Boolean) and dialect.name == "sqlite":
        return _TRUTH.__getitem__
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
        return _Compiled(str(compiled), _taking(names, forms, constants, positional=dialect.positional))


class Many(_Statement):
    """An insert, update or delete whose every value is named in each row.  Columns left out take no default."""

    def __init__(self, statement: Executable, *columns: str) -> None:
        super().__init__(statement, list(columns) or None)

    def execute(self, db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry it out for each row."""
        if not rows:
            return
        compiled = self._for(db.dialect)
        with _cursor(db, compiled.text) as cursor:
            cursor.executemany(compiled.text, list(map(compiled.taken, rows)))


class Rows(_Statement):
    """A select whose rows come as the driver gives them: JSON and, in SQLite, times are text; truths are 0 and 1."""

    def __init__(self, statement: Select[Any] | CompoundSelect[Any]) -> None:
        super().__init__(statement)
        known_late: Any = namedtuple  # noqa: PYI024 - by then its columns are
        row = known_late("Row", [column.key for column in statement.selected_columns])
        self._row: Any = partial(tuple.__new__, row)  # what `_make` does, without a call of Python's own

    def all(self, db: Connection, **values: Any) -> list[Any]:
        """Every row found, as a named tuple; raises what SQLAlchemy raises."""
        compiled = self._for(db.dialect)
        with _cursor(db, compiled.text) as cursor:
            cursor.execute(compiled.text, compiled.taken(values))
            return list(map(self._row, cursor.fetchall()))


def _cursor(db: Connection, text: str) -> AbstractContextManager[Any]:
    """The driver's own cursor, within a transaction of SQLAlchemy's."""
    if not db.in_transaction():
        db.begin()
    return driver_cursor(db, text)


@contextmanager
def driver_cursor(db: Connection, text: str) -> Iterator[Any]:
    """The driver's own cursor for one statement, whose errors are told as SQLAlchemy tells them."""
    driver: Any = db.dialect.loaded_dbapi
    cursor = db.connection.cursor()
    try:
        yield cursor
    except driver.Error as error:
        gone = db.dialect.is_disconnect(error, db.connection, cursor)
        if gone:
            db.invalidate(error)
        raise DBAPIError.instance(
            text, None, error, driver.Error, hide_parameters=True, connection_invalidated=gone, dialect=db.dialect
        ) from error
    finally:
        cursor.close()


class among(ColumnElement[bool]):  # noqa: N801 - reads as a part of a statement
    """Whether a column's value is in a list that is one parameter, however long it is."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column, self.listed = column, bindparam(name, type_=_Listed(column.type))

    def self_group(self, against: object = None) -> among:  # noqa: ARG002 - SQLAlchemy's signature
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
