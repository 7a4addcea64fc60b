import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import Routegen

Tree = Callable[[], dict[str, bytes]]

COMMANDS = [
    ("crud", "users"),
    ("dynamic", "posts/[slug]"),
    ("webhook", "stripe"),
    ("webhook", "github"),
    ("upload",),
    ("stream",),
    ("protected",),
]


def test_alone_it_shows_the_patterns(
    project: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    ran = routegen("add")
    assert ran.code == 0
    header = ran.out.splitlines()[0].split()
    assert header == ["PATTERN", "WHEN", "TO", "USE", "WHEN", "NOT"]
    for name in (
        "crud NAME",
        "dynamic ROUTE",
        "webhook PROVIDER",
        "upload [NAME]",
        "stream [NAME]",
        "protected [NAME]",
    ):
        assert f"\n{name} " in ran.out
    assert "webhook providers: clerk, custom, discord, github, " in ran.out
    assert max(len(line) for line in ran.out.splitlines()) <= 100


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_twice_is_identical(project: Path, routegen: Routegen, tree: Tree, command: tuple[str, ...]) -> None:
    first = routegen("add", *command)
    assert first.code == 0 and "create  " in first.out and "next:" in first.out
    before = tree()
    second = routegen("add", *command)
    assert second.code == 0
    statuses = {line.split()[0] for line in second.out.partition("\nnext:")[0].splitlines() if line}
    assert statuses == {"identical"}
    assert tree() == before


@pytest.mark.parametrize("flag", ["--dry-run", "--diff"])
def test_dry_run_and_diff_write_nothing(project: Path, routegen: Routegen, tree: Tree, flag: str) -> None:
    before = tree()
    ran = routegen("add", "dynamic", "posts/[slug]", flag)
    assert ran.code == 0
    assert "app/api/posts/[slug]/route.py" in ran.out
    assert tree() == before


def test_diff_shows_what_changes_but_no_secret(project: Path, routegen: Routegen) -> None:
    out = routegen("add", "webhook", "stripe", "--diff").out
    assert "--- /dev/null\n+++ b/app/api/webhooks/stripe/route.py\n" in out
    assert '+  "stripe>=16.1.0",' in out
    assert "+STRIPE_WEBHOOK_SECRET=\n" in out
    assert "whsec_" not in out


def test_a_conflict_writes_nothing(project: Path, routegen: Routegen, tree: Tree) -> None:
    route = project / "app/api/webhooks/stripe/route.py"
    route.parent.mkdir(parents=True)
    route.write_text("mine\n")
    before = tree()
    for flags in ([], ["--dry-run"]):
        ran = routegen("add", "webhook", "stripe", *flags)
        assert ran.code == 1
        assert "  conflict  app/api/webhooks/stripe/route.py\n" in ran.out
        assert "`app/api/webhooks/stripe/route.py` exists with other contents" in ran.err
        assert "--diff" in ran.err and "--force" in ran.err
        assert tree() == before
    assert "-mine\n" in routegen("add", "webhook", "stripe", "--diff").out
    forced = routegen("add", "webhook", "stripe", "--force")
    assert forced.code == 0 and " overwrite  app/api/webhooks/stripe/route.py\n" in forced.out
    assert "stripe.Event.construct_from" in route.read_text()


def test_what_it_adds_to_files_of_the_user(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe")
    assert '  "routegen>=0.1",\n  "stripe>=16.1.0",\n]' in (project / "pyproject.toml").read_text()
    assert (project / ".env.example").read_text().endswith("\nSTRIPE_WEBHOOK_SECRET=\n")
    assert "\nSTRIPE_WEBHOOK_SECRET=whsec_" in (project / ".env").read_text()


def test_a_shared_file_of_the_user_is_left_alone(project: Path, routegen: Routegen) -> None:
    routegen("add", "crud", "users")
    (project / "lib/db.py").write_text("# mine\n")
    ran = routegen("add", "crud", "posts", "--force")
    assert ran.code == 0 and "      skip  lib/db.py\n" in ran.out
    assert (project / "lib/db.py").read_text() == "# mine\n"


def test_the_record(project: Path, routegen: Routegen) -> None:
    for command in COMMANDS:
        routegen("add", *command)
    record = json.loads((project / ".routegen/generated.json").read_text())
    assert record["version"] == 1
    names = [addition["name"] for addition in record["additions"]]
    assert names == sorted(["new", *map(" ".join, COMMANDS)])
    stripe = record["additions"][names.index("webhook stripe")]
    assert stripe["options"] == {
        "route": "/api/webhooks/stripe",
        "guard": False,
        "inbox": False,
        "thin": False,
    }
    assert stripe["requires"] == ["stripe>=16.1.0"]
    assert stripe["variables"] == ["STRIPE_WEBHOOK_SECRET"]
    assert [file["path"] for file in stripe["files"]] == [
        "app/api/webhooks/stripe/route.py",
        "tests/api/webhooks/test_stripe.py",
    ]
    assert "SESSION_SECRET" not in record["additions"][names.index("protected")]["variables"], (
        "`new` added it"
    )


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"version": 2, "additions": []}', '{"version": 1, "additions": [{}]}']
)
def test_a_broken_record_stops_before_anything_is_written(
    project: Path, routegen: Routegen, tree: Tree, text: str
) -> None:
    (project / ".routegen/generated.json").write_text(text)
    before = tree()
    ran = routegen("add", "stream")
    assert ran.code == 1 and ".routegen/generated.json" in ran.err
    assert tree() == before


PLACES = [
    (("stream", "clock"), "app/api/clock/route.py"),
    (("stream", "/events"), "app/events/route.py"),
    (("stream", "--path", "/live/[room]"), "app/live/[room]/route.py"),
    (("webhook", "stripe", "--path", "hooks/pay"), "app/api/hooks/pay/route.py"),
    (("crud", "users", "--path", "v1/people"), "app/api/v1/people/[id]/route.py"),
    (("crud", "/people"), "lib/models/person.py"),
    (("dynamic", "orgs/[org]/repos/[repo]"), "tests/api/orgs/org/repos/test_repo.py"),
    (("dynamic", "docs/[...path]"), "app/api/docs/[...path]/route.py"),
    (("protected", "/(private)/account"), "app/(private)/account/route.py"),
]


@pytest.mark.parametrize(("command", "target"), PLACES)
def test_where_it_writes(project: Path, routegen: Routegen, command: tuple[str, ...], target: str) -> None:
    ran = routegen("add", *command)
    assert ran.code == 0, ran.err
    assert f"    create  {target}\n" in ran.out, "brackets and all"
    assert (project / target).is_file()


USAGE = [
    (("webhok",), "there is no pattern `webhok`", "did you mean `webhook`?"),
    (("[red]",), "there is no pattern `[red]`", "patterns: action, crud"),
    (("webhook", "strpe"), "there is no provider `strpe`", "did you mean `stripe`?"),
    (("webhook", "[/id]"), "there is no provider `[/id]`", "providers: custom, discord, github, "),
    (("webhook", "../stripe"), "there is no provider `../stripe`", "did you mean `stripe`?"),
    (("webhook",), "`webhook` needs PROVIDER", "routegen add webhook stripe"),
    (("crud",), "`crud` needs NAME", "routegen add crud users"),
    (("dynamic", "posts"), "needs a dynamic segment", "`posts/[slug]`"),
    (("crud", "teams/[id]/members"), "no table below a parameter", "`teams/members`"),
    (("crud", "users", "posts"), "`posts` is no field", "`posts:str`"),
    (("crud", "classes"), "`class`, a reserved word", "`class-items`"),
    (("crud", "matches"), "`match`, a reserved word", "`match-items`"),
    (("crud", "sessions"), "`session`, which the generated code uses", "`session-items`"),
    (("crud", "2fa"), "no identifier", "`fa-items`"),
    (("dynamic", "responses/[id]"), "`response`, which the generated code uses", "`response-items/[id]`"),
    (("dynamic", "posts/[text]"), "`[text]` is a name that the generated handler uses", "`[text_name]`"),
    (("upload", "[file]/x"), "`[file]` is a name", "`[file_name]`"),
    (("crud", "../x"), "a `..` segment", "`x`"),
    (("stream", "[id"), "unbalanced brackets", "`[id]`"),
    (("stream", "[/id]"), "unbalanced brackets", "`[id]`"),
    (("stream", "--path", "../../etc"), "a `..` segment", "`etc`"),
    (("webhook", "stripe", "--guard"), "it has no `--guard`", "leave out `--guard`"),
    (("crud", "users", "--guard"), "needs `lib/auth.py`", "routegen add protected"),
]


@pytest.mark.parametrize(("command", "reason", "hint"), USAGE)
def test_a_request_that_makes_no_sense(
    project: Path, routegen: Routegen, tree: Tree, command: tuple[str, ...], reason: str, hint: str
) -> None:
    before = tree()
    ran = routegen("add", *command)
    assert ran.code == 2
    message, _, rest = ran.err.partition("\n\n")
    assert message.startswith("error: ") and reason in message
    assert rest.startswith("hint: ") and hint in rest
    assert ran.out == "" and tree() == before


def test_a_route_that_cannot_live_beside_another(project: Path, routegen: Routegen, tree: Tree) -> None:
    routegen("add", "dynamic", "posts/[slug]")
    before = tree()
    ran = routegen("add", "dynamic", "posts/[id]")
    assert ran.code == 1
    assert "`[id]` and `[slug]` are dynamic names at one level, below `/api/posts`" in ran.err
    assert tree() == before
    ran = routegen("add", "stream", "/(x)/api/hello")
    assert ran.code == 1 and "2 files answer `/api/hello`" in ran.err
    ran = routegen("add", "upload", "files/[name]/parts", "--public")
    assert ran.code == 2, "the name of a stored file is `[name]` as well"


def test_a_project_without_pyproject(
    tmp_path: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = routegen("add", "webhook", "stripe")
    assert ran.code == 0 and "  pip install 'stripe>=16.1.0'\n" in ran.out
    assert not (tmp_path / "pyproject.toml").exists()


def test_outside_a_project(tmp_path: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert routegen("add").code == 0
    ran = routegen("add", "stream")
    assert ran.code == 1 and "routegen new" in ran.err


def test_open_or_guarded_is_said(project: Path, routegen: Routegen, tree: Tree) -> None:
    opened = routegen("add", "crud", "users")
    assert "# anyone can call /api/users" in opened.out
    route = project / "app/api/users/route.py"
    assert 'EXPOSE = "public"' in route.read_text()

    routegen("add", "protected")
    before = tree()
    assert routegen("add", "crud", "users").code == 0, "the same command means the same"
    assert tree() == before

    guarded = routegen("add", "crud", "users", "--guard", "--force")
    assert guarded.code == 0 and "anyone" not in guarded.out
    assert "caller: SignedIn" in route.read_text() and "EXPOSE" not in route.read_text()

    assert "anyone" not in routegen("add", "upload").out, "guarded by default now"
    assert "# anyone can call /api/drop" in routegen("add", "upload", "drop", "--public").out
