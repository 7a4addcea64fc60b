"""Writes the migration that makes of the database what the models say; what would lose data is left out or asked for."""

# ruff: noqa: TID253 - only code that works on the database imports this package
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from sqlalchemy import Connection
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from routegen.database.columns import Money
from routegen.database.migrations import FOLDER, connected, context_of, load_models, scripts_of, state, url_of
from routegen.database.url import make_folder
from routegen.errors import ConflictError

_TEMPLATE = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {parent}


def upgrade() -> None:
    """Bring the database forwards."""
    {upgrade}


def downgrade() -> None:
    """Take it back."""
    {downgrade}
'''


@dataclass(frozen=True, slots=True)
class Written:
    """A new migration: its file and text, and what it leaves in the database although the models lack it.

    `unfilled` are the columns that it adds, which must have a value and have no default: it fails where rows exist.
    """

    file: Path
    text: str
    left_out: tuple[str, ...]
    unfilled: tuple[str, ...] = ()


def migrate(root: Path, title: str, *, allow_drop: bool = False) -> Written | None:
    """Compare the database of the project with its models and write the migration; None when nothing differs.

    Raises:
        ConflictError: the database has not run all migrations yet, so what it lacks is not known.
        ProjectError: the migrations contradict themselves.
    """
    (root / FOLDER).mkdir(exist_ok=True)
    url = url_of(root)
    if state(root, url).pending:
        raise ConflictError(
            "the database has not run every migration", hint="run `routegen db upgrade` first"
        )
    make_folder(url, root)
    load_models(root)
    with connected(url) as connection:
        script = _difference(connection)
        left_out = () if allow_drop else _leave_out_drops(script.upgrade_ops)
        if script.upgrade_ops is None or script.upgrade_ops.is_empty():
            return None if not left_out else Written(root, "", left_out)
        script.downgrade_ops = script.upgrade_ops.reverse()
        text, file = _rendered(script, root, title, connection)
    file.write_text(text, encoding="utf-8")
    return Written(file, text, left_out, _unfilled(script.upgrade_ops))


def differences(connection: Connection) -> list[str]:
    """What a database lacks or has besides what the (imported) models say, in words; empty when it fits."""
    found = _difference(connection).upgrade_ops
    return [] if found is None else [_in_words(op) for op in _flat(found)]


def _difference(connection: Connection) -> ops.MigrationScript:
    return produce_migrations(context_of(connection), SQLModel.metadata)


def _flat(container: Any) -> list[Any]:
    return [
        leaf for op in container.ops for leaf in (_flat(op) if isinstance(op, ops.ModifyTableOps) else [op])
    ]


def _leave_out_drops(container: Any) -> tuple[str, ...]:
    """Take out of the operations what would lose data. Returns what it was, in words."""
    gone: list[str] = []
    for op in list(container.ops):
        if isinstance(op, ops.ModifyTableOps):
            gone += _leave_out_drops(op)
            if op.is_empty():
                container.ops.remove(op)
        elif isinstance(op, ops.DropTableOp | ops.DropColumnOp):
            gone.append(_in_words(op))
            container.ops.remove(op)
    return tuple(gone)


def _unfilled(container: Any) -> tuple[str, ...]:
    added = [op for op in _flat(container) if isinstance(op, ops.AddColumnOp)]
    return tuple(
        f"{op.table_name}.{op.column.name}"
        for op in added
        if not op.column.nullable and op.column.server_default is None
    )


def _in_words(op: Any) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(op).__name__.removesuffix("Op")).lower()
    column = getattr(op, "column_name", None) or getattr(getattr(op, "column", None), "name", None)
    name = ".".join(str(part) for part in (op.table_name, column) if part)
    return f"{words} {name}"


def _rendered(script: Any, root: Path, title: str, connection: Connection) -> tuple[str, Path]:
    scripts = scripts_of(root)
    parent = scripts.get_current_head()
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "change"
    revision = hashlib.sha256(f"{parent} {slug}".encode()).hexdigest()[:12]
    number = sum(1 for _ in scripts.walk_revisions()) + 1
    code = [
        render_python_code(
            part, render_as_batch=True, render_item=_item, migration_context=context_of(connection)
        )
        for part in (script.upgrade_ops, script.downgrade_ops)
    ]
    text = _TEMPLATE.format(
        title=title.strip().rstrip(".").capitalize(),
        revision=revision,
        parent=f'"{parent}"' if parent else None,
        upgrade=_plain(code[0]),
        downgrade=_plain(code[1]),
    )
    return text, root / FOLDER / f"{number:04}_{slug}.py"


def _plain(code: str) -> str:
    """Without Alembic's marks of what it wrote itself, which say nothing once the file is reviewed."""
    return "\n".join(
        line
        for line in code.splitlines()
        if "auto generated by Alembic" not in line and "### end" not in line
    ).strip()


def _item(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """The types that live in libraries as plain ones: a migration must read the same in ten years."""
    if kind != "type":
        return False
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Money):
        return f'sa.Numeric({item.digits}, {item.places}).with_variant(sa.BigInteger(), "sqlite")'
    return False
