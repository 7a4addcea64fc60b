"""Brings a database to what the models say, by the files in `migrations/`: a thin layer over Alembic's API.

There is no `alembic.ini` and no `env.py`: the folder holds the migrations and nothing else.
"""

# ruff: noqa: TID253 - only code that works on the database imports this package
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from dotenv import load_dotenv
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from routegen.database.answers import BehindError, explain_connecting
from routegen.database.drops import Drop, drops_of
from routegen.database.url import database_url, folder_of, make_folder, shown
from routegen.errors import ConflictError, ProjectError

FOLDER = "migrations"
_LOCK = 0x726F757465  # any number that nobody else takes for an advisory lock


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `migrations/`: its revision id, its path, what it says it does and what it would drop."""

    revision: str
    file: Path
    title: str
    drops: tuple[Drop, ...]


@dataclass(frozen=True, slots=True)
class State:
    """Where a database stands: the migrations that it has, and those that it lacks, oldest first."""

    database: str
    done: tuple[Migration, ...]
    pending: tuple[Migration, ...]


def state(root: Path, url: URL | None = None) -> State:
    """What the database of the project at `root` has and lacks; a database that is not there lacks everything.

    Raises:
        ProjectError: the migrations contradict themselves, or the database knows one that they lack.
        BehindError: the database cannot be reached.
    """
    url = url or url_of(root)
    folder_of(url, root)
    current = () if _is_absent(url) else _current(url)
    return _state(root, url, current)


def behind(root: Path) -> BehindError | None:
    """What a server should say at its start, with the way to mend it; None when nothing is the matter.

    It takes a moment (it imports SQLAlchemy and connects), so a server asks in a thread.
    """
    if not (root / FOLDER).is_dir():
        return None
    try:
        found = state(root)
    except BehindError as error:
        return error
    except ProjectError as error:
        return BehindError(error.message, hint=error.hint)
    if not found.pending:
        return None
    count = f"{len(found.pending)} migration{'s' * (len(found.pending) > 1)}"
    return BehindError(f"the database `{found.database}` lacks {count}", hint="run `routegen db upgrade`")


def upgrade(root: Path, url: URL | None = None, *, allow_drop: bool = False) -> list[Migration]:
    """Run what is pending, each migration in a transaction of its own. Returns what was run.

    Raises:
        ConflictError: a migration would drop data, and `allow_drop` is not given; nothing was run.
        ProjectError: a migration fails; those before it have run. Or as `state`.
    """
    url = url or url_of(root)
    pending = state(root, url).pending
    losses = [drop for migration in pending for drop in migration.drops]
    if losses and not allow_drop:
        raise ConflictError(
            "nothing was run: data would be lost by " + ", ".join(f"`{drop}`" for drop in losses),
            hint="make a backup, then give `--allow-drop`",
        )
    if pending:
        make_folder(url, root)
        scripts = scripts_of(root)
        with connected(url) as connection:
            _lock(connection)
            _run(scripts, connection)
    return list(pending)


def url_of(root: Path) -> URL:
    """The database of the project, its `.env` read as the server reads it."""
    load_dotenv(root / ".env")
    return database_url(root)


def load_models(root: Path) -> None:
    """Import the project's models, so that `SQLModel.metadata` holds its tables."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    for module in ("lib.db", "lib.models"):
        if (root / module.replace(".", "/")).with_suffix(".py").is_file() or (root / "lib/models").is_dir():
            import_module(module)


def scripts_of(root: Path) -> ScriptDirectory:
    """The migrations as Alembic sees them.

    Raises:
        ProjectError: there is no folder of migrations.
    """
    folder = root / FOLDER
    if not folder.is_dir():
        raise ProjectError(
            f"there is no folder `{FOLDER}`", hint="run `routegen db migrate` or `routegen add crud`"
        )
    return ScriptDirectory(folder, version_locations=[folder])


@contextmanager
def connected(url: URL) -> Generator[Connection]:
    """A connection for changing the schema: on SQLite in real transactions, foreign keys off while tables are copied.

    Raises:
        BehindError: the database cannot be reached.
    """
    sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(url.set(drivername="sqlite") if sqlite else url)
    if sqlite:
        event.listen(engine, "connect", _by_hand)
        event.listen(engine, "begin", _begin_immediate)
    explain_connecting(engine)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def context_of(connection: Connection) -> MigrationContext:
    """Alembic's view of a connection, with the models to compare it with."""
    return MigrationContext.configure(connection, opts={**_OPTIONS, "target_metadata": SQLModel.metadata})


_OPTIONS: dict[str, Any] = {
    "render_as_batch": True,
    "compare_type": True,
    "transactional_ddl": True,
    "transaction_per_migration": True,
}


def _state(root: Path, url: URL, current: tuple[str, ...]) -> State:
    with _explained():
        scripts = scripts_of(root)
        ordered = [_migration(script) for script in scripts.walk_revisions()][::-1]
        _refuse_unknown(current, ordered, shown(url, root))
        heads = scripts.get_heads()
        if len(heads) > 1:
            files = ", ".join(f"`{_file(scripts.get_revision(head)).name}`" for head in heads)
            raise ProjectError(
                f"`{FOLDER}` has two ends: {files}",
                hint="let `down_revision` of one name the other's `revision`",
            )
        done = (
            {script.revision for script in scripts.iterate_revisions(current, "base")}
            if current
            else set[str]()
        )
    return State(
        shown(url, root),
        tuple(migration for migration in ordered if migration.revision in done),
        tuple(migration for migration in ordered if migration.revision not in done),
    )


def _refuse_unknown(current: Iterable[str], known: Iterable[Migration], database: str) -> None:
    for revision in sorted(set(current) - {migration.revision for migration in known}):
        raise ProjectError(
            f"the database `{database}` has run the migration `{revision}`, which is not in `{FOLDER}`",
            hint="take its file back from version control, or let `DATABASE_URL` name another database",
        )


def _migration(script: Script) -> Migration:
    file = _file(script)
    return Migration(script.revision, file, script.doc.removesuffix("."), drops_of(file))


def _file(script: Script) -> Path:
    return Path(script.path)


def _is_absent(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def _current(url: URL) -> tuple[str, ...]:
    with connected(url) as connection:
        return MigrationContext.configure(connection).get_current_heads()


def _run(scripts: ScriptDirectory, connection: Connection) -> None:
    running: list[str] = []

    def steps(revision: Any, _: MigrationContext) -> Iterator[Any]:
        for step in scripts._upgrade_revs("heads", revision):  # pyright: ignore[reportPrivateUsage]
            running[:] = [_file(step.revision).name]
            yield step

    try:
        with (
            _explained(),
            EnvironmentContext(Config(), scripts, fn=steps, destination_rev="heads") as environment,
        ):
            environment.configure(connection=connection, target_metadata=SQLModel.metadata, **_OPTIONS)
            with environment.begin_transaction():
                environment.run_migrations()
        connection.commit()
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise ProjectError(
            f"the migration `{''.join(running)}` fails, and nothing of it was kept: {reason}",
            hint=f"correct it in `{FOLDER}` and run `routegen db upgrade` again",
        ) from error


def _lock(connection: Connection) -> None:
    """Two hosts that start at once must not both migrate; the lock goes with the connection."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()


def _by_hand(connection: Any, _: Any) -> None:
    """Let no driver begin and end transactions: sqlite3 would not begin one before `CREATE TABLE`."""
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("SELECT 1 FROM sqlite_schema").close()  # a file that is no database is found out here


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _explained() -> Generator[None]:
    """Alembic's complaints in the house's form."""
    try:
        yield
    except (CommandError, RevisionError) as error:
        raise ProjectError(
            f"`{FOLDER}`: {error}", hint="take the missing migration back from version control"
        ) from error
