"""What waits for a person: conflicts, questions, rejections, and who has taken which of them in hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from reconciler.store.tables.base import Base, Key


class ConflictRow(Base):
    """A clash, held for a person or decided, with its evidence."""

    __tablename__ = "conflict"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    link_id: Mapped[int] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(String(20))
    field: Mapped[str] = mapped_column(String(80))
    salesforce: Mapped[str] = mapped_column(String(40))
    xero: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(255), default="")  # the record's name, for lists
    status: Mapped[str] = mapped_column(String(10))  # open | decided | closed
    reason: Mapped[str] = mapped_column(String(20))  # clash | first | direction | protected | resumed | undone
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    baseline: Mapped[dict[str, Any]] = mapped_column(default=dict)
    edited: Mapped[dict[str, Any]] = mapped_column(default=dict)  # side -> {by, after, until, grade}
    proposed: Mapped[str] = mapped_column(String(10), default="")
    winner: Mapped[str] = mapped_column(String(10), default="")  # salesforce | xero | value
    value: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)  # what was decided to stand
    by: Mapped[str] = mapped_column(default="")  # a person, or the rule that decided
    why: Mapped[str] = mapped_column(Text, default="")  # the person's reason, or the rule's sentence
    decision: Mapped[dict[str, Any]] = mapped_column(default=dict)  # waits for the next run to carry it out
    noted: Mapped[str] = mapped_column(Text, default="")  # an earlier decision that came too late, or to nothing
    closed_because: Mapped[str] = mapped_column(Text, default="")
    run_id: Mapped[int | None] = mapped_column(Key)
    opened_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_conflict_status", "connection_id", "status", "id"),
        Index("ix_conflict_link", "link_id", "status"),
    )


class FirstChoiceRow(Base):
    """What a person chose about one field of two records that a plan means to link."""

    __tablename__ = "first_choice"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    salesforce: Mapped[str] = mapped_column(String(40), primary_key=True)
    xero: Mapped[str] = mapped_column(String(40), primary_key=True)
    field: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), default="")
    decision: Mapped[dict[str, Any]] = mapped_column(default=dict)  # shown, value, winner, by, reason: as of a conflict
    at: Mapped[datetime]

    __table_args__ = (Index("ix_first_choice_xero", "connection_id", "xero"),)


class QuestionRow(Base):
    """Anything else that only a person can answer."""

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(String(20))  # match | removed | archived | gone | merged | undone
    kind: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(60))  # the ref the question is about
    link_id: Mapped[int | None] = mapped_column(Key)
    refs: Mapped[list[Any]] = mapped_column(default=list)
    choices: Mapped[list[Any]] = mapped_column(default=list)
    text: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(10), default="open")  # open | answered | closed
    answer: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    closed_because: Mapped[str] = mapped_column(Text, default="")
    run_id: Mapped[int | None] = mapped_column(Key)
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_question_status", "connection_id", "status", "id"),
        Index("ix_question_about", "connection_id", "about"),
        Index("ix_question_link", "link_id"),
    )


class RejectionRow(Base):
    """An action a vendor refused; on screens: needs fixing."""

    __tablename__ = "rejection"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    side: Mapped[str] = mapped_column(String(10))
    ref: Mapped[str] = mapped_column(String(60))  # the record that could not be written; the source, for a create
    link_id: Mapped[int | None] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(255), default="")
    code: Mapped[str] = mapped_column(String(80))
    field: Mapped[str] = mapped_column(String(80), default="")
    message: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text, default="")
    retry: Mapped[str] = mapped_column(String(20))
    attempted: Mapped[dict[str, Any]] = mapped_column(default=dict)  # field -> the value refused
    status: Mapped[str] = mapped_column(String(10), default="open")  # open | retrying | closed
    attempts: Mapped[int] = mapped_column(default=1)
    run_id: Mapped[int | None] = mapped_column(Key)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        Index("ix_rejection_status", "connection_id", "status", "id"),
        Index("ix_rejection_link", "link_id", "status"),
        Index("ix_rejection_ref", "connection_id", "ref"),
    )


class WorkRow(Base):
    """Who has taken something that waits in hand, and until when it is out of sight; no row: nobody, and in sight."""

    __tablename__ = "work"

    what: Mapped[str] = mapped_column(String(10), primary_key=True)  # conflict | question | rejection
    item: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    assigned_to: Mapped[str] = mapped_column(String(80), default="")  # "" for nobody
    assigned_by: Mapped[str] = mapped_column(String(80), default="")
    assigned_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    snoozed_by: Mapped[str] = mapped_column(String(80), default="")

    __table_args__ = (Index("ix_work_assigned", "connection_id", "assigned_to"),)


class CommentRow(Base):
    """What a person wrote beside something that waits.  Rows are only ever added."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(10))
    item: Mapped[int] = mapped_column(Key)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_comment_item", "what", "item", "id"),)
