"""A link into Xero names the organisation by its short code, for people who belong to several."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SIDES = ("side", "draft_side")


def upgrade() -> None:
    for table in SIDES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("short_code", sa.String(length=20), nullable=False, server_default=""))


def downgrade() -> None:
    for table in SIDES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("short_code")
