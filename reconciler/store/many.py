"""One statement for many rows, compiled once: a row then costs what the driver takes.

SQLAlchemy builds the parameters of each row anew, which takes several times as long as SQLite needs to write it.  The
statement itself, and the form in which values are stored, stay SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import UpdateBase

_Form: TypeAlias = Callable[[Any], Any] | None
_Compiled: TypeAlias = tuple[str, list[tuple[str, _Form]]]


class Many:
    """An insert, update or delete whose every value is named in each row.  Columns left out take no default."""

    def __init__(self, statement: UpdateBase, *columns: str) -> None:
        self._statement, self._columns = statement, list(columns) or None
        self._compiled: WeakKeyDictionary[Dialect, _Compiled] = WeakKeyDictionary()

    def execute(self, db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Carry it out for each row."""
        if not rows:
            return
        text, names = self._compiled.get(db.dialect) or self._compile(db.dialect)
        plain: list[Any]
        if db.dialect.positional:
            plain = [tuple([row[name] if form is None else form(row[name]) for name, form in names]) for row in rows]
        else:
            plain = [{name: row[name] if form is None else form(row[name]) for name, form in names} for row in rows]
        db.exec_driver_sql(text, plain)

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
        names = compiled.positiontup if dialect.positional else list(compiled.binds)
        forms = [(name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
        made = self._compiled[dialect] = (str(compiled), forms)
        return made
