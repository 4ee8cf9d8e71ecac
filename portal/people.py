"""People who sign in: their roles, passwords and sessions.

A session names the person and the stamp of their row.  The stamp changes with the password, the role and on being
disabled, and with it every session of that person ends.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from flask_login import UserMixin
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from reconciler.errors import Problems, Usage
from reconciler.store.tables import UserRow

SHORTEST = 12  # length is what protects a password; rules of composition only make it harder to remember
LONGEST = 1_000


class Role(StrEnum):
    """What a person may do; each role may do all that the one below it may."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    def covers(self, other: Role) -> bool:
        """Whether this role may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class User(UserMixin):  # type: ignore[misc]
    """The person behind a request."""

    def __init__(self, row: UserRow) -> None:
        self.id = row.id
        self.name = row.name
        self.role = Role(row.role)
        self.stamp = row.stamp

    def get_id(self) -> str:
        """What the session remembers."""
        return f"{self.id}:{self.stamp}"

    def may(self, role: Role | str) -> bool:
        """Whether this person may do what `role` may."""
        return self.role.covers(Role(role))


def load(session: Session, remembered: str) -> User | None:
    """The person a session remembers; None when it has ended."""
    number, _, stamp = remembered.partition(":")
    row = session.get(UserRow, int(number)) if number.isdecimal() else None
    if row is None or row.disabled_at is not None or not secrets.compare_digest(row.stamp, stamp):
        return None
    return User(row)


def check(session: Session, name: str, password: str) -> User | None:
    """The person with this name and password; an unknown name takes as long as a wrong password."""
    row = session.scalar(select(UserRow).where(UserRow.name == name.strip(), UserRow.disabled_at.is_(None)))
    user, known = (User(row), row.password) if row is not None else (None, _nobody())
    session.rollback()  # hashing is slow on purpose: no transaction stays open meanwhile
    return user if check_password_hash(known, password[:LONGEST]) else None


def add(session: Session, name: str, role: str, password: str, now: datetime) -> User:
    """Let a person in; `Usage` names everything that is wrong with the request."""
    name = name.strip()
    problems = Problems()
    if not name or len(name) > 80:
        problems.add("The name must have 1 to 80 characters.")
    if role not in set(Role):
        problems.add(f"{role!r} is no role: use {', '.join(Role)}.")
    if session.scalar(select(UserRow.id).where(func.lower(UserRow.name) == name.lower())):
        problems.add(f"There is a person called {name} already.")
    _check_password(password, problems)
    problems.raise_if_any("This person cannot be added.")
    row = UserRow(name=name, role=role, password=_hash(password), stamp=secrets.token_hex(16), created_at=now)
    session.add(row)
    session.commit()
    return User(row)


def change_password(session: Session, name: str, password: str) -> None:
    """Set a new password; every session of this person ends."""
    row = _named(session, name)
    problems = Problems()
    _check_password(password, problems)
    problems.raise_if_any("This password cannot be used.")
    row.password = _hash(password)
    row.stamp = secrets.token_hex(16)
    session.commit()


def change_role(session: Session, name: str, role: str) -> None:
    """Give a person another role; the last administrator keeps theirs."""
    row = _named(session, name)
    if role not in set(Role):
        raise Usage(f"{role!r} is no role.", remedy=f"Use {', '.join(Role)}.")
    if role != Role.ADMINISTRATOR:
        _keep_an_administrator(session, row)
    row.role = role
    row.stamp = secrets.token_hex(16)
    session.commit()


def disable(session: Session, name: str, now: datetime) -> None:
    """Keep a person out; what they did stays under their name."""
    row = _named(session, name)
    _keep_an_administrator(session, row)
    row.disabled_at = now
    row.stamp = secrets.token_hex(16)
    session.commit()


def enable(session: Session, name: str) -> None:
    """Let a disabled person in again."""
    _named(session, name).disabled_at = None
    session.commit()


def signed_in(session: Session, user: User, now: datetime) -> None:
    """Note when a person last signed in."""
    row = session.get_one(UserRow, user.id)
    row.signed_in_at = now
    session.commit()


def is_empty(session: Session) -> bool:
    """Whether nobody can sign in yet."""
    return session.scalar(select(UserRow.id).limit(1)) is None


def generated_password() -> str:
    """A password nobody has thought of: 20 characters, some 119 bits."""
    return secrets.token_urlsafe(15)


def _named(session: Session, name: str) -> UserRow:
    row = session.scalar(select(UserRow).where(UserRow.name == name.strip()))
    if row is None:
        raise Usage(f"There is nobody called {name!r}.", remedy="`flask --app wsgi user list` names everyone.")
    return row


def _keep_an_administrator(session: Session, row: UserRow) -> None:
    enabled = (UserRow.role == Role.ADMINISTRATOR, UserRow.disabled_at.is_(None), UserRow.id != row.id)
    if row.role == Role.ADMINISTRATOR and not session.scalar(select(UserRow.id).where(*enabled).limit(1)):
        raise Usage(f"{row.name} is the only administrator.", remedy="Make somebody else an administrator first.")


def _check_password(password: str, problems: Problems) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        problems.add(f"A password must have {SHORTEST} to {LONGEST} characters; a few words make a good one.")


def _hash(password: str) -> str:
    return generate_password_hash(password, method="scrypt")


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hash(secrets.token_urlsafe(30))
