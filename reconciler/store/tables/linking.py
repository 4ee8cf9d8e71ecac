"""What belongs together and what was last seen: links with their baselines, records, and the keys that match them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from reconciler.store.tables.base import Base, Key


# SQLite uses a partial index only for a condition that reads as its own does: `pending = 1`, as SQLAlchemy writes it.
class LinkRow(Base):
    """Two refs known to be the same thing, and per side the baseline."""

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    salesforce: Mapped[str] = mapped_column(String(40))
    xero: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(10), default="active")  # active | suspended | closed
    closed_because: Mapped[str] = mapped_column(Text, default="")
    closed_as: Mapped[str] = mapped_column(String(10), default="")  # merged (reopens if it returns) | unlinked | undone
    former: Mapped[list[Any]] = mapped_column(default=list)  # refs of records that were merged into those it has now
    baseline_salesforce: Mapped[dict[str, Any]] = mapped_column(default=dict)
    baseline_xero: Mapped[dict[str, Any]] = mapped_column(default=dict)
    pending: Mapped[bool] = mapped_column(default=True)
    due_at: Mapped[datetime | None]  # pending, but not before
    resumed: Mapped[bool] = mapped_column(default=False)
    own_name: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_link_salesforce", "connection_id", "salesforce"),
        Index("ix_link_xero", "connection_id", "xero"),
        Index(
            "ix_link_pending",
            "connection_id",
            "id",
            sqlite_where=text("pending = 1"),
            postgresql_where=text("pending"),
        ),
    )


class RecordRow(Base):
    """Last seen: the newest reading of a record, linked or not."""

    __tablename__ = "record"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    side: Mapped[str] = mapped_column(String(10))
    ref: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    link_id: Mapped[int | None] = mapped_column(Key)
    version: Mapped[str] = mapped_column(String(40))
    changed_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    read_at: Mapped[datetime]  # when this reading was made, on the side's clock
    status: Mapped[str] = mapped_column(String(10))
    flag: Mapped[bool] = mapped_column(default=False)
    partner: Mapped[str] = mapped_column(String(60), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)  # groups, roles, merged_into, by
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    edits: Mapped[dict[str, Any]] = mapped_column(default=dict)  # field -> evidence of its latest edit
    written_at: Mapped[datetime | None]  # the stamp of our own latest write, on the side's clock
    name_key: Mapped[str] = mapped_column(String(255), default="")  # a name may be taken
    pending: Mapped[bool] = mapped_column(default=True)  # unlinked, and not yet decided about
    # Why it has no partner: question | covered | left | out | refused | merged | undone
    unlinked: Mapped[str] = mapped_column(String(20), default="")
    covered_by: Mapped[int | None] = mapped_column(Key)  # the link that stands for it
    compared: Mapped[int | None] = mapped_column(Key)  # the newest full compare that saw it

    __table_args__ = (
        UniqueConstraint("connection_id", "side", "ref"),
        Index("ix_record_link", "link_id"),
        Index("ix_record_name", "connection_id", "side", "name_key"),
        Index("ix_record_partner", "connection_id", "side", "partner"),
        Index(
            "ix_record_pending",
            "connection_id",
            "id",
            sqlite_where=text("pending = 1"),
            postgresql_where=text("pending"),
        ),
    )


class MatchKeyRow(Base):
    """What a record is found by when a partner is looked for: one row a key, hashed with its side."""

    __tablename__ = "match_key"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    record_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class ApartRow(Base):
    """Two records that a person said are not the same: never asked about again."""

    __tablename__ = "apart"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    salesforce: Mapped[str] = mapped_column(String(40), primary_key=True)
    xero: Mapped[str] = mapped_column(String(40), primary_key=True)
    by: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
