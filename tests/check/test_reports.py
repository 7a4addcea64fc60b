"""The formats that programs read: annotations, SARIF, GitLab, JUnit; each held against its own specification."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from jsonschema import Draft7Validator

from routegen.check.finding import Edit, Finding, Fix, Reason, Severity
from routegen.check.outcome import Checked, Unread
from routegen.check.registry import rules
from routegen.check.reports import render
from routegen.cli.app import run

SCHEMA = Path(__file__).parent / "sarif" / "sarif-schema-2.1.0.json"
AWKWARD = "app/[id]/a b%20ü:,#?.py"
TEXT = "x = '😀é' + name\r\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop" / "app" / "[id]").mkdir(parents=True)
    (tmp_path / "shop" / AWKWARD).write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    return tmp_path / "shop"


def finding(root: Path, **facts: Any) -> Finding:
    start = len("x = '😀é' + ".encode())
    given: dict[str, Any] = {
        "path": root / AWKWARD,
        "line": 1,
        "column": 13,
        "code": "RG301",
        "message": "100% wrong:\r\n`a,b`",
        "hint": "mend it",
        "end_line": 1,
        "end_column": 17,
        "severity": Severity.ERROR,
        "evidence": (Reason("no place", 0), Reason("comes from", 1), Reason("there", 3, root / "lib/a.py")),
        "handler": "GET /[id]",
        "digest": "abc",
        "fix": Fix(
            "name it",
            (
                Edit(root / AWKWARD, start, start + 4, "other"),
                Edit(root / "tests" / "test_new.py", 0, 0, "new\n"),
            ),
        ),
    }
    return Finding(**given | facts)


def sarif(checked: Checked, root: Path) -> dict[str, Any]:
    log = json.loads(render(checked, "sarif", root=root))
    errors = list(Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(log))
    assert errors == []
    return log["runs"][0]


def test_sarif_is_valid_and_holds_place_trace_and_fix(root: Path) -> None:
    report = sarif(Checked([finding(root)], files=1), root)
    (result,) = report["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    assert re.fullmatch(r"[A-Za-z0-9/._~%-]+", place["artifactLocation"]["uri"])
    assert unquote(place["artifactLocation"]["uri"]) == f"shop/{AWKWARD}"
    assert report["columnKind"] == "unicodeCodePoints"
    assert place["region"] == {"startLine": 1, "startColumn": 13, "endLine": 1, "endColumn": 17}
    (flow,) = result["codeFlows"]
    steps = [step["location"]["physicalLocation"] for step in flow["threadFlows"][0]["locations"]]
    assert [step["region"]["startLine"] for step in steps] == [1, 3, 1]
    assert steps[1]["artifactLocation"]["uri"] == "shop/lib/a.py"
    changed, new = result["fixes"][0]["artifactChanges"]
    region = changed["replacements"][0]["deletedRegion"]
    assert TEXT.split("\r")[0][region["startColumn"] - 1 : region["endColumn"] - 1] == "name"
    assert new["artifactLocation"]["uri"] == "shop/tests/test_new.py"


def test_sarif_says_what_could_not_be_read(root: Path) -> None:
    report = sarif(Checked(errors=[Unread(root / "app" / "x.py", 3, "broken", "mend it")]), root)
    (invocation,) = report["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "broken"


def test_sarif_describes_every_rule(root: Path) -> None:
    report = sarif(Checked([finding(root, code="RG902")]), root)
    described = report["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in described] == list(rules())
    assert described[report["results"][0]["ruleIndex"]]["id"] == "RG902"


def marks(findings: list[Finding], root: Path) -> list[str]:
    return [r["partialFingerprints"]["routegenHandler/v1"] for r in sarif(Checked(findings), root)["results"]]


def test_a_fingerprint_stays_when_lines_move_and_is_given_once(root: Path) -> None:
    first, second = marks([finding(root), finding(root, line=9, end_line=9)], root)
    assert first != second
    assert marks([finding(root, line=40, end_line=40)], root) == [first]
    assert marks([finding(root, digest="other")], root) != [first]
    whole = {"digest": "", "handler": ""}
    one, other = marks([finding(root, **whole), finding(root, message="two", **whole)], root)
    assert one != other


def test_github_escapes_what_its_commands_are_made_of(root: Path) -> None:
    lines = render(Checked([finding(root)]), "github", root=root).split("\n")
    assert lines == [
        "::error title=RG301 client-filename-in-path,file=shop/app/[id]/a b%2520ü%3A%2C#?.py,"
        "line=1,endLine=1,col=13,endColumn=17::100%25 wrong:%0D%0A`a,b`%0Ahint: mend it"
    ]


@pytest.mark.parametrize(
    ("facts", "place"),
    [
        ({"line": 0, "column": 0, "end_line": 0, "end_column": 0}, ""),
        ({"end_line": 2}, ",line=1,endLine=2"),
    ],
)
def test_github_takes_columns_of_one_line_only(root: Path, facts: dict[str, int], place: str) -> None:
    line = render(Checked([finding(root, **facts, path=root / "a.py")]), "github", root=root)
    assert f"file=shop/a.py{place}::" in line


def test_github_annotates_what_could_not_be_read(root: Path) -> None:
    line = render(Checked(errors=[Unread(root / "x.py", 0, "broken", "")]), "github", root=root)
    assert line == "::error title=unreadable,file=shop/x.py::broken"


def test_gitlab(root: Path) -> None:
    unread = Unread(root / "x.py", 0, "broken", "")
    rows = json.loads(render(Checked([finding(root), finding(root)], [unread]), "gitlab", root=root))
    assert [row["severity"] for row in rows] == ["critical", "critical", "blocker"]
    assert len({row["fingerprint"] for row in rows}) == 3
    assert rows[0]["location"] == {"path": f"shop/{AWKWARD}", "lines": {"begin": 1}}


def test_junit_is_xml_whatever_a_message_holds(root: Path) -> None:
    text = render(Checked([finding(root, message="\x00 <&> \x1b")], files=1), "junit", root=root)
    (suite,) = ElementTree.fromstring(text)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "1", "0")
    failure = suite.find("testcase/failure")
    assert failure is not None and failure.get("message") == "\ufffd <&> \ufffd"
    assert len(list(ElementTree.fromstring(render(Checked(), "junit", root=root))[0])) == 1


@pytest.mark.parametrize("format", ["github", "gitlab", "junit", "sarif"])
def test_the_command_writes_it_from_the_cache_too(
    root: Path, format: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "pyproject.toml").write_text("[tool.routegen]\n")
    (root / "app" / "[id]" / "route.py").write_text("def get(id: int): return id\n")
    monkeypatch.chdir(root)
    code = run(["check", "--preview", "--format", format])
    once = capsys.readouterr()
    assert code == 1 and "RG702" in once.out
    assert "routegen" not in once.err
    assert (run(["check", "--preview", "--format", format]), capsys.readouterr().out) == (code, once.out)
