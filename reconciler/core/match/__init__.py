"""What to do about a record that has no partner: its likeness to others, and the decision that follows.

Read `deciding` first, then `judging`: when two records are linked without asking.
"""

from reconciler.core.match.deciding import (
    COVERED,
    CREATE_AS,
    LEAVE,
    LINK,
    NONE,
    NOT,
    Answer,
    Candidate,
    adopt,
    create,
    decide_new,
)

__all__ = [
    "COVERED",
    "CREATE_AS",
    "LEAVE",
    "LINK",
    "NONE",
    "NOT",
    "Answer",
    "Candidate",
    "adopt",
    "create",
    "decide_new",
]
