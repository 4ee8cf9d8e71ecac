"""Who may sign in, what was done to Concord itself, and what people were told of by mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from reconciler.store.tables.base import Base, Key


class UserRow(Base):
    """A person who may sign in to the portal."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    role: Mapped[str] = mapped_column(String(20))  # administrator | reviewer | viewer
    password: Mapped[str]  # a hash
    stamp: Mapped[str] = mapped_column(String(32))  # changes with the password: ends every session
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class EventRow(Base):
    """What was done to Concord itself: settings, decisions, sign-ins.  Rows are only ever added."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int | None] = mapped_column(index=True)
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str] = mapped_column(String(60))  # e.g. "rules.saved", "connection.paused", "conflict.resolved"
    subject: Mapped[str] = mapped_column(String(80), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SavedViewRow(Base):
    """Filters of the review queue that a person has given a name."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(60))
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (UniqueConstraint("connection_id", "owner", "name"),)


class MailingRow(Base):
    """What people were told last about one thing, so that they are told of each change once."""

    __tablename__ = "mailing"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)  # "connection 1", or "digest"
    told: Mapped[list[Any]] = mapped_column(default=list)  # the faults that stood then
    serial: Mapped[int] = mapped_column(default=0)  # counts the letters
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]  # the last try, if it failed
    fault: Mapped[str] = mapped_column(Text, default="")
    looked_at: Mapped[datetime | None]  # the digest: when it was last due
    held_until: Mapped[datetime | None]  # a process is sending
