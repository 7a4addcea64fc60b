"""
# RG505 secret-in-response

A row that is answered as it is takes its password hash along.

## Finds
An answer that is a whole row, or a list of them, of a table of the project with a column such as `password_hash`,
`secret` or `refresh_token`, with no `response_model` and no annotation that leaves the column out. In scripts: rows of
Prisma, whose `schema.prisma` says which columns there are, rows of Drizzle and documents of Mongoose, whose table or
schema does, and rows of a list in the file; also what a `"use server"` function returns, which any client may call.

## Leaves alone
Answers through a model of their own; columns marked `exclude=True`, or `select: false` in Mongoose; selected columns;
clients that omit columns themselves, models with a `toJSON` of their own, and what takes the column away.

## Fix
Answer with a model that holds what may be seen: `return UserPublic.model_validate(row)`; with Prisma
`select: { id: true, name: true }`, with Drizzle `db.select({ id: users.id, name: users.name })`, with Mongoose
`User.find().select("name")`.

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

```prisma beside prisma/schema.prisma
model User {
  id       Int     @id
  name     String
  password String
  posts    Post[]
}

model Post {
  id       Int  @id
  author   User @relation(fields: [authorId], references: [id])
  authorId Int
}
```

```typescript beside lib/prisma.ts
import { PrismaClient } from "@prisma/client"

export const prisma = new PrismaClient()
```

```typescript bad
import { prisma } from "@/lib/prisma"

export async function GET(): Promise<Response> {
  const users = await prisma.user.findMany()
  return Response.json({ users })  // <- RG505
}
```

```prisma beside prisma/schema.prisma
model User {
  id       Int    @id
  name     String
  password String
}
```

```typescript beside lib/prisma.ts
import { PrismaClient } from "@prisma/client"

export const prisma = new PrismaClient()
```

```typescript good
import { prisma } from "@/lib/prisma"

export async function GET(): Promise<Response> {
  const users = await prisma.user.findMany({ select: { id: true, name: true } })
  return Response.json({ users })
}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.action_functions import PageFunction
from routegen.handlers.secret_rows import secret_rows


@rule(Severity.ERROR, pages=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report an answer that is a whole row with a secret in it."""
    if isinstance(handler, PageFunction) and handler.module.lang == "python":
        return  # its page is made on the server: who looks at it gets what the template says
    for statement, name, column in secret_rows(handler):
        yield Report(
            f"the answer is a whole `{name}`, with its `{column}`",
            "answer with a model that holds only what may be seen",
            statement.span,
        )
