"""The pages: nothing unescaped, nothing secret, nothing from elsewhere; and they follow the code."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routegen.server.dev.frames import Frame
from routegen.server.dev.highlight import highlight
from routegen.server.dev.pages import (
    KnownRoute,
    RequestFacts,
    error_json,
    error_page,
    not_found_json,
    not_found_page,
    page_headers,
)
from routegen.server.dev.report import Cause, ErrorReport, explain
from routegen.server.dev.source import SourceLine

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\0\ud800\x1b[31m</title></style></pre>"
GET = RequestFacts("GET", "/users/7")

ROUTES = [
    (("GET", "POST"), "/api/users", "app/api/users/route.py"),
    (("GET", "PATCH", "DELETE"), "/api/users/[id]", "app/api/users/[id]/route.py"),
    (("GET",), "/", "app/route.py"),
    (("GET",), "/files/[...path]", "app/files/[...path]/route.py"),
    (("POST",), "/api/webhooks/stripe", "app/api/webhooks/stripe/route.py"),
    ((), "/broken", "app/broken/route.py"),
]


class Page(HTMLParser):
    """A page as a browser reads it: the tags, their attributes and the text."""

    VOID = frozenset({"meta", "link", "br", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        html.encode()
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def check(html: str) -> Page:
    page = Page(html)
    assert len(page.all("script")) == 1 and not page.all("img") and not page.all("iframe")
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert not re.match(r"https?:|//|javascript:", attributes.get("src") or attributes.get("href") or "")
    return page


def crash(tmp_path: Path) -> ErrorReport:
    file = tmp_path / "app/[id]/route.py"
    file.parent.mkdir(parents=True)
    file.write_text("import json\n\ndef GET(text):\n    # <b>\n    return json.loads(text)\n")
    space: dict[str, object] = {}
    exec(compile(file.read_text(), str(file), "exec"), space)
    with pytest.raises(ValueError, match="Expecting") as caught:
        space["GET"]("{")  # type: ignore[operator]
    return explain(caught.value, tmp_path)


def test_the_page_of_a_crash(tmp_path: Path) -> None:
    page = check(error_page(crash(tmp_path), GET, version=7, nonce="n0nce"))
    assert "JSONDecodeError" in page.text and "Expecting property name" in page.text
    assert (
        "app/[id]/route.py:5" in page.text and "return json.loads(text)" in page.text and "# <b>" in page.text
    )
    marked = [a for a in page.all("span") if a.get("class") == "row marked"]
    assert marked[0]["data-n"] == "5"
    details = page.all("details")
    assert "open" in details[0] and details[0]["class"] == "frame"
    library = next(a for a in details if a.get("class") == "library")
    assert "open" not in library and "library frames" in page.text
    assert page.all("body")[0] == {"data-safe": "yes", "data-version": "7"}
    assert {a.get("nonce") for a in [*page.all("style"), *page.all("script")]} == {"n0nce"}


def test_the_policy_lets_the_page_do_only_what_it_does() -> None:
    headers = page_headers("n0nce")
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'nonce-n0nce'" in policy and "unsafe" not in policy
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "safe"), [("GET", "yes"), ("HEAD", "yes"), ("POST", "no"), ("DELETE", "no")]
)
def test_only_a_safe_request_is_sent_again_by_itself(method: str, safe: str) -> None:
    page = check(error_page(ErrorReport("X", "y"), RequestFacts(method, "/x")))
    assert page.all("body")[0] == {"data-safe": safe, "data-version": ""}
    assert f"Retry the {method}" in page.text
    saved = next(a for a in page.all("div") if a.get("id") == "saved")
    assert "hidden" in saved


def evil_report(depth: int = 1) -> ErrorReport:
    line = SourceLine(3, EVIL, True)
    frame = Frame(EVIL, EVIL, 3, 4, 30, EVIL, (SourceLine(2, EVIL), line), True)
    inner = (evil_report(depth - 1),) if depth else ()
    return ErrorReport(
        EVIL, EVIL, EVIL, (EVIL,), (frame, frame), 5, (EVIL,), tuple(Cause("cause", r) for r in inner), inner
    )


def test_nothing_hostile_gets_through() -> None:
    pairs = ((EVIL, EVIL), ("q", EVIL))
    facts = RequestFacts(EVIL, EVIL, pairs, pairs, pairs, pairs)
    html = error_page(evil_report(), facts, version=1, nonce=EVIL)
    page = check(html)
    assert "<script>alert" not in html and "<img" not in html and "\0" not in html and "\x1b" not in html
    assert "\\x00\\ud800\\x1b[31m" in page.text
    assert page.text.count("<script>alert(1)</script>") > 10
    json.dumps(error_json(evil_report(), facts)).encode()
    routes = [((EVIL,), EVIL, EVIL), (("GET",), EVIL, EVIL), (("GET",), "javascript:alert(1)", "x")]
    html = not_found_page(EVIL, routes, method=EVIL)
    assert "<script>alert" not in html
    json.dumps(not_found_json(EVIL, routes)).encode()
    links = ["/\ud800", "//evil.com", "/\\evil.com", "javascript:alert(1)"]
    check(not_found_page("/", [(("GET",), link, "x") for link in links]))


anything = st.text(st.characters(exclude_categories=()), max_size=40)


@given(anything, anything, st.integers(0, 50), st.integers(0, 50))
def test_any_text_makes_a_page(text: str, name: str, start: int, end: int) -> None:
    frame = Frame(text, text, 1, start, end, text, (SourceLine(1, text, True),), True)
    report = ErrorReport(name, text, name, frames=(frame,))
    check(error_page(report, RequestFacts("GET", text, ((name, text),))))
    json.dumps(error_json(report, RequestFacts("GET", text, ((name, text),)))).encode()
    check(not_found_page(text, [(("GET",), "/" + name, "x")])) if "[" not in name else None
    not_found_json(text, [(("GET",), name, text)])


def test_secrets_stay_out_of_page_and_json() -> None:
    facts = RequestFacts(
        "GET",
        "/reset/hidden0",
        (("token", "hidden1"), ("page", "2")),
        (("authorization", "Bearer hidden2"), ("cookie", "sid=hidden3"), ("accept", "*/*")),
        (("sid", "hidden3"),),
        (("token", "hidden0"),),
    )
    html = error_page(ErrorReport("X", "y"), facts)
    text = json.dumps(error_json(ErrorReport("X", "y"), facts))
    for shown in (html, text):
        assert "hidden" not in shown.replace("hidden>", "").replace("[hidden]", "").replace(
            ".hidden", ""
        ).replace("overflow: hidden", "")
        assert "*/*" in shown and "sid" in shown and "Bearer" in shown


def test_the_json_has_the_same_facts(tmp_path: Path) -> None:
    data = error_json(crash(tmp_path), GET)
    assert data["error"].startswith("JSONDecodeError: Expecting property name")
    assert data["frames"][0]["file"] == "app/[id]/route.py" and data["frames"][0]["line"] == 5
    assert [line["text"] for line in data["frames"][0]["source"] if line["marked"]] == [
        "    return json.loads(text)"
    ]
    assert data["request"]["path"] == "/users/7" and data["library_frames"]
    assert str(tmp_path) not in json.dumps(data)


def test_the_404_page_lists_all_routes_nearest_first() -> None:
    page = check(not_found_page("/api/usres/7", ROUTES, version=2))
    ids = [route[1] for route in ROUTES]
    positions = {id: page.text.index(f"{id}app/") for id in ids}
    assert min(positions, key=lambda id: positions[id]) == "/api/users/[id]"
    assert "GET PATCH DELETE" in page.text and "app/api/users/[id]/route.py" in page.text
    assert {a["href"] for a in page.all("a")} == {"/docs", "/api/users", "/"}
    assert "no routes yet" in check(not_found_page("/", [])).text


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/api/user", ["/api/users"]),
        ("/users", ["/api/users"]),
        ("/users/7", ["/api/users/[id]"]),
        ("/API/Users", ["/api/users"]),
        ("/api/usres/7", ["/api/users/[id]"]),
        ("/api/webhook/stripe", ["/api/webhooks/stripe"]),
        ("/file/a/b/c", ["/files/[...path]"]),
        ("/api/users/7/posts", ["/api/users/[id]"]),
        ("/something/else/entirely", []),
        ("/favicon.ico", []),
    ],
)
def test_nearest(path: str, nearest: list[str]) -> None:
    answer = not_found_json(path, ROUTES)
    assert answer["error"] == "Not Found"
    assert [route["path"] for route in answer["nearest"]][:1] == nearest


def test_the_404_json_and_its_bounds() -> None:
    assert not_found_json("/api/user", [KnownRoute(("GET",), "/api/users", "app/api/users/route.py")]) == {
        "error": "Not Found",
        "nearest": [{"path": "/api/users", "methods": ["GET"], "file": "app/api/users/route.py"}],
    }
    many = [(("GET",), f"/users{n}", "f") for n in range(500)]
    assert len(not_found_json("/users", many)["nearest"]) == 5
    not_found_json("/" + "a/" * 50_000 + "b" * 100_000, many)
    assert not_found_json("/x", []) == {"error": "Not Found", "nearest": []}


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("return x", '<span class="k">return</span> x'),
        (
            "f('a') # <",
            '<span class="f">f</span>(<span class="s">&#x27;a&#x27;</span>) <span class="c"># &lt;</span>',
        ),
        ("x = None", 'x = <span class="n">None</span>'),
        ("", ""),
    ],
)
def test_highlight(line: str, html: str) -> None:
    assert highlight(line) == html


def test_the_mark_can_cut_a_token() -> None:
    assert highlight("abc", 1, 2) == "a<mark>b</mark>c"
    assert (
        highlight("'abc'", 2, 9)
        == '<span class="s">&#x27;a</span><mark><span class="s">bc&#x27;</span></mark>'
    )
    assert highlight("abc", 3, 4) == "abc<mark> </mark>"


@given(anything, st.integers(0, 60), st.integers(0, 60))
def test_highlighting_loses_nothing(line: str, start: int, end: int) -> None:
    plain = re.sub(r"</?(?:span|mark)[^>]*>", "", highlight(line, start, max(end, start + 1)))
    assert plain.rstrip(" ") == highlight(line, None, None).replace("</span>", "").rstrip(
        " "
    ) or plain.replace(" ", "") == re.sub(r"</?span[^>]*>", "", highlight(line)).replace(" ", "")
