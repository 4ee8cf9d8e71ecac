"""The tables: links and their baselines, last seen, plans, the journal, and what waits for a person.

Declared on a plain `DeclarativeBase`; the portal binds the same metadata.  JSON columns hold canonical
fields as `{key: value}`, groups as lists in the order of their members.
"""

from reconciler.store.tables.base import Base, of
from reconciler.store.tables.connecting import (
    AccessRow,
    ConnectionRow,
    ConsentRow,
    DraftRow,
    DraftSideRow,
    RulesRow,
    ShapesRow,
    SideRow,
)
from reconciler.store.tables.linking import ApartRow, LinkRow, MatchKeyRow, RecordRow
from reconciler.store.tables.people import EventRow, MailingRow, SavedViewRow, UserRow
from reconciler.store.tables.running import (
    ActionRow,
    BudgetRow,
    CompareRow,
    HeartbeatRow,
    LeaseRow,
    PlanRow,
    RepairRow,
    RunRow,
)
from reconciler.store.tables.waiting import (
    CommentRow,
    ConflictRow,
    FirstChoiceRow,
    QuestionRow,
    RejectionRow,
    WorkRow,
)

__all__ = [
    "AccessRow",
    "ActionRow",
    "ApartRow",
    "Base",
    "BudgetRow",
    "CommentRow",
    "CompareRow",
    "ConflictRow",
    "ConnectionRow",
    "ConsentRow",
    "DraftRow",
    "DraftSideRow",
    "EventRow",
    "FirstChoiceRow",
    "HeartbeatRow",
    "LeaseRow",
    "LinkRow",
    "MailingRow",
    "MatchKeyRow",
    "PlanRow",
    "QuestionRow",
    "RecordRow",
    "RejectionRow",
    "RepairRow",
    "RulesRow",
    "RunRow",
    "SavedViewRow",
    "ShapesRow",
    "SideRow",
    "UserRow",
    "WorkRow",
    "of",
]
