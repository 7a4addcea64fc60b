"""Edits of templates, `page.py` and `actions.py` are live with the next request; what is broken costs its own page."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from routegen.server.devapp import DevApp
from routegen.server.reporter import Reporter
from tests.actions.conftest import OWN
from tests.serve.conftest import LiveProject, live  # noqa: F401  (a fixture)

ACTIONS = "from routegen.actions import action\n@action\nasync def say(): return 'one'\n"


def text(project: LiveProject, path: str = "/") -> str:
    answer = project.client.get(path)
    return answer.text if answer.status_code == 200 else str(answer.status_code)


def say(project: LiveProject, path: str = "/") -> Any:
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = project.client.post(f"{path}?/say", headers={**OWN, **kind})
    return answer.json() if answer.status_code == 200 else answer.status_code


@pytest.fixture
def site(live: LiveProject) -> LiveProject:  # noqa: F811
    live.write("app/layout.html", "<{{ children }}>")
    live.write("app/page.html", "{% include '_part.html' %} {{ x }}")
    live.write("app/_part.html", "part")
    live.write("app/page.py", "from lib.text import TEXT\nasync def load(): return {'x': TEXT}\n")
    live.write("lib/text.py", "TEXT = 'a'\n")
    live.write("lib/__init__.py", "")
    live.write("app/actions.py", ACTIONS)
    live.write("app/other/page.html", "other")
    live.start()
    assert text(live) == "<part a>"
    return live


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("app/layout.html", "[{{ children }}]", "[part a]"),
        ("app/page.html", "page {{ x }}", "<page a>"),
        ("app/_part.html", "PART", "<PART a>"),
        ("app/page.py", "async def load(): return {'x': 'new'}\n", "<part new>"),
        ("lib/text.py", "TEXT = 'b'\n", "<part b>"),
    ],
)
def test_an_edit_is_live_with_the_next_request(
    site: LiveProject, file: str, source: str, expected: str
) -> None:
    site.write(file, source)
    assert text(site) == expected


def test_an_edited_action_is_live_for_every_page_that_shares_it(site: LiveProject) -> None:
    assert (say(site), say(site, "/other")) == ("one", "one")
    site.write("app/actions.py", ACTIONS.replace("one", "two"))
    assert (say(site), say(site, "/other")) == ("two", "two")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("app/page.html", "{% if %}"),
        ("app/page.html", "{{ 1 / 0 }}"),
        ("app/_part.html", "{{ nobody_gave_this }}"),
        ("app/page.py", "async def load(:\n"),
        ("app/page.py", "async def lode(): ...\n"),
    ],
)
def test_a_broken_file_costs_its_own_page_and_heals(site: LiveProject, file: str, source: str) -> None:
    before = (site.root / file).read_text()
    site.write(file, source)
    assert (text(site), text(site, "/other")) == ("500", "<other>")
    site.write(file, before)
    assert text(site) == "<part a>"


def test_a_broken_layout_or_actions_file_costs_the_pages_that_use_it(site: LiveProject) -> None:
    site.write("app/actions.py", "1 / 0\n")
    assert (text(site), text(site, "/other")) == ("500", "500")
    site.write("app/actions.py", ACTIONS)
    site.reloader.retry_broken()
    assert (text(site), say(site, "/other")) == ("<part a>", "one")


def test_new_and_deleted_files_are_found_by_the_watcher(site: LiveProject) -> None:
    file = site.write("app/other/layout.html", "({{ children }})")
    site.reloader.batch([("added", str(file))])
    assert text(site, "/other") == "<(other)>"
    actions = site.write("app/other/actions.py", ACTIONS.replace("one", "own"))
    site.reloader.batch([("added", str(actions))])
    assert (say(site, "/other"), say(site)) == ("own", "one")
    for gone in (file, actions):
        gone.unlink()
        site.reloader.batch([("deleted", str(gone))])
    assert (text(site, "/other"), say(site, "/other")) == ("<other>", "one")
    page = site.write("app/new/page.html", "new")
    site.reloader.batch([("added", str(page))])
    assert text(site, "/new") == "<new>"


def test_the_watcher_reports_pages_whose_template_changed(site: LiveProject) -> None:
    text(site, "/other")
    version = site.reloader.version
    layout = site.write("app/layout.html", "[{{ children }}]")
    site.reloader.batch([("modified", str(layout))])
    assert sorted(route.id for route in site.reports[-1].changed) == ["/", "/other"]
    assert site.reloader.version > version


class Silent(Reporter):
    """Tells nobody anything."""


def at_this_machine(project: LiveProject) -> TestClient:
    """A browser that may see the pages of dev."""
    app = DevApp(project.app, project.app, project.reloader, Silent())
    return TestClient(app, "http://localhost", raise_server_exceptions=False, client=("127.0.0.1", 1))


def test_a_template_error_shows_its_place_on_the_dev_page(live: LiveProject) -> None:  # noqa: F811
    live.write("app/page.html", "<p>\n{{ 1 / 0 }}\n</p>")
    live.start()
    client = at_this_machine(live)
    answer = client.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "app/page.html" in answer.text and "ZeroDivisionError" in answer.text
    live.write("app/page.html", "<p>\n{% if %}\n</p>")
    answer = client.get("/", headers={"Accept": "text/html"})
    assert "app/page.html" in answer.text and "TemplateSyntaxError" in answer.text
    assert "{% if %}" in answer.text


@pytest.mark.parametrize(
    ("method", "page", "load", "status", "told"),
    [
        ("POST", "the page was open while `say` was renamed", "", 404, "This page has no such action"),
        ("GET", "", "raise HTTPException(404, 'No such pen')", 404, "No such pen"),
        ("GET", "{{ form(sya) }}", "", 500, "form(sya): this page has no such action"),
    ],
)
def test_what_is_not_there_is_told_by_its_name(
    live: LiveProject,  # noqa: F811
    method: str,
    page: str,
    load: str,
    status: int,
    told: str,
) -> None:
    live.write("app/page.html", page)
    live.write("app/page.py", f"from fastapi import HTTPException\nasync def load(): {load or 'return {}'}\n")
    live.write("app/actions.py", ACTIONS.replace("say", "tell"))
    live.start()
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    url = "/?/say" if method == "POST" else "/"
    answer = at_this_machine(live).request(method, url, headers={**OWN, **kind})
    assert answer.status_code == status
    assert told in answer.text
    assert "No route answers this path" not in answer.text
