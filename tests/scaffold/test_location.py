import pytest

from routegen.errors import UsageError
from routegen.scaffold.location import locate

TAKEN = [
    ("posts/[slug]", "api/posts/[slug]", "/api/posts/[slug]", "tests/api/posts/test_slug.py"),
    ("/health", "health", "/health", "tests/test_health.py"),
    ("/", "", "/", "tests/test_index.py"),
    ("stream", "api/stream", "/api/stream", "tests/api/test_stream.py"),
    ("stream/", "api/stream", "/api/stream", "tests/api/test_stream.py"),
    ("docs/[...path]", "api/docs/[...path]", "/api/docs/[...path]", "tests/api/docs/test_path.py"),
    ("/(shop)/cart", "(shop)/cart", "/cart", "tests/test_cart.py"),
    ("user-agents", "api/user-agents", "/api/user-agents", "tests/api/test_user_agents.py"),
    ("class", "api/class", "/api/class", "tests/api/test_class.py"),
    ("v1.2/x", "api/v1.2/x", "/api/v1.2/x", "tests/api/v1_2/test_x.py"),
    ("[red]", "api/[red]", "/api/[red]", "tests/api/test_red.py"),
]

REFUSED = [
    ("../x", "a `..` segment", "x"),
    ("x/../../y", "a `..` segment", "x/y"),
    ("./x", "a `.` segment", "x"),
    ("a//b", "an empty segment", "a/b"),
    ("", "an empty segment", "example"),
    ("//etc", "an empty segment", "etc"),
    ("a\0b", "a NUL character", "a-b"),
    ("a\nb", "the character `\\n`", "a-b"),
    ("a\x1b[31mb", "the character `\\x1b`", None),
    ("a b", "a space", "a-b"),
    ("C:\\x", "a backslash", "c/x"),
    ("café", "no ASCII", "cafe"),
    ("日本", "no ASCII", "example"),
    ("a\u202eb", "the character", "ab"),
    ("[id", "unbalanced brackets", "[id]"),
    ("id]", "unbalanced brackets", "[id]"),
    ("[]", "no parameter name", "example"),
    ("[/id]", "unbalanced brackets", "[id]"),
    ("[class]", "`class` cannot be the name", "[class_]"),
    ("[user-id]", "`user-id` cannot be the name", "[user_id]"),
    ("[2fa]", "`2fa` cannot be the name", "[n2fa]"),
    ("[[slug]]", "optional segment", "[slug]"),
    ("x[id]", "a parameter in one part", "[x_id]"),
    ("[..path]", "three dots", "[path]"),
    ("_private", "never served", "private"),
    ("@slot", "parallel route", "slot"),
    ("(.)photo", "intercepting route", "photo"),
    ("(shop", "route group", "shop"),
    ("nul", "no portable folder name", "example"),
    ("com1.x", "no portable folder name", "com1-x"),
    ("a.", "no portable folder name", "a"),
    ("a%2fb", "no portable folder name", "a-2fb"),
    ("{x}", "no portable folder name", "x"),
    ("${x}", "no portable folder name", "x"),
    ('a"b', "no portable folder name", "a-b"),
    ("{{7*7}}", "no portable folder name", "7-7"),
    ("x" * 41, "longer than 40 characters", "x" * 40),
    ("/".join("a" * 13), "more than 12 segments", "/".join("a" * 12)),
    ("\udcff", "the character `\\udcff`", "example"),
]


@pytest.mark.parametrize(("text", "folder", "id", "test"), TAKEN)
def test_an_argument_names_a_place(text: str, folder: str, id: str, test: str) -> None:
    location = locate(text, example="example")
    assert (location.folder, location.id, location.test) == (folder, id, test)


@pytest.mark.parametrize(("text", "reason", "offer"), REFUSED)
def test_a_hostile_argument_is_refused_with_one_that_would_do(
    text: str, reason: str, offer: str | None
) -> None:
    with pytest.raises(UsageError) as caught:
        locate(text, example="example")
    assert reason in caught.value.message
    assert caught.value.message.isprintable()
    suggestion = caught.value.hint.removeprefix("for example `").removesuffix("`")
    assert offer is None or suggestion == offer
    locate(suggestion, example="")  # what is offered is taken


def test_parameters_have_types_and_samples() -> None:
    location = locate("teams/[team_id]/[slug]/[...path]", example="")
    assert [(p.name, p.annotation) for p in location.parameters] == [
        ("team_id", "int"),
        ("slug", "str"),
        ("path", "list[str]"),
    ]
    assert location.url() == "/api/teams/1/hello/hello/world"
