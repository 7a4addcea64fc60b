"""add and remove leave the tree byte for byte as it was, in any order."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from routegen.scaffold.catalog import Catalog
from routegen.scaffold.edits import add_dependencies
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.record import RECORD_FILE, edited
from routegen.scaffold.undo import dependencies, take_dependencies, take_variables

from .conftest import Tree, add, picture, remove


def every() -> list[AddRequest]:
    """Every pattern with every provider, and several of one pattern."""
    catalog = Catalog.of()
    found = [AddRequest("crud", ("posts",)), AddRequest("webhook", ("stripe",), "hooks/[tenant]/pay")]
    for pattern in catalog.patterns():
        if pattern.argument.kind == "provider":
            found += [AddRequest(pattern.name, (name,)) for name in catalog.provider_names(pattern.name)]
        else:
            found.append(AddRequest(pattern.name, tuple(pattern.example.split()[1:])))
    return found


EVERY = every()
FEW = [
    AddRequest("crud", ("users",)),
    AddRequest("crud", ("posts",)),
    AddRequest("webhook", ("stripe",)),
    AddRequest("webhook", ("stripe",), "hooks/pay"),
    AddRequest("webhook", ("github",)),
    AddRequest("dynamic", ("posts/[slug]",)),
    AddRequest(
        "upload",
    ),
    AddRequest("protected", ("account",)),
]
MIGRATING = ("crud", "protected")
SAME_PLACE = {("crud", "posts"), ("dynamic", "posts/[slug]")}


def fit(first: AddRequest, second: AddRequest) -> bool:
    """Whether two can live in one project."""
    return {(r.pattern, *r.arguments) for r in (first, second)} != SAME_PLACE


PAIRS = [pair for pair in itertools.permutations(FEW, 2) if fit(*pair)]


def without_edits(tree: Tree) -> Tree:
    """The tree with a record that does not tell whether lines were added at once or one after the other."""
    record = json.loads(tree[RECORD_FILE])
    for addition in record["additions"]:
        del addition["edits"]
    return {**tree, RECORD_FILE: json.dumps(record).encode()}


@pytest.mark.parametrize("request_", EVERY, ids=str)
def test_it_leaves_nothing(fresh: Callable[[], Path], request_: AddRequest) -> None:
    root = fresh()
    before = picture(root)
    add(root, request_)
    assert picture(root) != before
    remove(root, request_)
    assert picture(root) == before


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=str)
def test_the_first_of_two_goes_as_if_it_had_never_been(
    fresh: Callable[[], Path], first: AddRequest, second: AddRequest
) -> None:
    root, alone = fresh(), fresh()
    before = picture(root)
    add(root, first)
    add(root, second)
    both = picture(root)
    add(alone, second)
    remove(root, first)
    left = picture(root)
    if first.pattern in MIGRATING and second.pattern in MIGRATING:
        assert len([name for name in left if name.startswith("migrations/0")]) == 2, "one follows the other"
    elif first.pattern == "protected" and second.pattern in ("upload", "dynamic"):
        assert "lib/auth.py" in left, "what was added after it is guarded, and imports it"
    else:
        assert without_edits(left) == without_edits(picture(alone))
    remove(root, second)
    assert picture(root) == before
    add(root, first)
    add(root, second)
    assert picture(root) == both


def test_all_of_them_in_both_orders(fresh: Callable[[], Path]) -> None:
    webhooks = [request for request in EVERY if request.pattern == "webhook"]
    chosen = [r for r in EVERY if r.pattern != "dynamic" and r not in webhooks[6:]]
    for order in (chosen, chosen[::-1]):
        root = fresh()
        before = picture(root)
        for request in chosen:
            add(root, request)
        for request in order:
            remove(root, request)
        assert picture(root) == before


def test_without_pyproject_and_environment(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for request in EVERY:
        add(tmp_path, request)
        remove(tmp_path, request)
        assert picture(tmp_path) == {"app": b"a folder"}


SHAPES = [
    '[project]\nname="x"\ndependencies = []\n',
    '[project]\ndependencies = ["a"]\n',
    '[project]\ndependencies = ["a",]\n',
    '[project]\ndependencies = [\n  "a"\n]\n',
    '[project]\ndependencies = [\n\t"a",\n]\n',
    '[project]\ndependencies = [\n  "a", # why\n  # end\n]\n[x]\n',
    '[tool.routegen]\n',
    '[project]\nname="x"\n\n[tool.routegen]',
    '[project]\ndependencies = [\n  "a", "c"]\n',
    '[project]\r\ndependencies = [\r\n  "a",\r\n]\r\n',
    "",
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_list_of_dependencies_comes_back(shape: str) -> None:
    first = add_dependencies(shape, ["b>=1", "d"])
    record = [edited("pyproject.toml", shape, first.text)]
    assert take_dependencies(first.text, first.added, record) == shape
    second = add_dependencies(first.text, ["e[x]>=2"])
    between = take_dependencies(second.text, first.added, record)
    assert dependencies(between) == [*dependencies(shape), "e[x]>=2"]
    last = take_dependencies(between, second.added, [edited("pyproject.toml", first.text, second.text)])
    assert dependencies(last) == dependencies(shape)


def test_a_dependency_that_was_changed_stays() -> None:
    text = '[project]\ndependencies = ["b>=2", "c"]\n'
    assert take_dependencies(text, {"b>=1", "c"}) == '[project]\ndependencies = ["b>=2"]\n'


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("# one\nA=\n", ""),
        ("# one\nA=\n\n# two\nB=2\n", "# two\nB=2\n"),
        ("# two\nB=2\n\n# one\nA=1\n", "# two\nB=2\n"),
        ("B=2\n\n# mine\nA=1\nC=3\n", "B=2\n\n# mine\nC=3\n"),
        ("export A=1\n", "export A=1\n"),
    ],
)
def test_variables_are_taken_out(text: str, left: str) -> None:
    assert take_variables(text, {"A": "one"}) == left
