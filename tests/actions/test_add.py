"""`routegen add action` and `add page`: what their fields become, and what no form can have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from routegen.errors import UsageError
from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a form of every type of field, and pages at odd places."""
    root = create(str(tmp_path_factory.mktemp("add") / "shop")).root
    fields = (
        *("name:str", "a:str(40)?", "b:text?", "c:int=7", "d:float", "e:decimal", "f:bool", "g:bool=true"),
        *("h:date", "i:datetime?", "j:uuid", "k:url", "l:enum(red,blue)", "m:enum(x,y)=x", "mail:email"),
    )
    for words in [
        ("action", "contact-us", *fields),
        ("page", "/"),
        ("page", "posts/[slug]"),
        ("action", "action"),
    ]:
        addition = prepare(find_project(root), AddRequest(words[0], words[1:]))
        addition.refuse_conflicts()
        apply(root, addition.changes)
    return root


def test_the_form_has_an_input_and_a_type_for_every_field(project: Path) -> None:
    page = (project / "app/contact-us/page.html").read_text()
    for part in (
        '<input type="text" {{ field("name") }} required>',
        '<input type="number" {{ field("c", "7") }}>',
        '<input type="number" step="any" {{ field("d") }} required>',
        '<textarea name="b" id="b">{{ field("b").value }}</textarea>',
        '<input type="checkbox" name="g" id="g"{{ " checked" if field("g", "on").has("on") }}>',
        '<select name="l" id="l" required>',
        '<input type="email" {{ field("mail") }} required>',
    ):
        assert part in page
    actions = (project / "app/contact-us/actions.py").read_text()
    for line in (
        "class ContactUsForm(BaseModel):",
        "    a: str | None = Field(default=None, max_length=40)",
        "    e: Decimal = Field(max_digits=12, decimal_places=2)",
        '    l: Literal["red", "blue"]',
        "    mail: Email",
        "async def contact_us(form: ContactUsForm) -> Response:",
    ):
        assert f"{line}\n" in actions
    assert "async def action_form(" in (project / "app/action/actions.py").read_text()


def test_its_own_tests_pass_and_ruff_finds_nothing(project: Path) -> None:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    for command in (
        ["pytest", "-q", "-p", "no:cacheprovider"],
        ["ruff", "check"],
        ["ruff", "format", "--check"],
    ):
        ran = subprocess.run(
            [sys.executable, "-m", *command], cwd=project, env=environment, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("data:json", "a form has no input for that"),
        ("team:ref:teams", "a form has no input for that"),
        ("email:email!", "is unique in a table, not in a form"),
        ("email", "is no field"),
        ("email:emial", "there is no type `emial`"),
    ],
)
def test_what_no_form_can_have(project: Path, field: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        prepare(find_project(project), AddRequest("action", ("other", field)))


@pytest.mark.parametrize(
    ("kind", "sent", "stored"),
    [
        ("Email", " Ada@EXAMPLE.com ", "Ada@example.com"),
        ("Email", "ada", None),
        ("Email", "a b@example.com", None),
        ("Email", "ada@-x.com", None),
        ("Email", "ada@example.com\nbcc: x", None),
        ("Url", "https://example.com/?q=1#x", "https://example.com/?q=1#x"),
        ("Url", "javascript:alert(1)", None),
        ("Url", "https://", None),
        ("Url", "https://a b", None),
        ("Url", "ftp://example.com", None),
    ],
)
def test_types_of_fields(kind: str, sent: str, stored: str | None) -> None:
    from pydantic import TypeAdapter, ValidationError

    from routegen.actions import types

    adapter: TypeAdapter[str] = TypeAdapter(getattr(types, kind))
    if stored is None:
        with pytest.raises(ValidationError, match="This is no"):
            adapter.validate_python(sent)
    else:
        assert adapter.validate_python(sent) == stored
