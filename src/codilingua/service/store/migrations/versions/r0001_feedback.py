"""Feedback and preferences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer),
        sa.Column("lang", sa.Text),
        sa.Column("ui", sa.Text),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("catalog", sa.Text, nullable=False),
        sa.Column("ranker", sa.Text, nullable=False),
    )
    op.create_index("feedback_at", "feedback", ["at", "id"])
    op.create_table(
        "preferences",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
