"""What a report says about real exceptions of real files."""

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import pytest

from routegen.errors import ProjectError
from routegen.routes import Problem, Route
from routegen.server.dev.report import ErrorReport, as_json, as_text, explain
from routegen.server.dev.source import SourceReader
from routegen.server.entry import RouteError

Raise = Callable[..., BaseException]


@pytest.fixture
def run(tmp_path: Path) -> Raise:
    """Write a file, import it, call its GET, and give back what is raised on the way."""

    def raised(source: str, file: str = "app/users/[id]/route.py") -> BaseException:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source).lstrip("\n"))
        spec = importlib.util.spec_from_file_location("the_route", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
            module.GET()
        except BaseException as error:
            return error
        raise AssertionError("nothing was raised")

    return raised


def check(report: ErrorReport, *, lines: int = 12) -> str:
    """The terminal text, after holding every report to its promises."""
    text = as_text(report, color=False)
    assert len(text.split("\n")) <= lines and "\x1b" not in text
    assert text.replace("\n", "") == as_text(report, color=True).replace("\n", "") or "\x1b[" in as_text(
        report, color=True
    )
    json.dumps(as_json(report)).encode()
    assert [frame.is_user for frame in report.frames] == sorted(
        (f.is_user for f in report.frames), reverse=True
    )
    return text


def test_a_crash_of_a_handler(run: Raise, tmp_path: Path) -> None:
    error = run(
        """
        def GET():
            user = {"name": "Ada"}
            first = 1

            return user["nme"] + str(first)


        def POST(): ...
        """
    )
    report = explain(error, tmp_path)
    assert (report.type, report.message, report.title) == ("KeyError", "'nme'", "KeyError: 'nme'")
    frame = report.frame
    assert frame is not None and frame.is_user
    assert (frame.shown, frame.line, frame.function) == ("app/users/[id]/route.py", 5, "GET")
    assert frame.file == str(tmp_path / "app/users/[id]/route.py")
    assert (frame.column, frame.end_column) == (12, 23)
    assert [line.text for line in frame.source if line.marked] == ['    return user["nme"] + str(first)']
    text = check(report)
    assert text.split("\n")[:6] == [
        "KeyError: 'nme'",
        "  app/users/[id]/route.py:5 in GET",
        "    3 |     first = 1",
        "    4 |",
        '  > 5 |     return user["nme"] + str(first)',
        "      |            ^^^^^^^^^^^",
    ]


def test_library_frames_are_folded_and_come_last(run: Raise, tmp_path: Path) -> None:
    report = explain(run("import json\ndef GET():\n    return json.loads('{')\n"), tmp_path)
    assert [frame.shown for frame in report.user_frames] == ["app/users/[id]/route.py"]
    assert report.frames[0].is_user and "json/decoder.py" in {frame.shown for frame in report.library_frames}
    assert "library frames" in check(report)
    assert report.frame is report.frames[0]


@pytest.mark.parametrize(
    "file",
    [
        "venv-3/lib/thing.py",
        "lib/python3/site-packages/thing.py",
        "node_modules/x/thing.py",
        ".venv/thing.py",
    ],
)
def test_installed_packages_are_not_the_users(run: Raise, tmp_path: Path, file: str) -> None:
    for folder in ("venv-3", ".venv"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "pyvenv.cfg").touch()
    report = explain(run("def GET():\n    1 / 0\n", file), tmp_path)
    assert report.user_frames == ()
    assert report.frame is not None and report.frame.line == 2


def test_a_failure_at_import(run: Raise, tmp_path: Path) -> None:
    report = explain(run("import no_such_package_of_mine\n"), tmp_path)
    assert report.type == "ModuleNotFoundError"
    assert report.frame is not None and report.frame.place == "app/users/[id]/route.py:1"
    assert report.hint.startswith("install `no_such_package_of_mine`")


def test_a_syntax_error(run: Raise, tmp_path: Path) -> None:
    report = explain(run('x = 1\ndef GET()\n    return "é"\n'), tmp_path)
    assert (report.type, report.message) == ("SyntaxError", "expected ':'")
    frame = report.frame
    assert (
        frame is not None
        and frame.is_user
        and frame.place == "app/users/[id]/route.py:2"
        and not frame.function
    )
    text = check(report)
    assert "  > 2 | def GET()\n      |          ^" in text
    assert "(" not in text.split("\n")[0]


@pytest.mark.parametrize(
    "source",
    ["x = (\n", "if True:\nx = 1\n", "x = '\n", "x = 1 +\n", "é = (1 2)\n", "\tif x:\n  y\n", "x = 0777\n"],
)
def test_any_syntax_error_points_into_the_file(run: Raise, tmp_path: Path, source: str) -> None:
    report = explain(run(source), tmp_path)
    assert report.frame is not None and report.frame.shown == "app/users/[id]/route.py"
    assert any(line.marked for line in report.frame.source)
    assert "^" in check(report)


def test_a_syntax_error_without_a_file_shows_its_own_text(tmp_path: Path) -> None:
    try:
        compile("a = (1 2)\n", "<generated>", "exec")
    except SyntaxError as error:
        report = explain(error, tmp_path)
    assert (
        report.frame is not None and report.frame.source[0].text == "a = (1 2)" and not report.frame.is_user
    )


def test_the_chain_of_causes(run: Raise, tmp_path: Path) -> None:
    error = run(
        """
        def deep():
            return {}["a"]

        def GET():
            try:
                try:
                    deep()
                except KeyError as error:
                    raise ValueError("no a") from error
            except ValueError:
                raise RuntimeError("both")
        """
    )
    report = explain(error, tmp_path)
    assert [(cause.relation, cause.report.type) for cause in report.causes] == [
        ("context", "ValueError"),
        ("cause", "KeyError"),
    ]
    assert [cause.report.frame and cause.report.frame.line for cause in report.causes] == [9, 2]
    text = check(report)
    assert (
        "  raised while handling ValueError: no a (app/users/[id]/route.py:9)\n  caused by KeyError: 'a'"
        in text
    )


def test_a_suppressed_context_and_a_circle(tmp_path: Path) -> None:
    first, second = ValueError("1"), ValueError("2")
    first.__cause__, second.__cause__ = second, first
    assert [cause.report.message for cause in explain(first, tmp_path).causes] == ["2"]
    lonely = ValueError("x")
    lonely.__context__, lonely.__suppress_context__ = KeyError("y"), True
    assert explain(lonely, tmp_path).causes == ()


def test_exception_groups(run: Raise, tmp_path: Path) -> None:
    error = run(
        """
        import asyncio

        async def fail(n):
            raise ValueError(f"task [{n}]")

        async def both():
            async with asyncio.TaskGroup() as group:
                group.create_task(fail(1))
                group.create_task(fail(2))

        def GET():
            asyncio.run(both())
        """
    )
    report = explain(error, tmp_path)
    assert report.type == "ExceptionGroup"
    assert [member.title for member in report.members] == ["ValueError: task [1]", "ValueError: task [2]"]
    assert "  | ValueError: task [1] (app/users/[id]/route.py:4)" in check(report)
    nested: BaseException = ValueError("core")
    for _ in range(50):
        nested = ExceptionGroup("layer", [nested] if isinstance(nested, Exception) else [])
    wide = ExceptionGroup("wide", [ValueError(str(n)) for n in range(100)])
    check(explain(nested, tmp_path))
    assert len(explain(wide, tmp_path).members) == 8


def test_recursion_is_cut(run: Raise, tmp_path: Path) -> None:
    report = explain(run("def GET(n=0):\n    return GET(n + 1)\n"), tmp_path)
    assert report.type == "RecursionError" and len(report.frames) == 80 and report.omitted > 500
    check(report)


def test_notes_and_many_lines(tmp_path: Path) -> None:
    error = ValueError("first\nsecond [id]\nthird\nfourth")
    error.add_note("tried 3 times")
    report = explain(error, tmp_path)
    assert report.notes == ("tried 3 times",)
    assert check(report) == "ValueError: first\n  second [id] …"


def test_a_route_error_gives_way_to_its_cause(run: Raise, tmp_path: Path) -> None:
    route = Route("/users/[id]", tmp_path / "app/users/[id]/route.py", ())
    error = RouteError(route, "message of the route", "mend it")
    assert explain(error, tmp_path).title == "RouteError: message of the route"
    error.__cause__ = run("def GET():\n    1 / 0\n")
    report = explain(error, tmp_path)
    assert (report.type, report.hint, report.files) == ("ZeroDivisionError", "", ())


def test_a_conflict_names_its_files(tmp_path: Path) -> None:
    files = (tmp_path / "app/(a)/x/route.py", tmp_path / "app/(b)/x/route.py")
    problem = Problem("RG1", f"`{files[0]}` and another mean /x", "delete one", files)
    error = RouteError(Route("/x", files[0], (), problem=problem), "", "")
    error.__cause__ = ProjectError(problem.message, hint=problem.hint)
    report = explain(error, tmp_path)
    assert report.message == "`app/(a)/x/route.py` and another mean /x"
    assert (report.hint, report.files) == ("delete one", ("app/(a)/x/route.py", "app/(b)/x/route.py"))
    assert "  app/(b)/x/route.py\n" in check(report) and check(report).endswith("hint: delete one")


@pytest.mark.parametrize(
    ("template", "line", "kind"),
    [
        ("<p>\n{% if x %}\n{{ y }\n", 3, "TemplateSyntaxError"),
        ("<p>\n{{ user.name }}\n", 2, "UndefinedError"),
    ],
)
def test_templates(tmp_path: Path, template: str, line: int, kind: str) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/page.html").write_text(template)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(tmp_path / "templates"), undefined=jinja2.StrictUndefined
    )
    with pytest.raises(jinja2.TemplateError) as caught:
        environment.get_template("page.html").render()
    report = explain(caught.value, tmp_path)
    assert report.type == kind
    assert report.frame is not None and report.frame.place == f"templates/page.html:{line}"
    assert sum(frame.shown == "templates/page.html" for frame in report.frames) == 1
    assert any(item.marked for item in report.frame.source)
    check(report)


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("def GET():\n    usr = 1\n    return ussr\n", "did you mean `usr`?"),
        ("import json\ndef GET():\n    json.lods('')\n", "did you mean `loads`?"),
        ("def GET():\n    pritn(1)\n", "did you mean `print`?"),
        ("def GET():\n    qqqqqq\n", ""),
    ],
)
def test_slips_get_a_hint(run: Raise, tmp_path: Path, source: str, hint: str) -> None:
    assert explain(run(source), tmp_path).hint == hint


class Hostile(Exception):
    """An exception that answers every question with another exception."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    def __getattribute__(self, name: str) -> Any:
        if name in ("__class__", "__traceback__", "__cause__", "__context__", "__suppress_context__"):
            return super().__getattribute__(name)
        raise RuntimeError("no")


class Strange(Exception):
    filename = "\0"
    lineno = 10**9
    offset = "x"
    hint = 3
    __notes__ = "none"


class Elsewhere(Exception):
    filename = "/dev/zero"
    lineno = 1


HOSTILE: tuple[BaseException, ...] = (
    Hostile(),
    Strange("\x1b[31m\ud800\0" * 2000),
    Elsewhere(),
    SyntaxError(),
    SyntaxError("x", ("f", -1, -5, None)),
    SyntaxError("x", ("\0", 3, 10**6, "t" * 10**5, 3, 10**6 + 2)),
    SystemExit(3),
    KeyboardInterrupt(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
    AttributeError("x", name="a", obj=Hostile()),
    FileNotFoundError(2, "No such file", "there"),
)


@pytest.mark.parametrize("index", range(len(HOSTILE)))
@pytest.mark.parametrize("root", [None, "relative", "/"])
def test_nothing_breaks_it(index: int, root: str | None, tmp_path: Path) -> None:
    error = HOSTILE[index]
    for report in [explain(error, Path(root or tmp_path))]:
        assert report.type == type(error).__name__
        as_text(report, True).encode()
        check(report)


def test_hostile_text_cannot_move_the_cursor(run: Raise, tmp_path: Path) -> None:
    report = explain(
        run("def GET():\n    raise ValueError('a\\x1b[2J\\rb\\u202e')  # \x1b[31m\u202e\n"), tmp_path
    )
    text = check(report)
    assert (
        "a\\x1b[2J\\x0db\\u202e" in text and "\x1b" not in text and "\u202e" not in text and "\r" not in text
    )


def test_the_source_is_read_now(run: Raise, tmp_path: Path) -> None:
    error = run("def GET():\n    1 / 0\n")
    file = tmp_path / "app/users/[id]/route.py"
    for content in (
        b"def GET():\n    1 / 7\n",
        b"x\0y\n\n",
        b"\xff\xfe\n\xe9 = 1\n",
        b"# coding: nonsense\n\xe9\n",
        b"",
        b"one",
    ):
        file.write_bytes(content)
        check(explain(error, tmp_path))
    file.write_bytes(b"def GET():\r\n    1 / 0" + b" + 1" * 5000 + b"\r\n")
    assert [len(line.text) for line in explain(error, tmp_path).frames[0].source] == [10, 201]
    file.unlink()
    assert explain(error, tmp_path).frames[0].source == ()
    os.mkfifo(file)
    assert explain(error, tmp_path).frames[0].source == ()


def test_lines_are_counted_as_python_counts(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(b"\xef\xbb\xbfone\x0c\r\ntwo \xe2\x80\xa8\rthree\nfour")
    reader = SourceReader()
    assert [reader.line(str(file), n) for n in range(6)] == ["", "one\x0c", "two \u2028", "three", "four", ""]
    assert [line.number for line in reader.around(str(file), 2, 1, 1)] == [1, 2, 3]


def test_columns_count_characters(run: Raise, tmp_path: Path) -> None:
    report = explain(run("def GET():\n    return 'ééé日本', (1 / 0)\n"), tmp_path)
    assert report.frame is not None and (report.frame.column, report.frame.end_column) == (22, 27)
    assert "\n      |                        ^^^^^" in check(report)


def test_a_project_behind_a_symlink(run: Raise, tmp_path: Path) -> None:
    error = run("def GET():\n    1 / 0\n", "real/app/route.py")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    report = explain(error, tmp_path / "link")
    assert report.frame is not None and report.frame.is_user and report.frame.shown == "app/route.py"


def test_jinja2_is_not_loaded_for_it() -> None:
    code = (
        "import sys, routegen.server.dev.report, routegen.server.dev.pages\n"
        "print([name for name in ('rich', 'typer', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
