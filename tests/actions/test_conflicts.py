"""What cannot live in one folder, and names that are nearly right, found before anything is served."""

from pathlib import Path

import pytest

from routegen.routes import Page, scan
from tests.actions.conftest import write
from tests.cli.conftest import Cli, cli, project  # noqa: F401  (fixtures)

FUNCTION = "from routegen.actions import action\n@action\nasync def send(): ...\n"


def problems(root: Path) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in scan(root / "app").problems]


def test_a_page_knows_its_layouts_its_actions_and_its_guards(tmp_path: Path) -> None:
    names = [
        "layout.html",
        "actions.py",
        "dependencies.py",
        "(a)/layout.html",
        "(a)/b/page.html",
        "(a)/b/page.py",
    ]
    write(tmp_path, {f"app/{name}": "" for name in names})
    app = tmp_path / "app"
    (page,) = scan(app).pages
    assert page == Page(
        "/b",
        app / "(a)/b/page.html",
        page.segments,
        (app / "dependencies.py",),
        None,
        app / "(a)/b/page.py",
        (app / "layout.html", app / "(a)/layout.html"),
        app / "actions.py",
    )


def test_the_nearest_actions_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"app/actions.py": "", "app/a/actions.py": "", "app/a/b/page.html": "", "app/c/page.html": ""},
    )
    assert [page.actions and page.actions.parent.name for page in scan(tmp_path / "app").pages] == [
        "a",
        "app",
    ]


@pytest.mark.parametrize("route", ["app/a/route.py", "app/(x)/a/route.py"])
def test_a_page_beside_a_route_handler(tmp_path: Path, route: str) -> None:
    write(tmp_path, {"app/a/page.html": "", route: "async def GET(): ...\n"})
    (problem,) = scan(tmp_path / "app").problems
    assert problem.code == "RG701"
    assert problem.message.startswith("a page and a route handler both answer `/a`: `app/")
    assert "app/a/page.html" in problem.message and route in problem.message
    assert "move the route handler below `api/`" in problem.hint
    assert all(found.problem for found in (*scan(tmp_path / "app").pages, *scan(tmp_path / "app").routes))


def test_two_pages_for_one_url(tmp_path: Path) -> None:
    write(tmp_path, {"app/(a)/x/page.html": "", "app/(b)/x/page.html": ""})
    assert problems(tmp_path)[0][1].startswith("2 files answer `/x`")


def test_a_page_and_a_route_with_other_names_at_one_level(tmp_path: Path) -> None:
    write(tmp_path, {"app/[id]/page.html": "", "app/[slug]/x/route.py": ""})
    assert [code for code, _ in problems(tmp_path)] == ["RG704"]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("Page.html", "page.html"),
        ("pages.html", "page.html"),
        ("page.htm", "page.html"),
        ("page.html.jinja", "page.html"),
        ("Layout.html", "layout.html"),
        ("layout.htm", "layout.html"),
        ("Actions.py", "actions.py"),
    ],
)
def test_near_misses(tmp_path: Path, name: str, right: str) -> None:
    write(tmp_path, {f"app/{name}": ""})
    (problem,) = scan(tmp_path / "app").problems
    assert problem.code == "RG708"
    assert f"`app/{name}`" in problem.message and f"`{right}`" in problem.message


def test_action_py_is_a_near_miss_beside_a_page_only(tmp_path: Path) -> None:
    write(tmp_path, {"app/action.py": "", "app/page.py": ""})
    assert problems(tmp_path) == []
    write(tmp_path, {"app/page.html": ""})
    assert [code for code, _ in problems(tmp_path)] == ["RG708"]


def test_routes_lists_pages_and_actions(cli: Cli, project: Path) -> None:  # noqa: F811
    source = """
        from routegen.actions import Invalid, action as act
        import routegen.actions
        @act
        async def send(): ...
        @act(once=True)
        def buy(): ...
        @routegen.actions.action
        async def third(): ...
        @act
        async def _private(): ...
        async def helper(): ...
        @staticmethod
        def action(): ...
    """
    write(project, {"app/shop/page.html": "", "app/shop/actions.py": source, "app/[id]/page.html": ""})
    result = cli("routes")
    assert [line.split() for line in result.out.splitlines()[1:]] == [
        ["GET", "/shop", "app/shop/page.html"],
        ["POST", "/shop?/send", "app/shop/actions.py"],
        ["POST", "/shop?/buy", "app/shop/actions.py"],
        ["POST", "/shop?/third", "app/shop/actions.py"],
        ["GET", "/[id]", "app/[id]/page.html"],
    ]
    import json

    document = json.loads(cli("routes", "--format", "json").out)
    assert document["routes"][1] == {
        "method": "POST",
        "path": "/shop",
        "file": "app/shop/actions.py",
        "id": "/shop",
        "action": "send",
    }


def test_routes_names_a_broken_actions_file_once(cli: Cli, project: Path) -> None:  # noqa: F811
    write(project, {"app/actions.py": "def (:\n", "app/page.html": "", "app/a/page.html": ""})
    result = cli("routes")
    assert result.code == 1
    assert result.err.count("cannot be read") == 1
