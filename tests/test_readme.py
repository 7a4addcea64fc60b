"""The README says what is there: its commands exist, its generated parts are the program's own words."""

import difflib
import html
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from routegen.cli.commands import load, names
from routegen.routes.segment import parse
from routegen.scaffold.catalog import Catalog
from tests import pictures, readme

TEXT = readme.README.read_text(encoding="utf-8")
CONSOLE = [
    line.removeprefix("$ ").split("  #")[0].strip()
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
]
PROJECT_PAGES = [
    line.strip().split("  ")[0]
    for name in ("README.md.jinja", "AGENTS.md.jinja")
    for line in (readme.ROOT / "templates/project" / name).read_text(encoding="utf-8").splitlines()
    if line.startswith("    ")
]
ROUTEGEN = sorted({line for line in (*CONSOLE, *PROJECT_PAGES) if line.startswith("routegen ")})
MAKE = sorted({line.split()[1] for line in CONSOLE if line.startswith("make")})


@pytest.mark.parametrize("page", readme.PAGES, ids=lambda page: page.name)
def test_the_generated_parts_are_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    changes = list(difflib.unified_diff(text.splitlines(), readme.generated(page).splitlines(), n=0))
    assert changes == [], "run `make readme`"


def test_the_picture_shows_what_the_commands_print() -> None:
    def shown(svg: str) -> list[str]:
        return [html.unescape(text) for text in re.findall(r"<text[^>]*>(.*?)</text>", svg)]

    picture = (pictures.FOLDER / "overview.svg").read_text(encoding="utf-8")
    assert shown(pictures.overview()) == shown(picture), "run `make readme`"


def test_the_pictures_are_those_that_can_be_drawn() -> None:
    assert sorted(file.name for file in pictures.FOLDER.iterdir()) == sorted(pictures.PICTURES)
    assert [name for name in pictures.PICTURES if f"(pictures/{name})" not in TEXT] == []


@pytest.mark.parametrize("line", ROUTEGEN)
def test_a_command_with_these_options_exists(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    assert name in names()
    command: Any = load(name)
    if commands := getattr(command, "commands", None):  # a group: `webhook send`
        assert arguments[0] in commands
        command = commands[arguments[0]]
    options = {option for parameter in command.params for option in parameter.opts}
    if name == "add" and arguments:  # a pattern has options of its own
        pattern = Catalog.of().pattern_for(arguments[0], arguments[1:])
        options |= {f"--{option.name}" for option in pattern.options}
    given = {argument.partition("=")[0] for argument in arguments if argument.startswith("-")}
    assert given <= options


@pytest.mark.parametrize("target", MAKE)
def test_a_target_of_make_exists(target: str, checkout: Path) -> None:
    assert re.search(rf"^{target}:", (checkout / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_two_commands_stand_in_the_first_screen() -> None:
    first = TEXT.splitlines()[:25]
    assert any("make serve" in line for line in first)
    assert any("make test" in line for line in first)


def test_the_folders_of_the_map_mean_something() -> None:
    block = next(
        block for block in re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL) if block.startswith("app/")
    )
    for line in block.splitlines():
        path = Path(line.split()[0])
        for folder in path.parts[1:-1] if path.suffix else path.parts[1:]:
            parse(folder)


def test_what_is_said_of_fastapi_by_hand() -> None:
    """The column of the comparison that can be tried here."""
    app = FastAPI()
    app.get("/x/{name}")(lambda name: name)
    app.post("/x/{name}")(lambda name: name)
    app.get("/y/{id}/a")(lambda id: id)
    app.get("/y/{slug}/b")(lambda slug: slug)  # nobody reports it
    app.get("/z/{path:path}")(lambda path: path)
    client = TestClient(app)
    for method in ("HEAD", "OPTIONS", "PUT"):
        answer = client.request(method, "/x/a")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert client.get("/x/a%2Fb").status_code == 404
    assert client.get("/z/a/b").json() == "a/b"


def test_links_to_files_lead_somewhere(checkout: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXT)
    assert links
    assert [link for link in links if not (checkout / link).exists()] == []


def test_the_pages_for_developers_name_what_is_there(checkout: Path) -> None:
    text = "".join(
        (checkout / name).read_text(encoding="utf-8") for name in ("ARCHITECTURE.md", "CONTRIBUTING.md")
    )
    paths = re.findall(
        r"`((?:routegen|templates|tests|benchmarks|sample_project|server|scaffold)/[^`*<]*)`", text
    )
    assert len(paths) > 10
    places = (checkout, checkout / "routegen")
    assert [path for path in paths if not any((place / path).exists() for place in places)] == []
    assert [
        target
        for target in re.findall(r"(?:`|\$ )make (\w+)", text)
        if f"\n{target}:" not in (checkout / "Makefile").read_text()
    ] == []
