import os

import pytest

from routegen.errors import ProjectError
from routegen.scaffold.edits import add_dependencies, add_variables, environment, variable_names
from routegen.scaffold.pattern import Variable

DEPENDENCIES = [
    (
        '[project]\ndependencies = [\n  "a", # why\n]\n',
        '[project]\ndependencies = [\n  "a", # why\n  "stripe>=16",\n]\n',
    ),
    ('[project]\ndependencies = ["a"]\n', '[project]\ndependencies = ["a", "stripe>=16"]\n'),
    ("[project]\ndependencies = []\n", '[project]\ndependencies = ["stripe>=16"]\n'),
    (
        '# top\n[project]\nname = "x"  # the name\n\n[tool.other]\nkey   =   1\n',
        '# top\n[project]\nname = "x"  # the name\n\ndependencies = [\n    "stripe>=16",\n]\n[tool.other]\nkey   =   1\n',
    ),
]
PRESENT = [
    '"stripe"',
    '"Stripe<17"',
    '"STRIPE [extra] >= 1"',
    "\"stripe; python_version > '3'\"",
    '"stripe @ file:///x"',
]


@pytest.mark.parametrize(("before", "after"), DEPENDENCIES)
def test_a_dependency_is_added_and_the_format_kept(before: str, after: str) -> None:
    edit = add_dependencies(before, ["stripe>=16"])
    assert edit.text.replace("\n\n", "\n") == after.replace("\n\n", "\n")
    assert edit.added == ("stripe>=16",)
    assert add_dependencies(edit.text, ["stripe>=16"]).text == edit.text


@pytest.mark.parametrize("entry", PRESENT)
def test_a_dependency_is_added_once(entry: str) -> None:
    text = f"[project]\ndependencies = [{entry}]\n"
    edit = add_dependencies(text, ["stripe>=16"])
    assert (edit.text, edit.added) == (text, ())


def test_names_compare_as_pep_503_says() -> None:
    text = '[project]\ndependencies = ["My_Package.Name>=1"]\n'
    assert add_dependencies(text, ["my-package-name"]).text == text


def test_dynamic_dependencies_are_left_alone() -> None:
    text = '[project]\ndynamic = ["dependencies"]\n'
    assert add_dependencies(text, ["stripe"]).text == text


@pytest.mark.parametrize(
    "text", ["[project", "project = 1", "[project]\ndependencies = 1", "[project]\ndependencies = [1]"]
)
def test_a_broken_pyproject_is_the_project_s_fault(text: str) -> None:
    with pytest.raises(ProjectError):
        add_dependencies(text, ["stripe"])


A, B = Variable("A_SECRET", "about a", "a_{secret}"), Variable("B", "about b")


def test_variables_are_appended_once() -> None:
    edit = add_variables("X=1", [A, B], values={"A_SECRET": "s"})
    assert edit.text == "X=1\n\n# about a\nA_SECRET=s\n\n# about b\nB=\n"
    assert edit.added == ("A_SECRET", "B")
    assert add_variables(edit.text, [A, B], values={}).text == edit.text


@pytest.mark.parametrize("line", ["B=1", "export B=1", "  B = 1"])
def test_a_variable_that_is_there_is_left_alone(line: str) -> None:
    assert add_variables(f"{line}\n", [B], values={}).added == ()


def test_a_commented_variable_is_not_there() -> None:
    assert add_variables("# B=1\n", [B], values={}).added == ("B",)


def test_a_missing_env_gets_fresh_secrets() -> None:
    example = add_variables("KEPT=1\n", [A, B], values={}).text
    known = {"A_SECRET": A, "B": B}
    one, two = environment(example, known), environment(example, known)
    assert variable_names(one) == ["KEPT", "A_SECRET", "B"]
    assert "A_SECRET=a_" in one and "B=\n" in one and "KEPT=1" in one
    assert one != two, "a secret is never the same twice"
    assert os.linesep not in one or os.linesep == "\n"
