<%
    def written(lines):
        return "\n".join(line for line in (lines or "pass").splitlines() if "# ###" not in line).strip()
%>\
"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${written(upgrades)}


def downgrade() -> None:
    ${written(downgrades)}
