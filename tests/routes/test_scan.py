"""What a tree of folders gives: its routes in order of specificity, its guards, its problems."""

import os
from pathlib import Path

import pytest

from routegen.routes import Manifest, route_at, scan
from tests.routes.tree import build


def ids(manifest: Manifest) -> list[str]:
    return [route.id for route in manifest.routes]


def codes(manifest: Manifest) -> list[str]:
    return [problem.code for problem in manifest.problems]


ROUTES: dict[str, tuple[list[str], list[str]]] = {
    "nothing": ([], []),
    "the root": (["route.py"], ["/"]),
    "nested": (["api/users/route.py", "api/route.py"], ["/api", "/api/users"]),
    "folders without a route": (["api/users/", "api/lib.py"], []),
    "a group has no URL": (["(shop)/cart/route.py", "(shop)/route.py"], ["/", "/cart"]),
    "groups in groups": (["(a)/(b)/c/route.py"], ["/c"]),
    "private folders are not served": (["_lib/route.py", "api/_x/y/route.py"], []),
    "an escaped underscore is": (["%5Fx/route.py"], ["/_x"]),
    "static before dynamic before catch-all": (
        ["[[...all]]/route.py", "[...rest]/x.py", "x/[...rest]/route.py", "x/[id]/route.py", "x/me/route.py"],
        ["/x/me", "/x/[id]", "/x/[...rest]", "/[[...all]]"],
    ),
    "specificity counts segment by segment": (
        ["[a]/b/route.py", "a/[b]/route.py", "a/b/route.py"],
        ["/a/b", "/a/[b]", "/[a]/b"],
    ),
    "one name in different places": (["a/[id]/route.py", "b/[key]/route.py"], ["/a/[id]", "/b/[key]"]),
    "a parent and its catch-all": (
        ["docs/route.py", "docs/[...path]/route.py"],
        ["/docs", "/docs/[...path]"],
    ),
    "a page of another kind": (["route.py", "style.css", "users/notes.txt"], ["/"]),
    "upper and lower case": (["Users/route.py", "users/route.py"], ["/Users", "/users"]),
}


@pytest.mark.parametrize("case", ROUTES)
def test_routes(case: str, tmp_path: Path) -> None:
    paths, expected = ROUTES[case]
    manifest = scan(build(tmp_path, paths))
    assert ids(manifest) == expected
    assert manifest.problems == ()
    assert all(route.problem is None for route in manifest.routes)


PROBLEMS: dict[str, tuple[list[str], dict[str, str]]] = {
    "two groups with one URL": (["(a)/x/route.py", "(b)/x/route.py"], {"RG701": "2 files answer `/x`"}),
    "an escape and its letter": (["%61/route.py", "a/route.py"], {"RG701": "2 files answer `/a`"}),
    "two names at one level": (
        ["u/[id]/route.py", "u/[uid]/x/route.py"],
        {"RG704": "`[id]` and `[uid]` are dynamic names at one level, below `/u`"},
    ),
    "two names below parameters of two names": (
        ["[a]/[x]/route.py", "[a]/[y]/route.py"],
        {"RG704": "`[x]` and `[y]` are dynamic names at one level, below `/[a]`"},
    ),
    "two names through groups": (
        ["(a)/[id]/route.py", "(b)/[key]/route.py"],
        {"RG704": "`[id]` and `[key]`"},
    ),
    "two catch-alls": (["[...a]/route.py", "[...b]/route.py"], {"RG704": "catch-all names at one level"}),
    "required beside optional": (
        ["(a)/[...x]/route.py", "(b)/[[...x]]/route.py"],
        {"RG604": "both take everything below `/`"},
    ),
    "optional beside its parent": (
        ["docs/route.py", "docs/[[...x]]/route.py"],
        {"RG604": "`/docs` is answered by its own file and by `[[...x]]`"},
    ),
    "optional beside the root": (
        ["route.py", "[[...x]]/route.py"],
        {"RG604": "`/` is answered by its own file"},
    ),
    "a name twice": (["[id]/x/[id]/route.py"], {"RG710": "`id` names two parameters of `/[id]/x/[id]`"}),
    "a catch-all that is not last": (["[...a]/b/route.py"], {"RG711": "`[...a]` takes the rest of the path"}),
    "a partial parameter": (["[slug].json/route.py"], {"RG707": "`[slug].json`"}),
    "a slot": (["@modal/route.py"], {"RG707": "`@modal`"}),
    "an intercepting route": (["(.)x/route.py"], {"RG707": "`(.)x`"}),
    "routes.py": (["users/routes.py"], {"RG708": "`app/users/routes.py` is not served"}),
    "Route.py": (["users/Route.py"], {"RG708": "`app/users/Route.py` is not served"}),
    "dependency.py": (["a/dependency.py", "a/b/route.py"], {"RG709": "`app/a/dependency.py` guards nothing"}),
    "Dependencies.py": (["Dependencies.py", "route.py"], {"RG709": "`app/Dependencies.py` guards nothing"}),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_problems(case: str, tmp_path: Path) -> None:
    paths, expected = PROBLEMS[case]
    manifest = scan(build(tmp_path, paths))
    assert codes(manifest) == list(expected)
    for problem in manifest.problems:
        assert expected[problem.code] in problem.message
        assert problem.hint
        assert problem.files
        assert all(file.exists() for file in problem.files)


@pytest.mark.parametrize(
    "case", [name for name, (_, found) in PROBLEMS.items() if found.keys() & {"RG701", "RG704", "RG604"}]
)
def test_a_conflict_names_both_files(case: str, tmp_path: Path) -> None:
    paths, _ = PROBLEMS[case]
    (problem,) = scan(build(tmp_path, paths)).problems
    assert {file.relative_to(tmp_path / "app").as_posix() for file in problem.files} == set(paths)
    assert all(f"`app/{path}`" in problem.message for path in paths)


def test_all_problems_are_found_at_once(tmp_path: Path) -> None:
    paths = [path for number, (paths, _) in enumerate(PROBLEMS.values()) for path in _inside(number, paths)]
    expected = sorted(code for _, found in PROBLEMS.values() for code in found)
    assert sorted(codes(scan(build(tmp_path, paths)))) == expected


def _inside(number: int, paths: list[str]) -> list[str]:
    return [f"case{number}/{path}" for path in paths]


def test_routes_at_fault_carry_the_problem_and_others_none(tmp_path: Path) -> None:
    manifest = scan(build(tmp_path, ["(a)/x/route.py", "(b)/x/route.py", "y/route.py"]))
    assert [(route.id, route.problem is None) for route in manifest.routes] == [
        ("/x", False),
        ("/x", False),
        ("/y", True),
    ]


def test_a_misnamed_guard_closes_its_subtree_only(tmp_path: Path) -> None:
    manifest = scan(build(tmp_path, ["a/dependency.py", "a/b/c/route.py", "x/route.py"]))
    assert {route.id: bool(route.problem) for route in manifest.routes} == {"/a/b/c": True, "/x": False}


def test_guards_are_those_from_the_root_down(tmp_path: Path) -> None:
    app = build(
        tmp_path,
        ["dependencies.py", "a/(g)/dependencies.py", "a/(g)/b/route.py", "a/c/route.py", "a/c/lib.py"],
    )
    guards = {route.id: route.guards for route in scan(app).routes}
    assert guards == {
        "/a/b": (app / "dependencies.py", app / "a/(g)/dependencies.py"),
        "/a/c": (app / "dependencies.py",),
    }


def test_a_missing_app_folder_is_an_empty_tree(tmp_path: Path) -> None:
    assert scan(tmp_path / "app") == Manifest(tmp_path / "app", (), ())


def test_the_order_on_disk_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [path for number, (paths, _) in enumerate(PROBLEMS.values()) for path in _inside(number, paths)]
    app = build(tmp_path, [*paths, "b/route.py", "a/route.py"])
    expected = scan(app)
    real = os.scandir

    class Backwards:
        def __init__(self, path: Path) -> None:
            self.entries = real(path)

        def __enter__(self) -> list[os.DirEntry[str]]:
            return list(self.entries)[::-1]

        def __exit__(self, *_: object) -> None:
            self.entries.close()

    monkeypatch.setattr(os, "scandir", Backwards)
    assert scan(app) == expected


@pytest.mark.skipif(os.name == "nt", reason="platform: symlinks need rights on Windows")
def test_a_symlink_into_its_own_tree_ends(tmp_path: Path) -> None:
    app = build(tmp_path, ["a/route.py"])
    (app / "a" / "loop").symlink_to(app)
    (app / "b").symlink_to(app / "a")
    assert "/a" in ids(scan(app))
    assert "/b" in ids(scan(app))


@pytest.mark.skipif(os.name == "nt", reason="platform: permissions work otherwise on Windows")
def test_an_unreadable_folder_is_a_problem_and_not_an_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = build(tmp_path, ["a/route.py", "b/route.py"])
    real = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    manifest = scan(app)
    assert ids(manifest) == ["/b"]
    assert codes(manifest) == ["RG707"]


def test_a_folder_named_like_a_route_file_is_a_folder(tmp_path: Path) -> None:
    assert ids(scan(build(tmp_path, ["route.py/x/route.py"]))) == ["/route.py/x"]


def test_templates_and_parameters(tmp_path: Path) -> None:
    (route,) = scan(build(tmp_path, ["(g)/users/[id]/files/[...path]/route.py"])).routes
    assert route.id == "/users/[id]/files/[...path]"
    assert route.template == "/users/{id}/files/{path}"
    assert [segment.name for segment in route.parameters] == ["id", "path"]


def test_the_route_of_one_file_is_the_one_of_the_whole_scan(tmp_path: Path) -> None:
    app = tmp_path / "app"
    names = ("", "(shop)/items/[id]", "_private/a", "x[id]/a", "files/[...path]", "links")
    for name in names:
        (app / name).mkdir(parents=True, exist_ok=True)
        (app / name / "route.py").write_text("def GET(): ...\n")
    (app / "(shop)" / "dependencies.py").write_text("dependencies = []\n")
    (app / "files" / "Dependencies.py").write_text("")
    routes = {route.file: route for route in scan(app).routes}
    for name in names:
        file = app / name / "route.py"
        assert route_at(app, file) == routes.get(file)
    assert route_at(app, app / "links" / "other.py") is None
