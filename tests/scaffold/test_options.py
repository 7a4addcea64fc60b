"""A pattern's options are data: declared in its manifest, read from the command line, given to templates."""

import json
from pathlib import Path

import pytest
from typer.main import get_command

from routegen.cli.add import add
from routegen.scaffold.catalog import Catalog
from routegen.scaffold.options import COMMON, Size
from tests.command import Routegen

MANIFEST = """\
version = 1
summary = "Show options"
use = "options are tried"
avoid = "anything else"
example = "show things --mode slow"
route = "show"
[argument]
kind = "route"
metavar = "NAME"
required = false
[[options]]
name = "max-size"
kind = "size"
default = "10MB"
help = "The largest."
[[options]]
name = "mode"
kind = "choice"
choices = ["fast", "slow"]
help = "How."
[[options]]
name = "inbox"
kind = "flag"
help = "Keep them."
requires = ["acme>=1"]
[[options]]
name = "title"
kind = "value"
default = "none"
help = "What it is called."
[[options]]
name = "type"
kind = "repeat"
help = "What is taken."
[[files]]
template = "route.py.jinja"
target = "{app}/{route}/route.py"
[[files]]
template = "text.jinja"
target = "lib/inbox.txt"
when = "inbox"
[[files]]
template = "text.jinja"
target = "lib/slow.txt"
when = "mode=slow"
[[files]]
template = "text.jinja"
target = "lib/no_png.txt"
when = "type!=png"
[[files]]
template = "text.jinja"
target = "lib/open.txt"
when = "!guarded"
"""
ROUTE = """\
SIZE = {{ options.max_size.bytes }}  # {{ options.max_size.code }}
MODE = "{{ options.mode }}"
INBOX = {{ options.inbox }}
TITLE = "{{ options.title }}"
TYPES = {{ options.type }}
"""


@pytest.fixture
def show(project: Path) -> Path:
    """A project with a pattern that has an option of every kind."""
    folder = project / ".routegen/templates/patterns/show"
    folder.mkdir(parents=True)
    (folder / "pattern.toml").write_text(MANIFEST)
    (folder / "route.py.jinja").write_text(ROUTE)
    (folder / "text.jinja").write_text("text\n")
    return project


def test_without_them_the_defaults_hold(show: Path, routegen: Routegen) -> None:
    assert routegen("add", "show").code == 0
    assert (show / "app/api/show/route.py").read_text() == (
        'SIZE = 10485760  # 10 * 1024 * 1024\nMODE = "fast"\nINBOX = False\nTITLE = "none"\nTYPES = ()\n'
    )
    assert sorted(path.name for path in (show / "lib").glob("*.txt")) == ["no_png.txt", "open.txt"]


def test_they_reach_templates_files_requirements_and_the_record(show: Path, routegen: Routegen) -> None:
    words = ["--mode=slow", "things", "--type", "png", "--force", "--type", "gif", "--inbox"]
    ran = routegen("add", "show", *words, "--max-size", "3KB", "--title", "My things")
    assert ran.code == 0, ran.err
    assert (show / "app/api/things/route.py").read_text() == (
        "SIZE = 3072  # 3 * 1024\nMODE = \"slow\"\nINBOX = True\nTITLE = \"My things\"\nTYPES = ('png', 'gif')\n"
    )
    assert sorted(path.name for path in (show / "lib").glob("*.txt")) == ["inbox.txt", "open.txt", "slow.txt"]
    assert '"acme>=1"' in (show / "pyproject.toml").read_text()
    record = json.loads((show / ".routegen/generated.json").read_text())
    addition = next(found for found in record["additions"] if found["name"] == "show things")
    assert addition["options"] == {
        "route": "/api/things",
        "guard": False,
        "max-size": "3KB",
        "mode": "slow",
        "inbox": True,
        "title": "My things",
        "type": ["png", "gif"],
    }


WRONG = [
    (["--max-siz", "1KB"], "no such option `--max-siz`", "did you mean `--max-size`?"),
    (["--dry-rum"], "no such option `--dry-rum`", "did you mean `--dry-run`?"),
    (["--zzz"], "no such option `--zzz`", "see `routegen add show --help`"),
    (["-x"], "no such option `-x`", "see `routegen add show --help`"),
    (["--mode", "slo"], "`slo` is no value of `--mode`", "did you mean `slow`? choose fast or slow"),
    (["--mode"], "`--mode` needs a value", "for example `--mode slow`"),
    (["--mode", "--inbox"], "`--mode` needs a value", "for example `--mode slow`"),
    (["--mode", "slow", "--mode", "fast"], "`--mode` is given twice", "leave one of them out"),
    (["--inbox=yes"], "`--inbox` takes no value", "leave out `=yes`"),
    (["--max-size", "0"], "`0` is no size for `--max-size`", "for example `--max-size 10MB`"),
    (["--max-size", "5 parsecs"], "`5 parsecs` is no size for `--max-size`", "for example"),
    (["--max-size", "-1MB"], "`-1MB` is no size for `--max-size`", "for example"),
    (["--title", 'a"b'], '`a"b` is no value of `--title`', "for example `--title none`"),
    (["--title", "a\nb"], "`a\\nb` is no value of `--title`", "for example"),
    (["--title="], "`` is no value of `--title`", "for example"),
]


@pytest.mark.parametrize(("words", "message", "hint"), WRONG, ids=lambda value: str(value)[:20])
def test_a_wrong_one_is_refused(
    show: Path, routegen: Routegen, words: list[str], message: str, hint: str
) -> None:
    ran = routegen("add", "show", "things", *words)
    assert ran.code == 2
    assert f"error: {message}\n" in ran.err
    assert f"hint: {hint}" in ran.err
    assert not (show / "app/api/things").exists()


def test_the_help_of_a_pattern_shows_its_own_options(show: Path, routegen: Routegen) -> None:
    ran = routegen("add", "show", "--help")
    assert (ran.code, ran.err) == (0, "")
    assert "Usage: routegen add show [NAME] [OPTIONS]" in ran.out
    assert "When to use: options are tried." in ran.out and "When not: anything else." in ran.out
    assert "  --max-size SIZE     The largest.  [default: 10MB]\n" in ran.out
    assert "  --mode [fast|slow]  How.  [default: fast]\n" in ran.out
    assert "  --type TEXT         What is taken.  [may be given again]\n" in ran.out
    assert "--dry-run" in ran.out
    assert "--max-size" not in routegen("add", "--help").out


def test_help_of_an_unknown_pattern_offers_the_nearest(show: Path, routegen: Routegen) -> None:
    ran = routegen("add", "shwo", "--help")
    assert ran.code == 2 and "did you mean `show`?" in ran.err


def test_help_works_outside_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, routegen: Routegen
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "Usage: routegen add upload [NAME]" in routegen("add", "upload", "--help").out


BROKEN = [
    ('kind = "size"', 'kind = "sise"', '`kind = "sise"` is none of flag, value'),
    ('name = "mode"', 'name = "Mode"', "is no name of an option"),
    ('choices = ["fast", "slow"]', "", "`choices` and the kind `choice` belong together"),
    ('when = "inbox"', 'when = "outbox"', "there is no option `outbox`"),
    ('name = "mode"', 'name = "max-size"', "two options are called `max-size`"),
]


@pytest.mark.parametrize(("text", "other", "reason"), BROKEN)
def test_a_wrong_declaration_is_named(
    show: Path, routegen: Routegen, text: str, other: str, reason: str
) -> None:
    manifest = show / ".routegen/templates/patterns/show/pattern.toml"
    manifest.write_text(MANIFEST.replace(text, other, 1))
    ran = routegen("add", "show")
    assert ran.code == 1 and reason in ran.err


@pytest.mark.parametrize(
    ("text", "bytes", "code"),
    [
        ("1", 1, "1"),
        ("2kb", 2048, "2 * 1024"),
        ("1 GiB", 2**30, "1 * 1024 * 1024 * 1024"),
        ("1500B", 1500, "1500"),
    ],
)
def test_sizes(show: Path, routegen: Routegen, text: str, bytes: int, code: str) -> None:
    assert routegen("add", "show", "--max-size", text).code == 0
    assert Size(text, bytes).code == code
    assert f"SIZE = {bytes}  # {code}\n" in (show / "app/api/show/route.py").read_text()


def test_no_pattern_takes_an_option_of_the_command() -> None:
    own = {
        name for parameter in get_command(add).params for name in [*parameter.opts, *parameter.secondary_opts]
    }
    assert set(COMMON) - {"--help"} <= own
    for pattern in Catalog.of().patterns():
        assert not {option.flag for option in pattern.options} & {*own, "--help"}
