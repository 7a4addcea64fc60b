"""What becomes of the fields of a form: nested names, lists, files, and what is hostile."""

from typing import Any

import pytest

from tests.actions.conftest import Make, action

MODELS = """
class Address(BaseModel):
    city: str
    zip: str | None = None
class Item(BaseModel):
    name: str
    amount: int = 1
class Order(BaseModel):
    email: str
    address: Address
    items: list[Item] = []
    tags: list[str] = []
    sizes: set[int] = set()
    notes: dict[str, str] = {}
    gift: bool = False
    news: bool = True
    count: int | None = None
    color: Literal["", "red"] = "red"
    text: str = "default"
    gift_to: Address | None = None
@action
async def order(form: Order): return form.model_dump(mode="json")
"""


@pytest.fixture
def site(make: Make) -> Any:
    return make(action(MODELS))


def order(site: Any, fields: list[tuple[str, str]]) -> Any:
    from urllib.parse import urlencode

    body = urlencode([("email", "a"), ("address.city", "Bonn"), *fields]).encode()
    kind = "application/x-www-form-urlencoded"
    return site.post("/?/order", content=body, Content_Type=kind, Accept="application/json").json()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], {"address": {"city": "Bonn", "zip": None}, "items": [], "tags": [], "count": None}),
        ([("address[zip]", "5")], {"address": {"city": "Bonn", "zip": "5"}}),
        (
            [("items[0].name", "a"), ("items[1].name", "b")],
            {"items": [{"name": "a", "amount": 1}, {"name": "b", "amount": 1}]},
        ),
        (
            [("items[7].name", "z"), ("items[2][name]", "y"), ("items[7].amount", "3")],
            {"items": [{"name": "y", "amount": 1}, {"name": "z", "amount": 3}]},
        ),
        (
            [("items.0.name", "a"), ("items.10.name", "c"), ("items.9.name", "b")],
            {"items": [{"name": n, "amount": 1} for n in "abc"]},
        ),
        ([("tags", "x"), ("tags", "y"), ("tags", "x")], {"tags": ["x", "y", "x"]}),
        ([("tags[]", "x"), ("tags[]", "y")], {"tags": ["x", "y"]}),
        ([("tags[1]", "y"), ("tags[0]", "x")], {"tags": ["x", "y"]}),
        ([("tags", ""), ("tags", "y")], {"tags": ["y"]}),
        ([("sizes", "2"), ("sizes", "2")], {"sizes": [2]}),
        ([("notes.a", "1"), ("notes[b]", "2")], {"notes": {"a": "1", "b": "2"}}),
        ([("gift", "on")], {"gift": True, "news": False}),
        ([("gift", "true"), ("news", "on")], {"gift": True, "news": True}),
        ([("count", "")], {"count": None}),
        ([("count", "0")], {"count": 0}),
        ([("text", "")], {"text": "default"}),
        ([("color", "")], {"color": ""}),
        ([("gift_to.city", "Ulm")], {"gift_to": {"city": "Ulm", "zip": None}}),
        ([("gift_to", "x")], {"gift_to": None}),
        ([("email", "b")], {"email": "b"}),
        ([("unknown", "x"), ("address.unknown", "x")], {"email": "a"}),
    ],
)
def test_fields_become_the_model(site: Any, fields: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    found = order(site, fields)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ([("email", "")], {"email": "Field required"}),
        ([("address.city", "")], {"address.city": "Field required"}),
        (
            [("items[0].name", "a"), ("items[5].amount", "x"), ("items[5].name", "n")],
            {"items[5].amount": "Input should be a valid integer, unable to parse string as an integer"},
        ),
        (
            [("sizes", "1"), ("sizes", "x")],
            {"sizes": "Input should be a valid integer, unable to parse string as an integer"},
        ),
        ([("color", "blue")], {"color": "Input should be '' or 'red'"}),
    ],
)
def test_errors_bear_the_names_of_the_fields(
    site: Any, fields: list[tuple[str, str]], errors: dict[str, str]
) -> None:
    assert order(site, fields)["errors"] == errors


HOSTILE = [
    [("a" + "[b]" * 50, "1")],
    [("." * 1000, "1")],
    [("items[999999999999999999].name", "a")],
    [("items[-1].name", "a"), ("items[x].name", "b")],
    [("items", "a"), ("items[0].name", "b"), ("items[0]", "c")],
    [("address", "x"), ("address", "y")],
    [("__class__.__init__.__globals__", "x"), ("__proto__.x", "1"), ("constructor", "x")],
    [("email.x.y", "1"), ("email[0]", "2")],
    [
        ("]", "1"),
        ("[", "2"),
        ("[]", "3"),
        ("", "4"),
        ("a[", "5"),
        ("a]b", "6"),
        ("a..b", "7"),
        ("a[[b]]", "8"),
    ],
    [("items[٣].name", "a"), ("items[0x1].name", "b"), ("items[1e3].name", "c"), ("items[01].name", "d")],
    [("$args", "x.{}"), ("$once", "x")],
    [
        ("\0", "\0"),
        ("email\0", "x"),
        ("\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "x"),
    ],
    [(f"items[{n}].name", "x") for n in range(900)],
    [(f"f{n}", "x") for n in range(1200)],
]


@pytest.mark.parametrize("fields", HOSTILE, ids=lambda fields: repr(fields[0])[:40])
def test_a_hostile_form_is_never_a_crash(site: Any, fields: list[tuple[str, str]]) -> None:
    import time
    from urllib.parse import urlencode

    for more in ([("email", "a"), ("address.city", "b")], []):
        begun = time.perf_counter()
        answer = site.post("/?/order", content=urlencode([*more, *fields]).encode(), Accept="text/html")
        assert answer.status_code in (200, 400, 422)
        assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\na',
            400,
        ),
        ("multipart/form-data", b"--b\r\n", 400),
        ("multipart/form-data; boundary=", b"--b\r\n", 400),
        ("text/plain", b"email=a", 415),
        ("application/json", b'{"email": "a"}', 415),
        ("application/x-www-form-urlencoded; charset=utf-8", b"email=a&address.city=b", 200),
        ("APPLICATION/X-WWW-FORM-URLENCODED", b"email=a&address.city=b", 200),
    ],
)
def test_the_encoding(site: Any, kind: str, body: bytes, status: int) -> None:
    assert site.post("/?/order", content=body, Content_Type=kind).status_code == status


SECRETS = """
class Login(BaseModel):
    user: str
    password: SecretStr
    again: SecretStr
    card_cvc: str = ""
    newPassword: str = ""
    accessToken: str = ""
    compass: str = ""
    avatar: UploadFile | None = None
    tags: list[str] = []
    agreed: bool = False
@action
async def login(form: Login): raise Invalid("No")
"""


def test_typed_in_values_come_back_but_never_secrets_and_files(make: Make) -> None:
    page = "".join(
        f'{{{{ field("{name}").value }}}}|'
        for name in (
            "user",
            "password",
            "again",
            "card_cvc",
            "newPassword",
            "accessToken",
            "compass",
            "avatar",
        )
    )
    page += '{% if field("tags").has("a") %}A{% endif %}{% if field("tags").has("b") %}B{% endif %}'
    page += '{% if field("agreed").has("on") %}checked{% endif %}{{ form.error }}'
    site = make(action(SECRETS, page))
    data = {
        **dict.fromkeys(("password", "again", "card_cvc", "newPassword", "accessToken"), "s3cret"),
        "user": "ada", "compass": "north", "tags": ["a", "c"], "agreed": "on",
    }  # fmt: skip
    answer = site.post("/?/login", data, files={"avatar": ("s3cret.png", b"s3cret")})
    assert answer.text == "ada||||||north||AcheckedNo"
    assert "s3cret" not in site.post("/?/login", {**data, "user": ""}, Accept="application/json").text


def test_files_single_many_and_as_bytes(make: Make) -> None:
    site = make(
        action(
            """
        class Form(BaseModel):
            model_config = {"arbitrary_types_allowed": True}
            raw: bytes
            many: list[UploadFile] = []
        @action
        async def send(form: Form):
            return [form.raw.decode(), [file.filename for file in form.many], (await form.many[0].read()).decode()]
        """,
            "{{ form(send) }}",
        )
    )
    assert 'enctype="multipart/form-data"' in site.get("/").text
    files = [("raw", ("r", b"raw")), ("many", ("a.txt", b"one")), ("many", ("../b.txt", b"two"))]
    assert site.post("/?/send", files=files, Accept="application/json").json() == [
        "raw",
        ["a.txt", "../b.txt"],
        "one",
    ]
    missing = site.post("/?/send", files=[("raw", ("", b""))], Accept="application/json")
    assert missing.json()["errors"] == {"raw": "Field required"}


def test_single_fields_as_fastapi_declares_them(make: Make) -> None:
    site = make(
        action("""
        @action
        async def plain(email: Annotated[str, Form(min_length=3)], age: int = Form(7), photo: UploadFile | None = None):
            return [email, age, photo and photo.filename]
        """)
    )
    assert site.post("/?/plain", {"email": "abc"}, Accept="application/json").json() == ["abc", 7, None]
    failed = site.post("/?/plain", {"email": "a", "age": "x"}, Accept="application/json").json()
    assert set(failed["errors"]) == {"email", "age"}


def test_a_dataclass_is_a_form_too(make: Make) -> None:
    site = make(
        action("""
        from dataclasses import dataclass
        @dataclass
        class Form_:
            name: str
            many: list[int]
        @action
        async def send(form: Form_): return [form.name, form.many]
        """)
    )
    assert site.post("/?/send", {"name": "a", "many": ["1", "2"]}, Accept="application/json").json() == [
        "a",
        [1, 2],
    ]


def test_a_rule_of_the_whole_model_is_an_error_of_the_whole_form(make: Make) -> None:
    site = make(
        action(
            """
        class Range(BaseModel):
            low: int
            high: int
            @model_validator(mode="after")
            def ordered(self):
                if self.low > self.high:
                    raise ValueError("the low one is higher")
                return self
        @action
        async def send(form: Range): ...
        """,
            "{{ form.error }}",
        )
    )
    assert site.post("/?/send", {"low": "2", "high": "1"}).text == "the low one is higher"
    answer = site.post("/?/send", {"low": "2", "high": "1"}, Accept="application/json")
    assert answer.json() == {"error": "the low one is higher", "errors": {"": "the low one is higher"}}


def test_postponed_annotations_and_aliases(make: Make) -> None:
    site = make(
        {
            "app/page.html": "x",
            "app/actions.py": """
                from __future__ import annotations
                from pydantic import BaseModel, Field
                from routegen.actions import action
                class Form(BaseModel):
                    name: str = Field(alias="user.name")
                    extra: str = Field(alias="from")
                @action
                async def send(form: Form) -> list[str]:
                    return [form.name, form.extra]
            """,
        }
    )
    sent = {"user.name": "a", "from": "b"}
    assert site.post("/?/send", sent, Accept="application/json").json() == ["a", "b"]


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ("one: Form_, two: Form_", "takes the form twice"),
        ("*args", "no form can fill"),
        ("**fields", "no form can fill"),
        ("form: Form_, single: Annotated[str, Form()]", "single fields"),
    ],
)
def test_a_signature_that_no_form_can_fill_stops_production(make: Make, signature: str, message: str) -> None:
    from routegen.errors import ProjectError

    site = make(action(f"class Form_(BaseModel): ...\n@action\nasync def send({signature}): ..."))
    with pytest.raises(ProjectError, match=message):
        site.app.start()
