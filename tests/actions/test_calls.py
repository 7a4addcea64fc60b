"""One action, many callers: Python itself, a browser, JSON, htmx, our script; and what happens around the call."""

import asyncio
import re
import sys
from typing import Any

import pytest

from routegen.actions import Invalid, action, actions_of, options_of, redirect
from tests.actions.conftest import CONTACT, Make, Site
from tests.actions.conftest import action as actions

VALID = {"email": "ada@example.com", "message": "hello"}


def test_python_calls_an_action_as_the_function_it_is(contact: Site) -> None:
    module = contact.module("app/contact/actions.py")
    answer = asyncio.run(module.contact(module.Contact(**VALID)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/thanks")
    with pytest.raises(Invalid) as caught:
        asyncio.run(module.contact(module.Contact(email="taken@example.com", message="hello")))
    assert caught.value.errors == {"email": "already taken"}
    assert str(caught.value) == "email: already taken"


def test_a_test_imports_the_module_that_the_server_runs(
    contact: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact.app.start()
    monkeypatch.syspath_prepend(str(contact.root))
    name = contact.app.loader.name_of(contact.root / "app/contact/actions.py")
    assert sys.modules[name] is contact.module("app/contact/actions.py")


def test_the_mark_leaves_the_function_alone() -> None:
    def plain(a: int, b: int = 2) -> int:
        return a + b

    assert action(plain) is plain
    assert action(once=True)(plain) is plain
    assert plain(1) == 3
    options = options_of(plain)
    assert options is not None and options.once


@pytest.mark.parametrize("wrong", [1, "text", int])
def test_the_mark_goes_on_functions_only(wrong: Any) -> None:
    with pytest.raises(TypeError, match="goes on a function"):
        action(wrong)


def test_what_is_private_or_not_marked_is_no_action() -> None:
    import types

    module = types.ModuleType("m")

    @action
    async def shown() -> None: ...

    async def hidden() -> None: ...

    vars(module).update(shown=shown, _private=shown, hidden=hidden, number=1, Invalid=Invalid)
    assert list(actions_of(module)) == ["shown"]


def test_errors_of_names_that_are_no_python() -> None:
    invalid = Invalid("closed", {"items[0].name": "no"}, email="taken")
    assert invalid.errors == {"": "closed", "items[0].name": "no", "email": "taken"}


@pytest.mark.parametrize("url", ["/a\r\nX: y", "/a\nb"])
def test_a_redirect_cannot_split_headers(url: str) -> None:
    with pytest.raises(ValueError):
        redirect(url)


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ("None", 204, None),
        ("redirect('/x')", 200, {"redirect": "/x"}),
        ("{'id': 7}", 200, {"id": 7}),
        ("[]", 200, []),
        ("False", 200, False),
        ("Result(total=3)", 200, {"total": 3}),
        ("respond.json({'own': 1}, 201)", 201, {"own": 1}),
    ],
)
def test_json(make: Make, result: str, status: int, body: Any) -> None:
    source = f"class Result(BaseModel):\n    total: int\n@action\nasync def send(): return {result}"
    answer = make(actions(source)).post("/?/send", Accept="application/json")
    assert answer.status_code == status
    assert (answer.json() if answer.content else None) == body


@pytest.mark.parametrize(
    ("accept", "is_json"),
    [
        ("application/json", True),
        ("application/json, text/html;q=0.5", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_who_gets_json(contact: Site, accept: str, is_json: bool) -> None:
    answer = contact.post("/contact?/contact", {}, Accept=accept)
    assert answer.status_code == 422
    assert (answer.headers["content-type"] == "application/json") is is_json


HTMX_PAGE = "<h1>head</h1>{% block part %}[{{ field('email').error }}{{ state }}]{% endblock %}"
LAYOUT = "<html>{{ children }}</html>"


@pytest.fixture
def htmx(make: Make) -> Site:
    source = (
        CONTACT["app/contact/actions.py"]
        + "\n@action\nasync def value(): return 5\n@action\nasync def none(): ...\n"
    )
    return make(
        {"app/layout.html": LAYOUT, "app/contact/page.html": HTMX_PAGE, "app/contact/actions.py": source}
    )


def test_htmx_gets_the_page_without_its_layouts_or_the_block_it_targets(htmx: Site) -> None:
    page = htmx.post("/contact?/contact", {"message": "hello"}, HX_Request="true")
    assert (page.status_code, page.text) == (422, "<h1>head</h1>[Field required]")
    block = htmx.post("/contact?/contact", {"message": "hello"}, HX_Request="true", HX_Target="part")
    assert block.text == "[Field required]"
    assert htmx.post("/contact?/value", HX_Request="true", HX_Target="part").text == "[5]"
    assert htmx.post("/contact?/none", HX_Request="true", HX_Target="unknown").text == "<h1>head</h1>[]"


def test_htmx_is_told_where_to_go(htmx: Site) -> None:
    answer = htmx.post("/contact?/contact", VALID, HX_Request="true")
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/thanks")
    boosted = htmx.post("/contact?/contact", VALID, HX_Request="true", HX_Boosted="true")
    assert (boosted.status_code, boosted.headers["location"]) == (303, "/thanks")


def test_our_script_is_told_where_to_go_and_gets_the_whole_page_else(htmx: Site) -> None:
    moved = htmx.post("/contact?/contact", VALID, X_Routegen_Form="1")
    assert (moved.status_code, moved.headers["x-location"]) == (204, "/thanks")
    back = htmx.post("/contact?/none&a=1", X_Routegen_Form="1")
    assert back.headers["x-location"] == "/contact?a=1"
    failed = htmx.post("/contact?/contact", {}, X_Routegen_Form="1")
    assert failed.status_code == 422 and failed.text.startswith("<html>")


def test_dependencies_are_solved_before_the_body_is_read_and_closed_before_the_answer(make: Make) -> None:
    site = make(
        actions("""
        async def session():
            seen.append("open")
            yield "session"
            seen.append("commit")
        class Form_(BaseModel):
            name: str
        @action
        async def save(form: Form_, session: Annotated[str, Depends(session)], request: Request):
            seen.append(form.name + " " + session)
            return redirect("/saved")
        """)
    )
    assert site.post("/?/save", {"name": "Ada"}).status_code == 303
    assert site.module("app/actions.py").seen == ["open", "Ada session", "commit"]


def test_a_commit_that_fails_is_no_success(make: Make) -> None:
    site = make(
        actions("""
        async def session():
            yield "session"
            raise RuntimeError("commit failed")
        @action
        async def save(session: Annotated[str, Depends(session)]): return redirect("/saved")
        """)
    )
    assert site.post("/?/save").status_code == 500


def test_path_query_header_and_cookie_are_fastapi_s(make: Make) -> None:
    site = make(
        {
            "app/posts/[id]/page.html": "x",
            "app/posts/[id]/actions.py": actions("""
            @action
            def like(
                id: int, page: Annotated[int, "unused"] = 1, *, token: Annotated[str, Header()],
                who: Annotated[str, Cookie()] = "nobody"
            ):
                return [id, token, who]
            """)["app/actions.py"],
        }
    )
    answer = site.post("/posts/7?/like", Token="t", Cookie="who=ada", Accept="application/json")
    assert answer.json() == [7, "t", "ada"]
    assert site.post("/posts/x?/like", Token="t").status_code == 422
    assert site.post("/posts/7?/like").status_code == 422


def test_invalid_raised_by_a_dependency_is_422(make: Make) -> None:
    site = make(
        actions("""
        async def check(): raise Invalid(name="no")
        @action
        async def save(checked: Annotated[None, Depends(check)]): ...
        """)
    )
    answer = site.post("/?/save", Accept="application/json")
    assert (answer.status_code, answer.json()["errors"]) == (422, {"name": "no"})


def test_a_field_is_attributes_and_shows_what_the_page_says_first(make: Make) -> None:
    page = """{{ form(save, class_="card", hx_post="x", hidden=True, title='"') }}
    <input {{ field("name", "Ada") }}>{{ field("tags", ["a"]).has("a") }}{{ field("n", None).value }}</form>"""
    site = make(
        {
            **actions(
                "class F(BaseModel):\n    name: str\n    age: int\n@action\nasync def save(form: F): ...",
                page,
            )
        }
    )
    text = site.get("/").text
    assert '<form method="post" action="?/save" class="card" hx-post="x" hidden title="&#34;">' in text
    assert '<input name="name" id="name" value="Ada">True</form>' in text
    assert 'value="typed"' in site.post("/?/save", {"name": "typed"}).text


@pytest.mark.parametrize("argument", ["'save'", "1", "helper", "nothing"])
def test_a_form_of_no_action_is_a_mistake(make: Make, argument: str) -> None:
    site = make(actions("@action\nasync def save(): ...", f"{{{{ form({argument}) }}}}"))
    assert site.get("/").status_code == 500


GUARD = """
from typing import Annotated
from fastapi import Depends, Header, HTTPException
async def signed_in(x_user: Annotated[str, Header()] = ""):
    if not x_user:
        raise HTTPException(401, "Not signed in")
dependencies = [Depends(signed_in)]
"""


def test_a_folder_s_guard_holds_for_pages_and_actions(make: Make) -> None:
    site = make({**CONTACT, "app/dependencies.py": GUARD})
    assert site.get("/contact").status_code == 401
    assert site.post("/contact?/contact", VALID).status_code == 401
    assert site.module("app/contact/actions.py").calls == []
    assert site.get("/contact", X_User="ada").status_code == 200
    assert site.post("/contact?/contact", VALID, X_User="ada").status_code == 303


def test_a_guard_speaks_before_the_form_is_parsed(make: Make) -> None:
    site = make({**CONTACT, "app/dependencies.py": GUARD})
    answer = site.post("/contact?/contact", content=b"--cut", Content_Type="multipart/form-data; boundary=b")
    assert answer.status_code == 401


@pytest.mark.parametrize("guard", ["dependencies = []\n", "1 / 0\n", "x = 1\n"])
def test_a_broken_guard_closes_the_page(make: Make, guard: str) -> None:
    site = make({**CONTACT, "app/dependencies.py": guard})
    site.app.dev = True
    assert site.get("/contact").status_code == 500
    assert site.post("/contact?/contact", VALID).status_code == 500


def test_middleware_and_handlers_of_main_py_see_pages(make: Make) -> None:
    site = make(actions("class Odd(Exception): ...\n@action\nasync def odd(): raise Odd"))
    seen: list[str] = []

    @site.app.middleware("http")
    async def note(request: Any, call_next: Any) -> Any:
        seen.append(request.url.path)
        return await call_next(request)

    site.get("/")
    site.post("/?/odd")
    assert seen == ["/", "/"]


def tokens(site: Site, field: str, path: str = "/") -> list[str]:
    found = re.findall('name="[$]' + field + '" value="([^"]*)"', site.get(path).text)
    return [text.replace("&#34;", '"') for text in found]


def test_bound_arguments_are_typed_and_signed_for_their_action_and_page(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "app/actions.py": actions("""
        from datetime import date
        from uuid import UUID
        @action
        async def remove(id: UUID, day: date, note: str = "none"): return [str(id), day.year, note]
        @action
        async def other(id: UUID, day: date): return "other"
        """)["app/actions.py"],
        "app/page.html": "{{ form(remove.bind(id, day)) }}",
        "app/b/page.html": "b",
        "app/page.py": """
        from datetime import date
        from uuid import UUID
        async def load(): return {"id": UUID(int=7), "day": date(2026, 1, 31)}
        """,
    }
    site = make(files)
    (signed,) = tokens(site, "args")
    good = site.post("/?/remove", {"$args": signed}, Accept="application/json")
    assert good.json() == [str(__import__("uuid").UUID(int=7)), 2026, "none"]
    for path in ("/?/other", "/b?/remove"):
        assert site.post(path, {"$args": signed}).status_code == 400
    for wrong in ("", "x", "." + signed.partition(".")[2], signed + " ", signed[1:], "é.{}", "\ud7ff"):
        assert site.post("/?/remove", {"$args": wrong}).status_code == 400
    assert site.post("/?/remove", {"$args": [signed, signed]}).status_code == 400
    assert site.post("/?/remove", {"id": "7", "day": "2026-01-01"}).status_code == 400
    monkeypatch.setenv("SESSION_SECRET", "another key, long enough to be one")
    assert site.post("/?/remove", {"$args": signed}).status_code == 400
    (fresh,) = tokens(site, "args")
    assert site.post("/?/remove", {"$args": fresh}, Accept="application/json").status_code == 200


@pytest.mark.parametrize(
    "bind", ["bind(1, 2)", "bind(nope=1)", "bind(1, id=2)", "bind(1).bind(2)", "bind(1).bind(id=2)"]
)
def test_binding_what_there_is_not_is_a_mistake(make: Make, bind: str) -> None:
    site = make(actions("@action\nasync def remove(id: int): ...", f"{{{{ form(remove.{bind}) }}}}"))
    assert site.get("/").status_code == 500


def test_without_a_key_nothing_is_signed(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    site = make(actions("@action\nasync def remove(id: int): ...", "{{ form(remove.bind(1)) }}"))
    monkeypatch.setenv("SESSION_SECRET", "short")
    assert site.get("/").status_code == 500
    assert site.post("/?/remove", {"$args": "x.{}"}).status_code == 500
    monkeypatch.delenv("SESSION_SECRET")
    (site.root / ".routegen").write_text("no folder can be made here")
    assert site.get("/").status_code == 500


def test_the_key_of_a_project_is_its_own_and_kept(make: Make) -> None:
    site = make(actions("@action\nasync def remove(id: int): ...", "{{ form(remove.bind(1)) }}"))
    (first,) = tokens(site, "args")
    key = site.root / ".routegen/cache/actions.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text() not in first
    again = Site(site.root)
    assert tokens(again, "args") == [first]


ONCE = """
results = []
@action(once=True)
async def buy(form: FormData):
    if form.get("fail") == "invalid": raise Invalid("no")
    if form.get("fail") == "crash": raise RuntimeError
    results.append(1)
    return redirect(f"/order/{len(results)}")
"""


def test_a_form_with_a_token_is_taken_once(make: Make) -> None:
    site = make(actions(ONCE, "{{ form(buy) }}{{ form(buy) }}"))
    first, second = tokens(site, "once")
    for _ in range(3):
        answer = site.post("/?/buy", {"$once": first})
        assert (answer.status_code, answer.headers["location"]) == (303, "/order/1")
    assert site.post("/?/buy", {"$once": first}, Accept="application/json").status_code == 409
    assert site.post("/?/buy", {"$once": second}).headers["location"] == "/order/2"
    assert site.module("app/actions.py").results == [1, 1]
    for missing in ({}, {"$once": ""}, {"$once": "x.y"}, {"$once": first + "x"}):
        assert site.post("/?/buy", missing).status_code == 400


def test_a_token_is_free_again_when_nothing_was_done(make: Make) -> None:
    site = make(actions(ONCE, "{{ form(buy) }}"))
    (token,) = tokens(site, "once")
    assert site.post("/?/buy", {"$once": token, "fail": "invalid"}).status_code == 422
    assert site.post("/?/buy", {"$once": token, "fail": "crash"}).status_code == 500
    assert site.post("/?/buy", {"$once": token}).status_code == 303


def test_a_double_click_runs_the_action_once(make: Make) -> None:
    source = ONCE.replace("results.append(1)", "import asyncio; results.append(1); await asyncio.sleep(0.05)")
    site = make(actions(source, "{{ form(buy) }}"))
    (token,) = tokens(site, "once")

    async def click_twice() -> list[int]:
        from urllib.parse import quote

        from tests.server.asgi import answer_to

        headers = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
        body = f"$once={quote(token)}".encode()
        posts = [answer_to(site.app, "POST", "/?/buy", headers=headers, body=body) for _ in range(5)]
        return [answer.status for answer in await asyncio.gather(*posts)]

    assert asyncio.run(click_twice()) == [303] * 5
    assert site.module("app/actions.py").results == [1]


def test_an_old_token_is_no_longer_taken(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    site = make(actions(ONCE, "{{ form(buy) }}"))
    (token,) = tokens(site, "once")
    now = time.time()
    monkeypatch.setattr("routegen.actions.once.time.time", lambda: now + 25 * 3600)
    assert site.post("/?/buy", {"$once": token}).status_code == 400


def test_shared_actions_are_one_module_for_all_pages_below(make: Make) -> None:
    site = make(
        {
            "app/actions.py": actions(
                "@action\nasync def count():\n    seen.append(1)\n    return len(seen)"
            )["app/actions.py"],
            "app/a/page.html": "{{ state }}",
            "app/b/c/page.html": "{{ state }}",
        }
    )
    assert [site.post(path).text for path in ("/a?/count", "/b/c?/count", "/a?/count")] == ["1", "2", "3"]
