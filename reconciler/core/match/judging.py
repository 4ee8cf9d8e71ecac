"""Which likenesses are worth a question, and which are certain enough to be no question.

Linked without asking: records of which one names the other; or whose names agree and one independent source beside
the name (a number, the mail, the place), nothing contradicts, and no other record on either side comes into question.
A mailbox that others have too, an accountant's, counts only beside another source: her clients may be namesakes.
Names that differ by more than spelling are always asked about: a holding and its subsidiary share everything else.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.match.evidence import Evidence
from reconciler.core.match.naming import Likeness

# Each of these takes away what one agreeing source gives; "tax", "far" and "form" cannot be made up for.
_DOUBTS = frozenset({"phone", "email"})
_LENT = frozenset({"web"})
_DECISIVE = frozenset({"tax", "far", "form"})


def worth_asking(found: Evidence) -> bool:
    """Whether two records may be one thing, so that a person must say so before anything is created."""
    if found.reasons & {"id", "name", "tax"} or "form" in found.against:
        return True
    if "tax" in found.against:
        return False
    if "email" in found.reasons:
        return True
    if found.likeness is Likeness.NEAR:
        return bool(found.sources) or not found.against
    if found.likeness is Likeness.LOOSE:
        return bool(found.sources)
    return {"web", "place"} <= found.sources


def likely_twice(found: Evidence) -> bool:
    """Whether two records of one side are likely to be one thing that it holds twice."""
    if found.against & _DECISIVE or found.likeness is Likeness.OTHER:
        return False
    if found.likeness is Likeness.SAME:
        return bool(found.sources) or not found.against
    if found.likeness is Likeness.NEAR:
        return len(found.sources) > len(found.against & _DOUBTS)
    return "number" in found.sources and len(found.sources) > 1


def certain(found: Evidence) -> bool:
    """Whether two records are one thing by themselves, rivals apart."""
    if "id" in found.reasons:
        return True
    if found.against & _DECISIVE:
        return False
    sources, doubts = found.sources, found.against & _DOUBTS
    if found.likeness is Likeness.SAME:
        saying = sources if len(sources) > 1 else sources - _LENT | found.sources_alone
        return len(saying) > len(doubts)
    slip_made_good = len(sources) > 1 and not doubts and ("number" in sources or found.own_web)
    return found.likeness is Likeness.NEAR and slip_made_good


def chosen(found: Evidence, others: Iterable[Evidence]) -> bool:
    """Whether this is the one to link with, though there are `others`: further candidates, and rivals for the same."""
    return certain(found) and all(_beside(found, other) for other in others)


def _beside(best: Evidence, other: Evidence) -> bool:
    """Whether `other` does not come into question beside the best."""
    if "id" in best.reasons:
        return "id" not in other.reasons
    if "id" in other.reasons:
        return False
    if "tax" in other.reasons:  # a group with one number: its companies go by their names
        return "tax" in best.reasons and best.likeness is Likeness.SAME and other.likeness <= Likeness.LOOSE
    if "tax" in other.against:
        return True
    if best.likeness is Likeness.SAME and other.likeness <= Likeness.LOOSE:
        return True
    settled = bool(best.sources & {"number", "place"})
    return settled and "place" not in other.sources and bool(other.against & {"far", "phone"})
