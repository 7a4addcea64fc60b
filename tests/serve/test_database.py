"""`routegen serve` and the database: a fresh one is made, one that is behind is told, with the way to mend it."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.serve.live import Serving

SAMPLE = Path(__file__).parents[2] / "sample_project"
LATER = """
from alembic import op

revision = "later"
down_revision = {head!r}

def upgrade() -> None:
    op.execute("select 1")

def downgrade() -> None: ...
"""


def test_a_fresh_database_is_made_and_one_behind_is_told(
    serve: Callable[..., Serving], project: Path
) -> None:
    shutil.rmtree(project)
    shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns("data", ".env", "__pycache__"))
    serving = serve()
    assert "made the database `data/app.db` with 3 migrations" in serving.lines
    assert serving.ask("/api/products")[0] == 200
    serving.stop()
    newest = max((project / "migrations").glob("0*.py"))
    head = re.search(r'^revision = "(\w+)"$', newest.read_text(), re.M)
    assert head is not None
    (project / "migrations" / "9999_later.py").write_text(LATER.format(head=head[1]))
    serving = serve()
    serving.expect(r"lacks 1 migration")
    serving.expect(r"hint: run `routegen db upgrade`")
