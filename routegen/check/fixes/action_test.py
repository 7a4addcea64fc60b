"""Writes the test of an action that was a handler: its page has the form, other sites cannot send it."""

from pathlib import Path

from routegen.check.finding import Edit
from routegen.handlers.kinds import Kind
from routegen.handlers.project import Context
from routegen.handlers.scope import Scope
from routegen.routes.manifest import LOADER_FILE

_HEAD = """{imports}
URL = "{url}"
ACTION = "?/{name}"
{client}
"""
_PAGE = """
def test_the_page_has_the_form(client: TestClient) -> None:
    page = client.get(URL)
    assert page.status_code == 200
    assert f'action="{ACTION}"' in page.text

"""
_MISSING = """
def test_a_form_without_its_fields_is_not_taken(client: TestClient) -> None:
    answer = client.post(URL + ACTION, data={"other": "1"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422

"""
_FOREIGN = """
def test_another_site_cannot_send_it(client: TestClient) -> None:
    answer = client.post(URL + ACTION, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
"""
_CLIENT = """

@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client

"""


def test_of(context: Context, page: Path, name: str, scope: Scope) -> Edit | None:
    """A new file in `tests/`; None when there is no such folder, or the file is there already."""
    tests = context.root / "tests"
    file = tests / f"test_{name}_action.py"
    if not tests.is_dir() or file.exists() or file in context.contents:
        return None
    parts = [
        _PAGE if not page.with_name(LOADER_FILE).exists() else "",
        _MISSING if _has_fields(scope) else "",
        _FOREIGN,
    ]
    has_client = any("def client(" in path.read_text(errors="replace") for path in tests.glob("conftest.py"))
    imports = "from fastapi.testclient import TestClient\n"
    if not has_client:
        standard = "from collections.abc import Iterator\n\nimport pytest\n"
        imports = f"{standard}{imports}\nfrom main import app\n"
    url = _url(page, context.root)
    head = _HEAD.format(
        url=url, name=name, imports=imports, client="" if has_client else _CLIENT.rstrip("\n") + "\n"
    )
    return Edit(file, 0, 0, head + "".join(parts))


def _has_fields(scope: Scope) -> bool:
    """Whether a form must have fields: parameters of `Form()` without a default."""
    return any(
        Kind.FORM_FIELD in scope.field_kinds(parameter) and parameter.default is None
        for parameter in scope.function.parameters
    )


def _url(page: Path, root: Path) -> str:
    """Of a page without parameters; the first folder below the project is the app's."""
    folders = page.parent.relative_to(root).parts[1:]
    return "/" + "/".join(folder for folder in folders if not folder.startswith("("))
