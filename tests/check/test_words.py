"""What rules say of a script is said in its language."""

import ast
from pathlib import Path

from routegen.check import check, read_selection, words
from routegen.check.files import find_targets

CHECK = Path(words.__file__).parent


def test_every_word_that_has_another_name_in_scripts_is_one_that_a_rule_says() -> None:
    said = {
        node.value
        for file in (*CHECK.rglob("rules/*.py"), *(CHECK.parent / "handlers").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    replaced = {python: words.in_script(python) for python in words.PYTHON}
    assert [python for python in replaced if not any(python in text for text in said)] == []
    assert all(script != python for python, script in replaced.items())


def test_a_row_of_a_script_needs_no_model(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"next": "15.1.0"}}')
    (tmp_path / "schema.prisma").write_text("model User {\n  password String\n}\n")
    (tmp_path / "app/users").mkdir(parents=True)
    (tmp_path / "app/users/route.ts").write_text(
        'import { PrismaClient } from "@prisma/client"\nconst prisma = new PrismaClient()\n'
        "export async function GET() {\n  return Response.json(await prisma.user.findMany())\n}\n"
    )
    (found,) = check(find_targets([tmp_path]), read_selection({}, select=["RG505"])).findings
    assert found.hint == (
        "name the fields that may be seen: `select` of Prisma, columns of Drizzle, `.select()` of Mongoose"
    )
