"""Which route answers a path: the order of Next.js, decided on the whole path."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routegen.routes.manifest import scan
from routegen.routes.route import Route, route_id
from routegen.routes.segment import parse
from routegen.routes.tree import BadPath, Parameters, Tree, decode
from tests.routes.tree import build

FOLDERS = [
    "",
    "users",
    "users/me",
    "users/[id]",
    "users/[id]/posts",
    "users/[id]/posts/[post]",
    "users/me/settings",
    "docs/[...path]",
    "docs/intro",
    "wiki/[[...path]]",
    "wiki/[page]/history",
]

MATCHES: list[tuple[str, str | None, Parameters]] = [
    ("/", "/", {}),
    ("/users", "/users", {}),
    ("/users/me", "/users/me", {}),
    ("/users/7", "/users/[id]", {"id": "7"}),
    ("/users/7/posts/a", "/users/[id]/posts/[post]", {"id": "7", "post": "a"}),
    ("/users/me/posts", "/users/[id]/posts", {"id": "me"}),
    ("/users/me/settings", "/users/me/settings", {}),
    ("/users/7/settings", None, {}),
    ("/Users", None, {}),
    ("/docs", None, {}),
    ("/docs/intro", "/docs/intro", {}),
    ("/docs/intro/more", "/docs/[...path]", {"path": ["intro", "more"]}),
    ("/docs/a", "/docs/[...path]", {"path": ["a"]}),
    ("/wiki", "/wiki/[[...path]]", {"path": []}),
    ("/wiki/a", "/wiki/[[...path]]", {"path": ["a"]}),
    ("/wiki/a/history", "/wiki/[page]/history", {"page": "a"}),
    ("/wiki/a/history/b", "/wiki/[[...path]]", {"path": ["a", "history", "b"]}),
    ("/nope", None, {}),
]


@pytest.mark.parametrize(("path", "id", "parameters"), MATCHES)
def test_match(path: str, id: str | None, parameters: Parameters, tmp_path: Path) -> None:
    manifest = scan(build(tmp_path, [f"{folder}/route.py".lstrip("/") for folder in FOLDERS]))
    tree = Tree((route, route.id) for route in manifest.routes)
    assert tree.match(path) == (None if id is None else (id, parameters))


NAMES = st.sampled_from(["a", "b", "[x]", "[...rest]", "[[...all]]"])


def _route(folders: list[str]) -> Route:
    segments = tuple(parse(folder) for folder in folders)
    return Route(route_id(segments), Path(*folders, "route.py"), segments)


def _well_formed(folders: list[str]) -> bool:
    return not any(folder.startswith(("[...", "[[")) for folder in folders[:-1]) and folders.count("[x]") < 2


def _answers(route: Route, path: list[str]) -> bool:
    """Whether a route fits a path, read off the definition."""
    fixed = [s for s in route.segments if not s.is_catch_all]
    if any(s.name != part for s, part in zip(fixed, path, strict=False) if not s.is_parameter):
        return False
    if len(fixed) == len(route.segments):
        return len(path) == len(fixed)
    return len(path) >= len(fixed) + route.segments[-1].folder.startswith("[...")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(NAMES, max_size=3).filter(_well_formed), max_size=6, unique_by=tuple),
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=4),
)
def test_the_tree_finds_the_most_specific_route(trees: list[list[str]], path: list[str]) -> None:
    routes = sorted(map(_route, trees), key=lambda route: route.specificity)
    expected = next((route.id for route in routes if _answers(route, path)), None)
    found = Tree((route, route.id) for route in routes).match_segments(path)
    assert (found and found[0]) == expected


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        (b"/", []),
        (b"/a/b", ["a", "b"]),
        (b"/a%2Fb", ["a/b"]),
        (b"/caf%C3%A9", ["café"]),
        (b"/%5Bid%5D", ["[id]"]),
        (b"/a%20b", ["a b"]),
        (b"/a+b", ["a+b"]),
        (b"/%2e%2e%2e", ["..."]),
    ],
)
def test_decode(raw: bytes, segments: list[str]) -> None:
    assert decode(raw) == segments


@pytest.mark.parametrize(
    "raw", [b"/%zz", b"/%", b"/%4", b"/%ff", b"/%00", b"/..", b"/%2e%2E", b"/a/./b", b"/\xff"]
)
def test_a_bad_path_is_refused(raw: bytes) -> None:
    with pytest.raises(BadPath):
        decode(raw)
