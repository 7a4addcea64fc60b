"""Next.js 16.4.6's server actions, fact by fact (measured there), each with what routegen does about it.

same      the same behaviour
adapted   its equivalent in Python
better    Next.js's behaviour is a defect
"""

from typing import Any

import pytest

from tests.actions.conftest import CONTACT, CONTACT_ACTIONS, CONTACT_PAGE, Make, action

VALID = {"email": "ada@example.com", "message": "hello"}
FORM = "class Form(BaseModel):\n    name: str\n"


def test_01_same_a_post_without_javascript_runs_the_action_and_may_render_the_page(make: Make) -> None:
    site = make(action(f"{FORM}\n@action\nasync def greet(form: Form): return 'Hello ' + form.name"))
    answer = site.post("/?/greet", {"name": "Ada"})
    assert (answer.status_code, answer.text) == (200, "<p>page</p>Hello Ada")
    assert answer.headers["cache-control"] == "no-store"


def test_02_same_redirect_is_303_to_one_s_own_pages_and_to_others(make: Make) -> None:
    site = make(
        action("""
        @action
        async def go(form: FormData): return redirect(str(form["to"]))
        @action
        async def leave(): raise Redirect("/raised", 308)
        """)
    )
    for to in ("/thanks", "https://pay.example/checkout?a=1"):
        answer = site.post("/?/go", {"to": to})
        assert (answer.status_code, answer.headers["location"], answer.content) == (303, to, b"")
    assert site.post("/?/leave").headers["location"] == "/raised"
    assert site.post("/?/leave").status_code == 303


def test_03_same_a_cookie_set_in_the_action_is_seen_by_the_page_of_that_answer(make: Make) -> None:
    files = action(
        """
        @action
        async def theme(form: FormData, response: Response):
            if form["theme"] == "none":
                response.delete_cookie("theme")
            else:
                response.set_cookie("theme", str(form["theme"]))
            return "done"
        @action
        async def leave(response: Response):
            response.set_cookie("theme", "dark")
            return redirect("/x")
        """,
        "{{ theme }}/{{ other }}",
    )
    loader = """
        from typing import Annotated
        from fastapi import Cookie
        async def load(theme: Annotated[str, Cookie()] = "-", other: Annotated[str, Cookie()] = "-"):
            return {"theme": theme, "other": other}
    """
    site = make({**files, "app/page.py": loader})
    answer = site.post("/?/theme", {"theme": "dark"}, Cookie="theme=light; other=1")
    assert answer.text == "dark/1"
    assert answer.headers["set-cookie"].startswith("theme=dark")
    assert site.post("/?/theme", {"theme": "none"}, Cookie="theme=light").text == "-/-"
    assert site.post("/?/leave").headers["set-cookie"].startswith("theme=dark")


def test_04_adapted_the_page_is_loaded_anew_in_the_same_answer(make: Make) -> None:
    files = action(
        "from lib_rows import rows\n@action\nasync def add(form: FormData): rows.append(str(form['x'])); return 1",
        "{{ rows | join(',') }}",
    )
    site = make(
        {
            **files,
            "lib_rows.py": "rows = ['a']\n",
            "app/page.py": "from lib_rows import rows\nasync def load(): return {'rows': rows}\n",
        }
    )
    assert site.get("/").text == "a"
    assert site.post("/?/add", {"x": "b"}).text == "a,b"


def test_05_adapted_state_goes_around_in_bound_arguments_and_keeps_counting(make: Make) -> None:
    import re

    site = make(
        action(
            "@action\nasync def count(state: int): return state + 1",
            "{{ form(count.bind(state or 0)) }}</form>{{ state or 0 }}",
        )
    )
    page = site.get("/").text
    for expected in ("1", "2", "3"):
        signed = re.search(r'name="\$args" value="([^"]*)"', page)
        assert signed is not None
        page = site.post("/?/count", {"$args": signed[1].replace("&#34;", '"')}).text
        assert page.endswith(f"</form>{expected}")


def test_05_adapted_a_failure_is_422_with_the_values_and_an_error_a_field(contact: Any) -> None:
    answer = contact.post("/contact?/contact", {"email": 'a"<b>', "message": "<i>"})
    assert answer.status_code == 303
    answer = contact.post("/contact?/contact", {"email": 'a"<b>', "message": "<"})
    assert answer.status_code == 422
    assert 'value="a&#34;&lt;b&gt;"' in answer.text
    assert '<textarea name="message">&lt;</textarea>' in answer.text
    assert "<p>String should have at least 3 characters</p>" in answer.text
    assert "aria-invalid" not in answer.text
    answer = contact.post("/contact?/contact", {**VALID, "email": "taken@example.com"})
    assert answer.status_code == 422
    assert 'aria-invalid="true" aria-describedby="email-error"' in answer.text
    assert '<p id="email-error">already taken</p>' in answer.text


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429])
def test_06_better_an_action_answers_with_the_status_it_raises(make: Make, status: int) -> None:
    site = make(action(f"@action\nasync def fail(): raise HTTPException({status}, 'No', {{'X-Why': 'y'}})"))
    answer = site.post("/?/fail")
    assert (answer.status_code, answer.json(), answer.headers["x-why"]) == (status, {"error": "No"}, "y")


def test_07_adapted_an_error_is_500_without_a_word_of_it(make: Make) -> None:
    site = make(action("@action\nasync def fail(): raise RuntimeError('the password is hunter2')"))
    answer = site.post("/?/fail")
    assert (answer.status_code, answer.json()) == (500, {"error": "Internal Server Error"})
    assert "hunter2" not in site.post("/?/fail", Accept="text/html").text


def test_08_adapted_bound_arguments_precede_the_form_and_cannot_be_changed(make: Make) -> None:
    import re

    page = "{{ form(move.bind(7).bind(to='b')) }}</form>"
    site = make(
        action(
            f"{FORM}\n@action\nasync def move(id: int, to: str, form: Form): return [id, to, form.name]",
            page + "{{ state }}",
        )
    )
    found = re.search(r'name="\$args" value="([^"]*)"', site.get("/").text)
    assert found is not None
    signed = found[1].replace("&#34;", '"')
    assert signed.endswith('.{"id":7,"to":"b"}')
    assert site.post("/?/move", {"$args": signed, "name": "n"}, Accept="application/json").json() == [
        7,
        "b",
        "n",
    ]
    changed = site.post("/?/move", {"$args": signed.replace("7", "8"), "name": "n"})
    assert changed.status_code == 400


def test_09_same_files_have_name_size_and_type_and_an_untouched_input_is_none(make: Make) -> None:
    site = make(
        action("""
        class Form(BaseModel):
            photo: UploadFile | None = None
        @action
        async def send(form: Form):
            return [form.photo.filename, form.photo.size, form.photo.content_type] if form.photo else None
        """)
    )
    full = site.post("/?/send", files={"photo": ("a.png", b"123", "image/png")}, Accept="application/json")
    assert full.json() == ["a.png", 3, "image/png"]
    empty = b'--b\r\nContent-Disposition: form-data; name="photo"; filename=""\r\n\r\n\r\n--b--\r\n'
    kind = "multipart/form-data; boundary=b"
    assert site.post("/?/send", content=empty, Content_Type=kind).status_code == 303


def test_10_better_our_own_fields_are_not_among_the_form_s(make: Make) -> None:
    site = make(
        action("@action(once=True)\nasync def raw(form: FormData): return dict(form)", "{{ form(raw) }}")
    )
    import re

    token = re.search(r'name="\$once" value="([^"]*)"', site.get("/").text)
    assert token is not None
    assert site.post("/?/raw", {"$once": token[1], "a": "1"}, Accept="application/json").json() == {"a": "1"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_11_same_nothing_but_post_runs_an_action(contact: Any, method: str) -> None:
    answer = contact.client.request(method, "/contact?/contact", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == {"GET": 200, "HEAD": 200, "OPTIONS": 204}.get(method, 405)
    assert contact.module("app/contact/actions.py").calls == []


def test_12_better_both_encodings_run(contact: Any) -> None:
    assert contact.post("/contact?/contact", VALID).status_code == 303
    assert (
        contact.post(
            "/contact?/contact", files={name: (None, value) for name, value in VALID.items()}
        ).status_code
        == 303
    )
    assert len(contact.module("app/contact/actions.py").calls) == 2


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://", "x" * 5000])
def test_13_better_another_origin_is_403_with_both_values_cut(contact: Any, origin: str) -> None:
    answer = contact.post(
        "/contact?/contact", VALID, own=False, Origin=origin, X_Forwarded_Host="evil.example"
    )
    assert answer.status_code == 403
    assert origin[:100] in answer.json()["error"]
    assert len(answer.json()["error"]) < 500
    assert contact.module("app/contact/actions.py").calls == []


def test_13_better_letter_case_and_the_default_port_of_the_host_do_not_matter(contact: Any) -> None:
    for host in ("SHOP.example", "shop.example:80"):
        answer = contact.post("/contact?/contact", VALID, own=False, Origin="http://shop.example", Host=host)
        assert answer.status_code == 303


def test_15_better_too_large_a_body_is_413_before_more_of_it_is_read(make: Make) -> None:
    files = {
        **CONTACT,
        "app/contact/actions.py": CONTACT_ACTIONS.replace("@action", "@action(max_body_size=100)"),
    }
    site = make(files)
    large = site.post("/contact?/contact", {**VALID, "message": "x" * 100})
    assert (large.status_code, large.json()) == (413, {"error": "The body is larger than 100 bytes"})
    streamed = site.post("/contact?/contact", content=iter([b"message=" + b"x" * 60] * 3))
    assert streamed.status_code == 413
    assert make(CONTACT).post("/contact?/contact", {"message": "x" * 1024 * 1024}).status_code == 413


@pytest.mark.parametrize("size", [-1])
def test_15_same_a_bad_limit_is_a_mistake_at_start_up(make: Make, size: int) -> None:
    from routegen.errors import ProjectError

    with pytest.raises(ProjectError, match="max_body_size=-1"):
        make(action(f"@action(max_body_size={size})\nasync def x(): ...")).app.start()


@pytest.mark.parametrize(
    "name", ["nope", "helper", "Contact", "__init__", "calls", "contact/../contact", "", "contact&/contact"]
)
def test_16_better_an_unknown_action_is_404_and_nothing_else_is_exposed(contact: Any, name: str) -> None:
    answer = contact.post(f"/contact?/{name}", VALID)
    assert (answer.status_code, answer.json()) == (404, {"error": "This page has no such action"})
    assert contact.module("app/contact/actions.py").calls == []


@pytest.mark.parametrize("body", [b"%ff=1", b"\xff\xfe", b"email=%00&message=a\x00bc"])
def test_16_better_a_body_that_cannot_be_decoded_is_the_client_s_fault(contact: Any, body: bytes) -> None:
    assert contact.post("/contact?/contact", content=body).status_code in (303, 400, 422)


def test_17_adapted_an_action_belongs_to_the_pages_below_its_file(make: Make) -> None:
    site = make({**CONTACT, "app/contact/more/page.html": "more", "app/other/page.html": "other"})
    assert site.post("/contact/more?/contact", VALID).status_code == 303
    assert site.post("/other?/contact", VALID).status_code == 405


def test_18_better_a_post_of_json_to_a_page_is_405_and_to_an_action_415(contact: Any) -> None:
    assert contact.post("/contact", content=b"{}", Content_Type="application/json").status_code == 405
    assert (
        contact.post("/contact?/contact", content=b"{}", Content_Type="application/json").status_code == 415
    )
    assert (
        contact.client.post("/contact?/contact", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 415
    )


def test_20_same_the_page_s_check_does_not_cover_the_action(make: Make) -> None:
    loader = "from fastapi import HTTPException\nasync def load(): raise HTTPException(401)\n"
    site = make({**CONTACT, "app/contact/page.py": loader})
    assert site.get("/contact").status_code == 401
    assert site.post("/contact?/contact", VALID).status_code == 303


def test_21_same_wrapped_actions_work_whichever_way_round(make: Make) -> None:
    site = make(
        action("""
        import functools
        def signed_in(function):
            @functools.wraps(function)
            async def checked(*args, **kwargs):
                seen.append("checked")
                return await function(*args, **kwargs)
            return checked
        class Form(BaseModel):
            name: str
        @signed_in
        @action
        async def above(form: Form): return form.name
        @action
        @signed_in
        async def below(form: Form): return form.name
        """)
    )
    for name in ("above", "below"):
        assert site.post(f"/?/{name}", {"name": "n"}, Accept="application/json").json() == "n"
    assert site.module("app/actions.py").seen == ["checked", "checked"]


def test_22_same_after_success_a_reload_sends_nothing_again(make: Make) -> None:
    quiet = {
        **CONTACT,
        "app/contact/actions.py": CONTACT_ACTIONS.replace('return redirect("/thanks")', "return None"),
    }
    site = make(quiet)
    answer = site.post("/contact?/contact&from=a%20b&x=1", VALID)
    assert (answer.status_code, answer.headers["location"]) == (303, "/contact?from=a%20b&x=1")
    assert site.get(answer.headers["location"]).status_code == 200


def test_23_same_tasks_run_after_the_answer_also_when_the_action_fails(make: Make) -> None:
    site = make(
        action("""
        @action
        async def work(form: FormData, later: BackgroundTasks):
            later.add_task(seen.append, str(form["x"]))
            match form["x"]:
                case "redirect": return redirect("/")
                case "value": return 1
                case "invalid": raise Invalid("no")
                case "error": raise HTTPException(409)
        """)
    )
    for kind in ("redirect", "value", "invalid", "error", "none"):
        site.post("/?/work", {"x": kind})
    assert site.module("app/actions.py").seen == ["redirect", "value", "invalid", "error", "none"]


def test_hand_written_html_works_as_well(make: Make) -> None:
    page = '<form method="post" action="?/contact"><input name="email"></form>{{ field("email").error }}'
    site = make({**CONTACT, "app/contact/page.html": page})
    assert site.post("/contact?/contact", VALID).status_code == 303
    assert site.post("/contact?/contact", {"message": "hello"}).text.endswith("Field required")


def test_the_form_keeps_the_query_of_its_page(contact: Any) -> None:
    assert 'action="?/contact&amp;page=2&amp;q=a%20b"' in contact.get("/contact?page=2&q=a%20b").text
    failed = contact.post("/contact?/contact&page=2", {"email": "a"})
    assert 'action="?/contact&amp;page=2"' in failed.text


@pytest.mark.parametrize("query", ["/contact", "/contact=", "%2Fcontact", "%2fcontact=", "q=1&/contact"])
def test_the_spellings_of_an_action_s_name(contact: Any, query: str) -> None:
    assert contact.post(f"/contact?{query}", VALID).status_code == 303


def test_two_forms_of_one_action_keep_their_errors_apart(make: Make) -> None:
    import re

    page = CONTACT_PAGE.replace("form(contact)", "form(contact.bind(1))")
    both = page + page.replace("bind(1)", "bind(2)")
    actions = CONTACT_ACTIONS.replace("contact(form", "contact(id: int, form")
    site = make({"app/contact/page.html": both, "app/contact/actions.py": actions})
    tokens = re.findall(r'name="\$args" value="([^"]*)"', site.get("/contact").text)
    answer = site.post("/contact?/contact", {"$args": tokens[1].replace("&#34;", '"'), "email": "typed"})
    first, second = answer.text.split("</form>")[:2]
    assert "typed" not in first and "Field required" not in first
    assert "typed" in second and "Field required" in second
