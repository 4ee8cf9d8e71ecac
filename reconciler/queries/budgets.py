"""Calls: used, left, and whether they last, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from reconciler.core.budget import LOOKS, MINUTE, Account, Ceiling, lasts_until, stretched
from reconciler.core.model import Side
from reconciler.store import budgets

STARTER = 1_000  # Xero's smallest tier: calls a day


@dataclass(frozen=True, slots=True)
class BudgetView:
    """One side's calls.  `left` and `limit` are None where the side has not told yet."""

    side: str
    minute: int
    under_way: int
    used: int  # by Concord, since `day_from`
    left: int | None
    limit: int | None
    day_from: datetime | None
    day_ends: datetime | None
    spent_at: datetime | None  # forecast; None: they last
    apart: timedelta | None  # how far apart syncs are kept, when that is further than asked for

    @property
    def is_starter(self) -> bool:
        """Whether the day's limit is as small as Xero's smallest tier."""
        return self.limit is not None and self.limit <= STARTER

    @property
    def is_spent(self) -> bool:
        """Whether only the calls kept for looking are left."""
        return self.left is not None and self.left <= LOOKS

    @property
    def gone(self) -> int | None:
        """How many of the day's calls are gone, whoever made them."""
        return None if self.left is None or self.limit is None else max(0, self.limit - self.left)


def budgets_of(session: Session, connection_id: int, now: datetime, every: timedelta) -> tuple[BudgetView, ...]:
    """Every side that has been asked, in the order of the sides."""
    found = budgets.accounts(session.connection(), connection_id)
    return tuple(_view(side, found[side], now, every) for side in Side if side in found)


def _view(side: Side, account: Account, now: datetime, every: timedelta) -> BudgetView:
    ceiling = Ceiling()
    apart = stretched(account, ceiling, every, now)
    return BudgetView(
        side=side.value,
        minute=sum(at > now - MINUTE for at in (*account.recent, *account.under_way.values())),
        under_way=len(account.under_way),
        used=account.used,
        left=account.left,
        limit=account.limit,
        day_from=account.day_from,
        day_ends=account.day_ends(),
        spent_at=lasts_until(account, ceiling, now),
        apart=apart if apart > every else None,
    )
