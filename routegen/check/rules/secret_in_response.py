"""
# RG505 secret-in-response

A row that is answered as it is takes its password hash along.

## Finds
An answer that is a whole row, or a list of them, of a table of the project with a column such as `password_hash`,
`secret` or `refresh_token`, with no `response_model` and no annotation that leaves the column out.

## Leaves alone
Answers through a model of their own; columns marked `exclude=True`; selected columns.

## Fix
Answer with a model that holds what may be seen: `return UserPublic.model_validate(row)`.

```python bad
from lib.db import Session
from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)
    name: str
    password_hash: str


def GET(session: Session):
    user = session.get(User, 1)
    return user  # <- RG505
```

```python good
from lib.db import Session
from pydantic import BaseModel
from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    id: int = Field(primary_key=True)
    name: str
    password_hash: str


class UserPublic(BaseModel):
    name: str


def GET(session: Session) -> UserPublic:
    return session.get(User, 1)


def POST(session: Session):
    user = session.get(User, 1)
    return UserPublic.model_validate(user, from_attributes=True)
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.secret_rows import secret_rows


@rule(Severity.ERROR, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report an answer that is a whole row with a secret in it."""
    for statement, name, column in secret_rows(handler):
        yield Report(
            f"the answer is a whole `{name}`, with its `{column}`",
            "answer with a model that holds only what may be seen",
            statement.span,
        )
