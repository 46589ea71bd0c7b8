"""A database of any earlier version in; one with today's tables out. Alembic reads this folder."""
