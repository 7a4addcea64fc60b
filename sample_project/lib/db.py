"""The database: SQLite in `data/app.db`, which needs nothing, or the PostgreSQL that DATABASE_URL names.

A handler that reads takes `session: Session`; one that writes takes `session: WriteSession` and commits.
The tables are made and changed by the files in `migrations/`: `routegen db upgrade`.
"""

from pathlib import Path
from typing import Annotated

from fastapi import Depends
from routegen.database import Database
from sqlmodel.ext.asyncio.session import AsyncSession

database = Database(Path(__file__).resolve().parent.parent)

Session = Annotated[AsyncSession, Depends(database.read_session)]
WriteSession = Annotated[AsyncSession, Depends(database.write_session)]
