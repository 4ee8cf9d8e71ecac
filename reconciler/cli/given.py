"""What a command is given: who calls it, when, and values that are names, files or typed text."""

from __future__ import annotations

import getpass
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from reconciler import bootstrap
from reconciler.core.model import Ref
from reconciler.errors import Usage
from reconciler.store.connections import find


def who() -> str:
    """The name of the person at the keyboard, as the system knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"


def now() -> datetime:
    """The moment of the call, UTC."""
    return bootstrap.WallClock().now()


def connection(engine: Engine, name: str) -> int:
    """The connection of this name or number."""
    with engine.connect() as db:
        return find(db, name)


def ref(written: str) -> Ref:
    """A record, written as salesforce:<Id> or xero:<id>."""
    try:
        return Ref.parse(written)
    except ValueError as error:
        raise Usage(str(error), remedy="Write salesforce:<Id> or xero:<id>.") from error


def digest(plan: str) -> str:
    """The digest itself, or the one in a file that `plan --out` wrote."""
    path = Path(plan)
    if not path.is_file():
        return plan
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["digest"])
    except (ValueError, KeyError, TypeError):
        raise Usage(f"{plan} is not a plan.", remedy="Write one with `plan --out FILE`.") from None


def value(typed: str | None) -> Any:
    """A value as typed: JSON for a group, plain text for everything else."""
    if typed and typed.lstrip().startswith(("{", "[")):
        try:
            return json.loads(typed)
        except ValueError:
            return typed
    return typed


def text(path: str) -> str:
    """What a file holds, or standard input for -."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Usage(f"{path} cannot be read: {error}.") from error
