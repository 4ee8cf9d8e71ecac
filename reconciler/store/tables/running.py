"""What runs do: plans, the journal, full compares, and what keeps processes out of each other's way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from reconciler.store.tables.base import Base, Key


class RunRow(Base):
    """One execution, asked for, under way or over."""

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(default="")  # a person, or "schedule"
    do: Mapped[str] = mapped_column(String(10), default="run")  # run | verify (a full compare that writes nothing)
    full: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(12), default="queued")  # queued | running | a run's outcome
    plan_id: Mapped[int | None] = mapped_column(Key)
    reason: Mapped[str] = mapped_column(Text, default="")
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {"step", "done", "of"}
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the JSON of `run --json`
    message: Mapped[str] = mapped_column(Text, default="")


class PlanRow(Base):
    """What a run means to do, stored before anything is done."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    rules_version: Mapped[int]
    made_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10), default="proposed")  # proposed | held | started | done | dropped
    halted: Mapped[list[Any]] = mapped_column(default=list)
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")


class ActionRow(Base):
    """One step of a plan and, once it is carried out, its entry in the journal."""

    __tablename__ = "action"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    connection_id: Mapped[int] = mapped_column(Integer)
    run_id: Mapped[int | None] = mapped_column(Key)
    seq: Mapped[int] = mapped_column(Integer)
    do: Mapped[str] = mapped_column(String(10))  # create | update | retire | adopt | stamp
    kind: Mapped[str] = mapped_column(String(20))
    side: Mapped[str] = mapped_column(String(10))
    ref: Mapped[str] = mapped_column(String(60))  # side:id of the record written; of the source, for a create
    source: Mapped[str] = mapped_column(String(60), default="")
    link_id: Mapped[int | None] = mapped_column(Key)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)  # key -> {"from", "to"}
    notes: Mapped[dict[str, Any]] = mapped_column(default=dict)  # verdicts, evidence, opt-in proof, names
    why: Mapped[str] = mapped_column(Text, default="")
    ground: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10), default="planned")
    # planned | intended | settled | refused | moved | unknown (settled by reading) | skipped
    request: Mapped[bytes | None] = mapped_column(LargeBinary)
    key: Mapped[str] = mapped_column(String(128), default="")
    token: Mapped[int | None] = mapped_column(Integer)  # the lease's fencing token
    intended_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the side showed after; reshaped fields

    __table_args__ = (
        Index("ix_action_plan", "plan_id", "seq"),
        Index("ix_action_link", "link_id", "id"),
        Index("ix_action_ref", "connection_id", "ref"),
        Index("ix_action_run", "run_id", "state"),
        Index(
            "ix_action_intended",
            "connection_id",
            "id",
            sqlite_where=text("state = 'intended'"),
            postgresql_where=text("state = 'intended'"),
        ),
    )


class CompareRow(Base):
    """One full compare, perhaps over several runs: how far each side has been read, and what that showed."""

    __tablename__ = "compare"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), index=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    sides: Mapped[dict[str, Any]] = mapped_column(default=dict)  # side -> position, read, repaired, gone


class RepairRow(Base):
    """A change that only a full compare found, with the reason why nothing else had."""

    __tablename__ = "repair"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    compare_id: Mapped[int] = mapped_column(ForeignKey("compare.id", ondelete="CASCADE"))
    found_at: Mapped[datetime]
    side: Mapped[str] = mapped_column(String(10))
    ref: Mapped[str] = mapped_column(String(60))
    link_id: Mapped[int | None] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(255), default="")
    fields: Mapped[list[Any]] = mapped_column(default=list)
    reason: Mapped[str] = mapped_column(String(10))  # late | same_stamp | clock | unseen | gone

    __table_args__ = (Index("ix_repair_connection", "connection_id", "id"),)


class LeaseRow(Base):
    """The right to run a connection: who holds it, until when, and the fencing token."""

    __tablename__ = "lease"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    token: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str] = mapped_column(default="")  # "" when free
    host: Mapped[str] = mapped_column(default="")
    boot: Mapped[str] = mapped_column(default="")
    pid: Mapped[int] = mapped_column(default=0)
    pid_started: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[datetime | None]


class BudgetRow(Base):
    """Calls of one side: made lately, under way, left; shared by every process."""

    __tablename__ = "budget"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    side: Mapped[str] = mapped_column(String(10), primary_key=True)
    account: Mapped[dict[str, Any]] = mapped_column(default=dict)


class HeartbeatRow(Base):
    """Which long-running process was last alive when."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
