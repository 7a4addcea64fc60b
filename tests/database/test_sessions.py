"""Sessions on both databases: many writers at once, what is refused, and lists in pages."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import OperationalError
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from routegen import database as db
from routegen.database.answers import answer_to
from routegen.database.engine import make_engine
from routegen.database.migrations import connected
from routegen.database.testing import make_row
from routegen.database.url import parse


class Shelf(SQLModel, table=True):
    __tablename__ = "order"  # a keyword of SQL

    id: int | None = Field(default=None, primary_key=True, sa_type=db.BigKey)
    select: str = Field(default="x", max_length=20, unique=True)


class Thing(SQLModel, table=True):
    __tablename__ = "things_of_this_test"
    __table_args__ = (sa.UniqueConstraint("a", "b"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=db.BigKey)
    a: int = Field(sa_type=sa.BigInteger)
    b: str | None = Field(default=None, max_length=50)
    price: Decimal | None = Field(default=None, sa_type=db.Money(12, 2))
    day: date | None = None
    at: datetime | None = None
    key: UUID | None = None
    flag: bool | None = None
    score: float | None = None
    shelf_id: int | None = Field(default=None, foreign_key="order.id", sa_type=sa.BigInteger)


class ThingPublic(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    a: int


SORTS = ["id", "a", "b", "price", "day", "at", "key", "flag", "score", "shelf_id"]
TABLES = [SQLModel.metadata.tables[name] for name in ("order", "things_of_this_test")]


class ThingQuery(db.ListQuery):
    sort: Literal[
        "id", "-id", "a", "-a", "b", "-b", "price", "-price", "day", "-day", "at", "-at", "key", "-key", "flag",
        "-flag", "score", "-score", "shelf_id", "-shelf_id",
    ] = "id"  # fmt: skip
    b: Annotated[str, db.Text(50)] | None = None
    price: Annotated[Decimal, db.Digits(12, 2)] | None = None


@pytest.fixture
def database(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> db.Database:
    monkeypatch.setenv("DATABASE_URL", url)
    with connected(parse(url, tmp_path)) as connection:
        SQLModel.metadata.create_all(connection, tables=TABLES)
        connection.commit()
    return db.Database(tmp_path)


@pytest.fixture
def client(database: db.Database) -> TestClient:
    app = FastAPI()
    session = Annotated[AsyncSession, Depends(database.write_session)]

    @app.get("/things")
    async def things(session: session, query: Annotated[ThingQuery, Query()]) -> db.Page[ThingPublic]:
        return await db.paginate(session, select(Thing), query, ThingPublic)

    @app.post("/things")
    async def add(session: session, values: dict[str, Any]) -> int | None:
        thing = Thing(**values)
        session.add(thing)
        await session.commit()
        return thing.id

    @app.delete("/shelves/{id}")
    async def remove(session: session, id: int) -> None:
        await session.delete(await session.get(Shelf, id))
        await session.commit()

    return TestClient(app, raise_server_exceptions=False)


def test_32_writers_at_once_lose_nothing(database: db.Database) -> None:
    async def main() -> int:
        async with database.open(write=True) as session:
            session.add(Thing(a=0))
            await session.commit()

        async def count() -> None:
            for _ in range(5):
                async with database.open(write=True) as session:
                    thing = await session.get(Thing, 1, with_for_update=True)
                    assert thing is not None
                    await asyncio.sleep(
                        0
                    )  # a read, a pause and a write: what a deferred transaction fails at
                    thing.a += 1
                    await session.commit()

        await asyncio.gather(*(count() for _ in range(32)))
        async with database.open() as session:
            thing = await session.get(Thing, 1)
            assert thing is not None
            return thing.a

    began = time.monotonic()
    assert asyncio.run(main()) == 32 * 5
    assert time.monotonic() - began < 20


def test_readers_do_not_wait_for_a_writer(database: db.Database) -> None:
    async def main() -> None:
        async with database.open(write=True) as writer:
            writer.add(Thing(a=1))
            await writer.flush()
            async with asyncio.timeout(2), database.open() as reader:
                assert (await reader.exec(select(Thing))).all() == []

    asyncio.run(main())


def test_what_is_not_committed_is_gone(database: db.Database) -> None:
    async def main() -> int:
        async with database.open(write=True) as session:
            session.add(Thing(a=1))
            await session.flush()
        async with database.open() as session:
            return len((await session.exec(select(Thing))).all())

    assert asyncio.run(main()) == 0


def test_conflicts_are_409_without_sql(client: TestClient, database: db.Database) -> None:
    shelf = make_row(database, Shelf)["id"]
    assert client.post("/things", json={"a": 1, "b": "x", "shelf_id": shelf}).status_code == 200
    answers = {
        "`a` with `b` is taken already": client.post("/things", json={"a": 1, "b": "x"}),
        "It refers to a row that does not exist": client.post("/things", json={"a": 2, "shelf_id": 999}),
        "Other rows refer to this one": client.delete(f"/shelves/{shelf}"),
    }
    for sentence, answer in answers.items():
        assert (answer.status_code, answer.json()["detail"]) == (409, sentence)


def test_what_slips_through_is_422(client: TestClient) -> None:
    for values in ({"a": 2**63}, {"a": None}):
        assert client.post("/things", json=values).status_code in (422, 500)
    assert client.post("/things", json={"a": None}).status_code == 422


def test_a_locked_database_is_503() -> None:
    answer = answer_to(OperationalError("UPDATE x", {}, Exception("database is locked")))
    assert isinstance(answer, HTTPException)
    assert (answer.status_code, answer.headers) == (503, {"Retry-After": "1"})


def test_a_missing_table_names_the_way_out(client: TestClient, url: str, tmp_path: Path) -> None:
    with connected(parse(url, tmp_path)) as connection:
        SQLModel.metadata.drop_all(connection, tables=TABLES)
        connection.commit()
    loud = TestClient(client.app)
    with pytest.raises(Exception, match="the database is behind the models"):
        loud.get("/things")


@pytest.fixture
def rows(client: TestClient, database: db.Database) -> list[int]:
    """Nine rows of which some have equal values, and some none."""
    shelf = make_row(database, Shelf)["id"]

    async def main() -> None:
        async with database.open(write=True) as session:
            for n in range(9):
                value = None if n % 4 == 3 else n // 2
                filled = value is not None
                session.add(
                    Thing(
                        a=n,
                        b=f"b{value}" if filled else None,
                        price=Decimal(value) / 4 if filled else None,
                        day=date(2026, 1, 1 + value) if filled else None,
                        at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=value) if filled else None,
                        key=UUID(int=value) if filled else None,
                        flag=bool(value % 2) if filled else None,
                        score=value / 3 if filled else None,
                        shelf_id=shelf if filled else None,
                    )
                )
                await session.flush()
            await session.commit()

    asyncio.run(main())
    return list(range(1, 10))


@pytest.mark.parametrize("sort", SORTS)
def test_pages_hold_every_row_once_and_in_order(client: TestClient, rows: list[int], sort: str) -> None:
    for order in (sort, f"-{sort}"):
        whole = [row["id"] for row in client.get("/things", params={"sort": order}).json()["items"]]
        assert sorted(whole) == rows
        found: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            asked = {"sort": order, "limit": 2, **({"cursor": cursor} if cursor else {})}
            page = client.get("/things", params=asked).json()
            found += [row["id"] for row in page["items"]]
            cursor = page["next"]
        assert found == whole
        if sort not in ("id", "a"):
            assert set(whole[-2:]) == {4, 8}, "rows without a value come last"


def test_filters(client: TestClient, rows: list[int]) -> None:
    assert [row["a"] for row in client.get("/things", params={"b": "b1"}).json()["items"]] == [2]
    assert [row["a"] for row in client.get("/things", params={"price": "0.25"}).json()["items"]] == [2]
    assert client.get("/things", params={"nothing": "1"}).status_code == 422


def made_up(*parts: object) -> str:
    import base64
    import json

    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("sort", "cursor"),
    [
        ("id", "x"),
        ("id", "AAAA"),
        ("id", made_up("a", 1, 1)),
        ("id", made_up("id", 1)),
        ("id", made_up("id", 1, 2**63)),
        ("id", made_up("id", 1, "1")),
        ("a", made_up("a", 2**63, 1)),
        ("a", made_up("a", "x", 1)),
        ("b", made_up("b", "\0", 1)),
        ("b", made_up("b", "\ud800", 1)),
        ("b", made_up("b", {"a": 1}, 1)),
        ("price", made_up("price", "NaN", 1)),
        ("price", made_up("price", "1e99", 1)),
        ("at", made_up("at", "2026-01-01T00:00:00", 1)),
        ("at", made_up("at", "0001-01-01T00:00:00+23:00", 1)),
        ("key", made_up("key", "x", 1)),
        ("score", made_up("score", float("nan"), 1)),
        ("id", "x" * 2000),
    ],
)
def test_a_made_up_cursor_is_404(client: TestClient, rows: list[int], sort: str, cursor: str) -> None:
    assert client.get("/things", params={"sort": sort, "cursor": cursor}).status_code == 404


def test_an_engine_closes_with_its_loop(database: db.Database) -> None:
    async def main() -> Any:
        async with database.open() as session:
            await session.exec(select(Thing))
        return (await database.engine()).pool

    pool = asyncio.run(main())
    assert pool.checkedin() == 0, "disposed"


def test_sqlite_is_set_up(tmp_path: Path) -> None:
    async def main() -> list[Any]:
        engine = make_engine(parse("sqlite:///app.db", tmp_path))
        async with engine.connect() as connection:
            names = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
            found = [(await connection.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in names]
        await engine.dispose()
        return found

    assert asyncio.run(main()) == ["wal", 1, 10_000, 1]
