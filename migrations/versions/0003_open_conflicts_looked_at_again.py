"""The queue shows only what a decision can act on: the next run looks again at every pair with an open conflict."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LINK = sa.table("link", sa.column("id"), sa.column("status"), sa.column("pending"), sa.column("due_at"))
CONFLICT = sa.table("conflict", sa.column("link_id"), sa.column("status"))


def upgrade() -> None:
    waits = sa.select(CONFLICT.c.link_id).where(CONFLICT.c.status == "open")
    again = sa.update(LINK).where(LINK.c.id.in_(waits), LINK.c.status != "closed")
    op.execute(again.values(pending=sa.true(), due_at=None))


def downgrade() -> None:
    """There is nothing to take back: looking at a pair again changes none of its values."""
