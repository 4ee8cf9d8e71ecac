"""Connections: their two sides, how each is signed in to, and the rules between them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from reconciler.core.match.finding import FOLDING
from reconciler.store.tables.base import Base


class ConnectionRow(Base):
    """One Salesforce organisation joined to one Xero organisation."""

    __tablename__ = "connection"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]  # None: read-only, runs behave as plans
    activated_by: Mapped[str] = mapped_column(default="")
    paused_at: Mapped[datetime | None]  # nothing runs; edits wait
    paused_until: Mapped[datetime | None]
    paused_by: Mapped[str] = mapped_column(default="")
    next_run_at: Mapped[datetime | None]  # None: as soon as the scheduler looks
    next_compare_at: Mapped[datetime | None]  # when everything is compared in full; None: not set up yet, or by hand
    rules_version: Mapped[int] = mapped_column(default=1)
    keys_version: Mapped[int] = mapped_column(default=FOLDING)  # how the match keys of its records were made


class SideRow(Base):
    """One side of a connection: where it is, who we are there, how far it has been read."""

    __tablename__ = "side"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    side: Mapped[str] = mapped_column(String(10), primary_key=True)
    url: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(default="")
    organisation_name: Mapped[str] = mapped_column(default="")
    short_code: Mapped[str] = mapped_column(String(20), default="")  # names a Xero organisation in a link into it
    environment: Mapped[str] = mapped_column(default="")
    user: Mapped[str] = mapped_column(default="")
    user_id: Mapped[str] = mapped_column(default="")
    access_id: Mapped[int | None] = mapped_column(ForeignKey("access.id"))
    paused_at: Mapped[datetime | None]  # writes to this side wait
    paused_until: Mapped[datetime | None]
    paused_by: Mapped[str] = mapped_column(default="")
    read_up_to: Mapped[datetime | None]  # the watermark, on the side's own clock
    read_at: Mapped[datetime | None]  # the Date of the newest delta's first page
    clock_offset: Mapped[float] = mapped_column(default=0.0)
    clock_uncertainty: Mapped[float] = mapped_column(default=1.0)
    clock_jumped_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
    remaining_day: Mapped[int | None]
    alarms: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what reading showed since a plan was carried out


class ShapesRow(Base):
    """What Salesforce said its columns hold, by column; null for one that it does not show."""

    __tablename__ = "shapes"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    told: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AccessRow(Base):
    """How one side lets us in: the app's id and secret, and the one token that all processes share.

    Both are encrypted and bound to this row.  `serial` counts the tokens; `holder` is the process that renews.
    """

    __tablename__ = "access"

    id: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(String(10))
    consented: Mapped[bool] = mapped_column(default=False)  # a person's consent; else the app's own credentials
    credentials: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    serial: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str] = mapped_column(default="")  # "" when nobody renews
    held_until: Mapped[datetime | None]
    refresh_started: Mapped[datetime | None]  # asked for, and not yet answered: the answer may be lost
    signed_out_at: Mapped[datetime | None]  # refused for good: only a person can sign in again
    signed_out_because: Mapped[str] = mapped_column(Text, default="")


class DraftRow(Base):
    """A connection that is being set up, by two people at their own pace; or a side of one that is signed in again."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class DraftSideRow(Base):
    """One side of a connection that is being set up: waiting, or signed in and looked at."""

    __tablename__ = "draft_side"

    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True)
    side: Mapped[str] = mapped_column(String(10), primary_key=True)
    url: Mapped[str] = mapped_column(default="")
    access_id: Mapped[int | None] = mapped_column(ForeignKey("access.id"))
    organisation_id: Mapped[str] = mapped_column(default="")
    organisation_name: Mapped[str] = mapped_column(default="")
    short_code: Mapped[str] = mapped_column(String(20), default="")  # names a Xero organisation in a link into it
    environment: Mapped[str] = mapped_column(default="")
    user: Mapped[str] = mapped_column(default="")
    user_id: Mapped[str] = mapped_column(default="")
    missing: Mapped[list[Any]] = mapped_column(default=list)  # sentences: what the rules need and the side lacks
    connected_at: Mapped[datetime | None]
    connected_by: Mapped[str] = mapped_column(default="")
    invitation: Mapped[str] = mapped_column(String(64), default="", index=True)  # a hash; the link itself is not kept
    invited_until: Mapped[datetime | None]


class ConsentRow(Base):
    """A browser that was sent to a vendor's consent page and has not come back; good once, for a short time."""

    __tablename__ = "consent"

    state: Mapped[str] = mapped_column(String(64), primary_key=True)  # a hash, as is `browser`
    browser: Mapped[str] = mapped_column(String(64))
    side: Mapped[str] = mapped_column(String(10))
    url: Mapped[str]
    access_id: Mapped[int] = mapped_column(ForeignKey("access.id", ondelete="CASCADE"))
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"))
    redirect: Mapped[str]
    verifier: Mapped[bytes] = mapped_column(LargeBinary)  # encrypted, bound to this row
    started_at: Mapped[datetime]
    started_by: Mapped[str]


class RulesRow(Base):
    """Every version of a connection's rules, as the whole document they were saved as."""

    __tablename__ = "rules"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str] = mapped_column(Text)  # YAML
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]
    note: Mapped[str] = mapped_column(Text, default="")
