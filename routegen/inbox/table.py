"""The table of the inbox, among those that the project's migrations know."""

# ruff: noqa: TID253 - only code that works on the database imports this module
from sqlalchemy import Column, Double, Index, Integer, String, Table, Text, UniqueConstraint
from sqlmodel import SQLModel

from routegen.database import BigKey

INBOX = Table(
    "webhook_inbox",
    SQLModel.metadata,
    Column("id", BigKey, primary_key=True),
    Column("provider", String(64), nullable=False),
    Column("account", String(255), nullable=False),
    Column("event_id", String(255), nullable=False),
    Column("type", String(255), nullable=False),
    Column("payload", Text, nullable=False),  # JSON as text: `jsonb` would refuse what JSON allows (\u0000)
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("claim", String(64)),
    Column("done_at", Double),
    Column("error", Text),
    UniqueConstraint("provider", "account", "event_id"),
    Index("ix_webhook_inbox_due", "state", "due_at"),
    sqlite_autoincrement=True,
)
"""One row an event. The unique constraint, and nothing else, decides what is a duplicate."""
