"""Paths: which folder answers which URL, and how it is decoded (facts 13-43)."""

from pathlib import Path
from typing import Any

import pytest

from routegen.server.app import RouteApp
from tests.server.asgi import ask, build
from tests.server.conftest import Site

HERE = "async def GET(): return __name__"


def says(text: str, *parameters: str) -> str:
    """A handler that answers with its own mark and what it was given."""
    declared = ", ".join(parameters)
    given = ", ".join(f"{p.partition(':')[0]!r}: {p.partition(':')[0]}" for p in parameters)
    return f"async def GET({declared}): return {{'at': {text!r}, {given}}}"


TREE = {
    "app/route.py": says("root"),
    "users": says("users"),
    "users/me": says("me"),
    "users/[id]": says("id", "id: str"),
    "users/[id]/posts/[post]": says("post", "id: str", "post: str"),
    "numbers/[n]": says("number", "n: int"),
    "shop/[...slug]": says("shop", "slug: list[str]"),
    "shop/sale": says("sale"),
    "shop/[one]": says("one", "one: str"),
    "joined/[...path]": says("joined", "path: str"),
    "ints/[...ns]": says("ints", "ns: list[int]"),
    "untyped/[...x]": says("untyped", "x"),
    "docs_/[[...slug]]": says("docs", "slug: list[str]"),
    "any/[[...slug]]": says("any", "slug"),
    "maybe/[[...slug]]": says("maybe", "slug: list[str] | None = None"),
    "text/[[...slug]]": says("text", "slug: str"),
    "(group)/grouped": says("grouped"),
    "(group)/(inner)/deep": says("deep"),
    "_private/x": says("private"),
    "under/_private": says("private"),
    "%5Funder": says("underscore"),
    "rss.xml": says("rss"),
    "api/hello.json": says("hello.json"),
    "robots.txt/": says("robots"),
    ".well-known/security": says("well-known"),
    "files/[name]/data.json": says("data", "name: str"),
    "a b": says("space"),
    "naïve": says("naïve"),
    "日本/[名]": "async def GET(名: str): return {'at': '日本', '名': 名}",
    "a-b": says("a-b"),
    "a_b": says("a_b"),
    "api/v1.0/x": says("v1.0"),
    "api/v1/x": says("v1"),
    "class/import": says("keyword"),
    "~me": says("tilde"),
    "plus+sign": says("plus"),
    "2024": says("digits"),
    "deep/a/b/c/d/e/f": says("deep"),
    "mixed/[a]/[...rest]": says("mixed", "a: int", "rest: list[str]"),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> RouteApp:
    return build(
        tmp_path_factory.mktemp("tree"),
        {
            name.rstrip("/") if name != "robots.txt/" else "app/robots.txt/route.py": s
            for name, s in TREE.items()
        },
    )


FOUND: list[Any] = [
    pytest.param("/", {"at": "root"}, id="fact 34: app/route.py"),
    pytest.param("/users", {"at": "users"}, id="fact 13: static"),
    pytest.param("/users/7", {"at": "id", "id": "7"}, id="fact 13: one segment"),
    pytest.param("/users/7/posts/9", {"at": "post", "id": "7", "post": "9"}, id="fact 13: two depths"),
    pytest.param("/numbers/42", {"at": "number", "n": 42}, id="typed"),
    pytest.param("/shop/a/b/c", {"at": "shop", "slug": ["a", "b", "c"]}, id="fact 14: a list"),
    pytest.param("/shop/sale/x", {"at": "shop", "slug": ["sale", "x"]}, id="fact 14: through a static name"),
    pytest.param("/joined/a/b", {"at": "joined", "path": "a/b"}, id="catch-all as str"),
    pytest.param("/joined/a%2Fb/c", {"at": "joined", "path": "a/b/c"}, id="catch-all as str, encoded slash"),
    pytest.param("/ints/1/2", {"at": "ints", "ns": [1, 2]}, id="catch-all as list[int]"),
    pytest.param("/untyped/a/b", {"at": "untyped", "x": ["a", "b"]}, id="catch-all without a type"),
    pytest.param("/docs_", {"at": "docs", "slug": []}, id="fact 15: none is an empty list"),
    pytest.param("/docs_/a", {"at": "docs", "slug": ["a"]}, id="fact 15: one"),
    pytest.param("/docs_/a/b", {"at": "docs", "slug": ["a", "b"]}, id="fact 15: two"),
    pytest.param("/any", {"at": "any", "slug": []}, id="fact 15: untyped"),
    pytest.param("/maybe", {"at": "maybe", "slug": []}, id="fact 15: list or None"),
    pytest.param("/text", {"at": "text", "slug": ""}, id="fact 15: str"),
    pytest.param("/users/me", {"at": "me"}, id="fact 16: static first"),
    pytest.param(
        "/users/me/posts/2", {"at": "post", "id": "me", "post": "2"}, id="fact 16: the whole pattern decides"
    ),
    pytest.param("/shop/x", {"at": "one", "one": "x"}, id="fact 16: [x] before [...x]"),
    pytest.param("/shop/sale", {"at": "sale"}, id="fact 16: static before both"),
    pytest.param("/users/a%20b", {"at": "id", "id": "a b"}, id="fact 17: %20"),
    pytest.param("/users/a%2Fb", {"at": "id", "id": "a/b"}, id="fact 17: %2F stays in its segment"),
    pytest.param("/users/%25", {"at": "id", "id": "%"}, id="fact 17: %25"),
    pytest.param("/users/%2525", {"at": "id", "id": "%25"}, id="fact 17: decoded once"),
    pytest.param("/users/%3F%23%5B%5D", {"at": "id", "id": "?#[]"}, id="fact 17: %3F %23 %5B"),
    pytest.param("/users/%C3%A4", {"at": "id", "id": "ä"}, id="fact 17: UTF-8"),
    pytest.param("/users/a+b", {"at": "id", "id": "a+b"}, id="fact 17: + stays"),
    pytest.param("/users/%F0%9F%98%80", {"at": "id", "id": "😀"}, id="fact 17: four bytes"),
    pytest.param("/users/a:b@c;d=1,2", {"at": "id", "id": "a:b@c;d=1,2"}, id="fact 17: reserved characters"),
    pytest.param("/users/%2e%2e%2e", {"at": "id", "id": "..."}, id="three dots are no dot segment"),
    pytest.param("/shop/a%2Fb/c", {"at": "shop", "slug": ["a/b", "c"]}, id="fact 17: in a catch-all"),
    pytest.param("/%75sers", {"at": "users"}, id="fact 17: a static segment, needlessly encoded"),
    pytest.param("/grouped", {"at": "grouped"}, id="fact 24: group"),
    pytest.param("/deep", {"at": "deep"}, id="fact 24: group in a group"),
    pytest.param("/_under", {"at": "underscore"}, id="fact 25: %5F"),
    pytest.param("/rss.xml", {"at": "rss"}, id="fact 28: rss.xml"),
    pytest.param("/api/hello.json", {"at": "hello.json"}, id="fact 28: hello.json"),
    pytest.param("/robots.txt", {"at": "robots"}, id="fact 28: robots.txt"),
    pytest.param("/.well-known/security", {"at": "well-known"}, id="fact 28: dot folder"),
    pytest.param("/files/a.b/data.json", {"at": "data", "name": "a.b"}, id="fact 28: [slug]/data.json"),
    pytest.param("/a%20b", {"at": "space"}, id="fact 30: a space in a folder name"),
    pytest.param("/na%C3%AFve", {"at": "naïve"}, id="unicode folder"),
    pytest.param("/%E6%97%A5%E6%9C%AC/%E5%90%8D", {"at": "日本", "名": "名"}, id="unicode parameter"),
    pytest.param("/a-b", {"at": "a-b"}, id="a-b is not a_b"),
    pytest.param("/a_b", {"at": "a_b"}, id="a_b is not a-b"),
    pytest.param("/api/v1.0/x", {"at": "v1.0"}, id="v1.0"),
    pytest.param("/api/v1/x", {"at": "v1"}, id="v1"),
    pytest.param("/class/import", {"at": "keyword"}, id="keywords as folders"),
    pytest.param("/~me", {"at": "tilde"}, id="tilde"),
    pytest.param("/plus+sign", {"at": "plus"}, id="plus"),
    pytest.param("/2024", {"at": "digits"}, id="digits first"),
    pytest.param("/deep/a/b/c/d/e/f", {"at": "deep"}, id="depth"),
    pytest.param("/mixed/1/x/y", {"at": "mixed", "a": 1, "rest": ["x", "y"]}, id="[a]/[...rest]"),
    pytest.param("/users?id=3", {"at": "users"}, id="the query is no part of the path"),
]


@pytest.mark.parametrize(("target", "expected"), FOUND)
def test_found(app: RouteApp, target: str, expected: object) -> None:
    answer = ask(app, "GET", target)
    assert (answer.status, answer.json()) == (200, expected)


@pytest.mark.parametrize(("target", "expected"), FOUND)
def test_found_below_a_root_path(app: RouteApp, target: str, expected: object) -> None:
    """A proxy's prefix: the same answers, whether it is part of the path or was taken off."""
    stripped = ask(app, "GET", target, root_path="/base")
    kept = ask(app, "GET", "/base" + target, root_path="/base")
    assert stripped.json() == kept.json() == expected


REFUSED = [
    pytest.param("/shop", 404, id="fact 14: zero segments"),
    pytest.param("/users/7/posts", 404, id="a folder without a route"),
    pytest.param("/USERS", 404, id="fact 23: case-sensitive"),
    pytest.param("/(group)/grouped", 404, id="fact 24: the group's name is no URL"),
    pytest.param("/_private/x", 404, id="fact 25: private"),
    pytest.param("/under/_private", 404, id="fact 25: private below"),
    pytest.param("/%5Fprivate/x", 404, id="fact 25: private, encoded"),
    pytest.param("/nowhere", 404, id="fact 35: unknown"),
    pytest.param("/users/%2F", 200, id="fact 41: %2F is data"),
    pytest.param("/users%2F7", 404, id="fact 41: %2F does not separate"),
    pytest.param("/users%2F", 404, id="fact 41: %2F at the end"),
    pytest.param("/%zz", 400, id="fact 19: no hex"),
    pytest.param("/users/%", 400, id="fact 19: cut escape"),
    pytest.param("/users/%4", 400, id="fact 19: half an escape"),
    pytest.param("/users/%C3", 400, id="fact 19: lone lead byte"),
    pytest.param("/users/%ff%fe", 400, id="fact 19: no UTF-8"),
    pytest.param("/users/%ED%A0%80", 400, id="fact 19: a surrogate"),
    pytest.param("/users/%C0%AF", 400, id="fact 19: overlong"),
    pytest.param("/users/%+1", 400, id="fact 19: a sign is no hex digit"),
    pytest.param("/users/%00", 400, id="fact 20: NUL"),
    pytest.param("/nowhere/%00", 400, id="fact 20: NUL in an unknown path"),
    pytest.param("/users/../users", 400, id="fact 40: dot segment"),
    pytest.param("/users/.", 400, id="fact 40: last"),
    pytest.param("/./users", 400, id="fact 40: first"),
    pytest.param("/users/%2e%2e/x", 400, id="fact 40: encoded"),
    pytest.param("/users/.%2E", 400, id="fact 40: half encoded"),
    pytest.param("xusers", 400, id="a path without its slash"),
    pytest.param("xusers/7", 400, id="a dynamic path without its slash"),
    pytest.param("/numbers/x", 422, id="typed parameter"),
    pytest.param("/ints/1/x", 422, id="typed catch-all"),
    pytest.param("/mixed/1", 404, id="[a]/[...rest] needs a rest"),
]


@pytest.mark.parametrize(("target", "status"), REFUSED)
def test_refused(app: RouteApp, target: str, status: int) -> None:
    answer = ask(app, "GET", target)
    assert answer.status == status
    if status != 200:
        assert answer.header("content-type") == "application/json"
        assert set(answer.json()) >= {"error"}


def test_the_422_names_the_parameter(app: RouteApp) -> None:
    answer = ask(app, "GET", "/ints/1/x")
    assert answer.json()["error"].startswith("path `ns")
    assert answer.json()["detail"][0]["loc"] == ["path", "ns", 1]
    assert ask(app, "GET", "/numbers/x").json()["error"].startswith("path `n`: ")


REDIRECTS = [
    pytest.param("/users/", "/users", id="fact 36: trailing slash"),
    pytest.param("/users/7/", "/users/7", id="fact 36: dynamic"),
    pytest.param("/users/?a=1&b=%20", "/users?a=1&b=%20", id="fact 36: query kept"),
    pytest.param("//users//7", "/users/7", id="fact 39: double slashes"),
    pytest.param("//users", "/users", id="fact 39: at the start"),
    pytest.param("///", "/", id="fact 39: nothing but slashes"),
    pytest.param("/shop/a//b/", "/shop/a/b", id="fact 39: in a catch-all"),
    pytest.param("/users/a%2Fb/", "/users/a%2Fb", id="escapes stay"),
    pytest.param("/users/%E4%BD%A0/", "/users/%E4%BD%A0", id="UTF-8 stays"),
    pytest.param("/docs_/", "/docs_", id="optional catch-all"),
    pytest.param("//evil.example/..%2f", None, id="no route of the tree"),
    pytest.param("//evil.example", None, id="an unknown host-like path"),
    pytest.param("/nowhere/", None, id="unknown"),
    pytest.param("/users/../", 400, id="dot segments first"),
]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("root", ["", "/base"])
@pytest.mark.parametrize(("target", "location"), REDIRECTS)
def test_redirects(app: RouteApp, target: str, location: str | int | None, root: str, method: str) -> None:
    answer = ask(app, method, root + target, root_path=root)
    if isinstance(location, str):
        assert (answer.status, answer.header("location"), answer.body) == (308, root + location, b"")
    else:
        assert answer.status == (location or 404)


@pytest.mark.parametrize(
    "target", ["//evil.example", "//evil.example/", "/\\evil.example/", "//%5Cevil.example/", "/%09/evil/"]
)
def test_fact_39_a_redirect_never_leaves_the_host(site: Site, target: str) -> None:
    answer = ask(site({"[...any]": "async def GET(any: list[str]): return any"}), "GET", target)
    location = answer.header("location") or "/"
    assert location.startswith("/") and not location.startswith(("//", "/\\"))


def test_options_asterisk(app: RouteApp) -> None:
    assert ask(app, "OPTIONS", "*").status == 204
    assert ask(app, "GET", "*").status == 400


def test_without_raw_path_the_decoded_path_is_used(app: RouteApp) -> None:
    for target, expected in (("/users/a%20b", "a b"), ("/users/%C3%A4", "ä"), ("/users/100%25", "100%")):
        assert ask(app, "GET", target, raw_path=None).json()["id"] == expected


def test_a_path_that_a_middleware_rewrote_is_used(site: Site) -> None:
    app = site({"new": says("new"), "old": says("old")})

    class Rewrite:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await self.app({**scope, "path": "/new"}, receive, send)

    app.add_middleware(Rewrite)
    assert ask(app, "GET", "/old").json() == {"at": "new"}


def test_fact_18_the_request_keeps_its_own_url(site: Site) -> None:
    app = site(
        {
            "u/[x]": "from fastapi import Request\nasync def GET(x: str, request: Request): return str(request.url)"
        }
    )
    assert ask(app, "GET", "/u/a%2Fb?q=%20", headers={"host": "h"}).json() == "http://h/u/a%2Fb?q=%20"


def test_fact_21_a_static_route_has_no_parameters(site: Site) -> None:
    app = site(
        {"x": "from fastapi import Request\nasync def GET(request: Request): return request.path_params"}
    )
    assert ask(app, "GET", "/x").json() == {}


def test_fact_31_other_files_are_never_served(site: Site) -> None:
    app = site({"x": says("x"), "app/x/secret.txt": "", "app/x/_help.py": ""})
    assert [
        ask(app, "GET", t).status for t in ("/x/secret.txt", "/x/_help.py", "/x/route.py", "/x/route")
    ] == [404] * 4


def test_fact_33_a_static_mount_stays_beside_the_tree(site: Site, tmp_path: Path) -> None:
    from starlette.staticfiles import StaticFiles

    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "a.txt").write_text("file")
    app = site({"x": says("x"), "[...rest]": says("rest", "rest")})
    app.mount("/public", StaticFiles(directory=tmp_path / "public"))
    assert ask(app, "GET", "/public/a.txt").text == "file"
    assert ask(app, "GET", "/x").json()["at"] == "x"


def test_the_order_of_the_disk_does_not_matter(tmp_path: Path) -> None:
    sources = {"b": says("b"), "[id]": says("id", "id: str"), "(g)/c": says("c"), "[...r]": says("r", "r")}
    answers = []
    for at, names in enumerate((list(sources), list(reversed(sources)))):
        app = build(tmp_path / str(at), {name: sources[name] for name in names})
        answers.append([ask(app, "GET", t).json() for t in ("/b", "/c", "/x", "/x/y")])
    assert answers[0] == answers[1]


def test_a_relative_project_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from routegen import create_app
    from tests.server.asgi import write

    write(
        tmp_path / "shop",
        {
            "x": says("x"),
            "app/x/_h.py": "",
            "y": "from ._h import y as GET",
            "app/y/_h.py": "async def y(): return 'y'",
        },
    )
    monkeypatch.chdir(tmp_path)
    app = create_app("shop")
    monkeypatch.chdir("/")
    assert [ask(app, "GET", t).status for t in ("/x", "/y")] == [200, 200]
