"""Pages: templates inside their layouts, with what `load` gives them."""

from typing import Any

import pytest

from routegen.errors import ProjectError
from tests.actions.conftest import CONTACT, Make

LAYOUT = "<html><title>{{ title or 'Shop' }}</title>{{ children }}</html>"


def test_layouts_wrap_each_other_and_know_what_the_page_has_set(make: Make) -> None:
    site = make(
        {
            "app/layout.html": LAYOUT,
            "app/page.html": "<h1>home</h1>",
            "app/(docs)/layout.html": "<main>{{ children }}</main>",
            "app/(docs)/guide/page.html": "{% set title = 'Guide <1>' %}<h1>guide</h1>",
        }
    )
    assert site.get("/").text == "<html><title>Shop</title><h1>home</h1></html>"
    assert site.get("/guide").text == "<html><title>Guide &lt;1&gt;</title><main><h1>guide</h1></main></html>"
    assert site.get("/").headers["content-type"] == "text/html; charset=utf-8"


def test_html_is_escaped_also_from_load_and_the_query(make: Make) -> None:
    loader = "async def load(q: str = ''): return {'q': q}\n"
    site = make({"app/page.html": '<a title="{{ q }}">{{ q }}</a>', "app/page.py": loader})
    assert site.get("/?q=<b>\"'").text == '<a title="&lt;b&gt;&#34;&#39;">&lt;b&gt;&#34;&#39;</a>'


def test_load_is_a_dependency(make: Make) -> None:
    site = make(
        {
            "app/users/[id]/page.html": "{{ id + 1 }} {{ who }} {{ tags | join('+') }}",
            "app/users/[id]/page.py": """
                from typing import Annotated
                from fastapi import Cookie, Depends, Query
                def user(name: Annotated[str, Cookie()] = "nobody"): return name
                async def load(
                    id: int, who: Annotated[str, Depends(user)], tags: Annotated[list[str], Query()] = []
                ) -> dict[str, object]:
                    return {"id": id, "who": who, "tags": tags}
            """,
        }
    )
    assert site.get("/users/7?tags=a&tags=b", Cookie="name=ada").text == "8 ada a+b"
    assert site.get("/users/x").status_code == 422


def test_load_may_be_sync_take_catch_alls_and_answer_by_itself(make: Make) -> None:
    site = make(
        {
            "app/docs/[...path]/page.html": "{{ path | join('>') }}",
            "app/docs/[...path]/page.py": """
                from fastapi import HTTPException, Response
                from routegen import respond
                def load(path: list[str], response: Response):
                    response.set_cookie("seen", "yes")
                    if path == ["old"]:
                        return respond.redirect("/docs/new", 308)
                    if path == ["gone"]:
                        raise HTTPException(404, "No such page")
                    return {"path": path}
            """,
        }
    )
    assert site.get("/docs/a/b%2Fc").text == "a&gt;b/c"
    assert site.get("/docs/a").headers["set-cookie"].startswith("seen=yes")
    assert (site.get("/docs/old").status_code, site.get("/docs/old").headers["location"]) == (
        308,
        "/docs/new",
    )
    assert site.get("/docs/gone").json() == {"error": "No such page"}


def test_methods(contact: Any, make: Make) -> None:
    head = contact.client.head("/contact")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(contact.get("/contact").content))
    assert contact.client.options("/contact").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    put = contact.client.put("/contact?/contact")
    assert (put.status_code, put.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert contact.get("/nowhere").json() == {"error": "Not Found"}
    assert contact.get("/contact/").headers["location"] == "/contact"


def test_a_page_without_actions_takes_no_post(make: Make) -> None:
    answer = make({"app/page.html": "x"}).post("/?/anything")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_pages_and_actions_are_not_in_openapi(contact: Any) -> None:
    assert contact.app.openapi()["paths"] == {}
    assert not [route for route in contact.app.routes if "contact" in getattr(route, "path", "")]


def test_templates_include_each_other_by_name_and_from_beside(make: Make) -> None:
    site = make(
        {
            "app/_parts/card.html": "[{{ name }}]",
            "app/a/_own.html": "({{ name }})",
            "app/a/page.html": "{% set name = 'x' %}{% include '_parts/card.html' %}{% include './_own.html' %}"
            "{% include '../_parts/card.html' %}",
        }
    )
    assert site.get("/a").text == "[x](x)[x]"


@pytest.mark.parametrize("name", ["../pyproject.toml", "../../x", "/etc/passwd", "./../../pyproject.toml"])
def test_a_template_outside_the_app_is_no_template(make: Make, name: str) -> None:
    site = make({"app/a/page.html": f"{{% include '{name}' %}}"})
    assert site.get("/a").status_code == 500


def test_a_name_that_nobody_gave_is_a_mistake_where_it_is_shown(make: Make) -> None:
    site = make(
        {"app/page.html": "{{ tilte }}", "app/a/page.html": "{% if tilte %}x{% endif %}{{ tilte or 'y' }}"}
    )
    assert site.get("/").status_code == 500
    assert "tilte" not in site.get("/").text
    assert site.get("/a").text == "y"


@pytest.mark.parametrize("returned", ["[1]", "'text'", "{'form': 1}", "{'children': ''}"])
def test_load_returns_a_dict_of_free_names(make: Make, returned: str) -> None:
    site = make({"app/page.html": "x", "app/page.py": f"async def load(): return {returned}\n"})
    assert site.get("/").status_code == 500


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"app/page.html": "<p>\n{% if %}"}, "page.html`, line 2: Expected"),
        ({"app/page.html": "x", "app/layout.html": "{{ children"}, "layout.html`, line 1: unexpected end"),
        ({"app/page.html": "x", "app/page.py": "def lode(): ...\n"}, "has no function `load`"),
        ({"app/page.html": "x", "app/page.py": "def load(:\n"}, "SyntaxError"),
        ({"app/page.html": "x", "app/actions.py": "1 / 0\n"}, "ZeroDivisionError"),
        (
            {"app/page.html": "x", "pyproject.toml": "[tool.routegen]\nallowed_origins = ['*']\n"},
            "ALLOWED_ORIGINS",
        ),
        (
            {"app/page.html": "x", "pyproject.toml": "[tool.routegen]\nallowed_origins = 'x'\n"},
            "no list of hosts",
        ),
    ],
)
def test_a_broken_page_stops_production(make: Make, files: dict[str, str], message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        make(files).app.start()


def test_root_path_is_in_front_of_the_script_and_of_the_way_back(make: Make) -> None:
    done = CONTACT["app/contact/actions.py"].replace('return redirect("/thanks")', "return None")
    page = "{{ forms_script() }}" + CONTACT["app/contact/page.html"]
    site = make({"app/contact/page.html": page, "app/contact/actions.py": done}, root_path="/shop")
    assert 'src="/shop/__routegen/forms.js?' in site.get("/contact").text
    answer = site.post("/contact?/contact", {"email": "a", "message": "hello"})
    assert answer.headers["location"] == "/shop/contact"


def test_the_script_is_small_and_stays_in_the_browser(contact: Any) -> None:
    answer = contact.get("/__routegen/forms.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) <= 1024
