"""Walks the registry: every rule has a manual, and the manual's examples are what it finds."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from routegen.check.files import find_targets
from routegen.check.fixes.mend import mend
from routegen.check.outcome import Checked
from routegen.check.registry import Rule, rules, sections
from routegen.check.rules import suppressions, tree_conflicts
from routegen.check.settings import Selection
from tests.check.blocks import Block, blocks, findings, mended

RULES = list(rules().values())
EXAMPLES = [
    pytest.param(block, id=f"{rule.code}-{block.role}-{number}")
    for rule in RULES
    for number, block in enumerate(blocks(rule.documentation))
    if block.role != "fixed"
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_a_manual_with_examples(rule: Rule) -> None:
    for heading in ("## Finds", "## Leaves alone", "## Fix"):
        assert f"\n{heading}\n" in rule.documentation
    roles = {block.role for block in blocks(rule.documentation)}
    assert "bad" in roles
    assert "good" in roles or rule.module == "suppressions"
    assert rule.summary and not rule.summary.endswith(".")
    assert any(code == rule.code for b in blocks(rule.documentation) for _, code, _ in b.expected())


def test_codes_are_unique_and_files_are_named_after_their_rule() -> None:
    titles = [rule.code for rule in RULES]
    assert len(set(titles)) == len(titles)
    for rule in RULES:
        if rule.module not in ("suppressions", "tree_conflicts"):
            assert rule.module == rule.name.replace("-", "_")
    for module in (suppressions, tree_conflicts):
        codes = [title[1] for title, _ in sections(module.__doc__ or "")]
        assert codes == sorted(set(codes))


@pytest.mark.parametrize("block", EXAMPLES)
def test_an_example_gives_exactly_the_marked_findings(block: Block, tmp_path: Path) -> None:
    if block.lang == "python":
        ast.parse(block.text)
    block.write(tmp_path)
    assert findings(tmp_path) == (block.expected() if block.role == "bad" else [])


def test_every_problem_of_the_manifest_has_a_rule() -> None:
    routes = Path(__file__).parents[2] / "routegen" / "routes"
    used = {code for file in routes.glob("*.py") for code in _codes(file.read_text(encoding="utf-8"))}
    assert used
    assert used <= set(rules())


def _codes(text: str) -> set[str]:
    constants = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    return {c for c in constants if isinstance(c, str) and c.startswith("RG") and len(c) == 5}


MENDED = [
    pytest.param(rule, bad, fixed, id=f"{rule.code}-{number}")
    for rule in RULES
    for number, (bad, fixed) in enumerate(mended(rule.documentation))
]


@pytest.mark.parametrize(("rule", "bad", "fixed"), MENDED)
def test_the_fix_makes_the_fixed_example_of_the_bad_one(
    rule: Rule, bad: Block, fixed: list[Block], tmp_path: Path
) -> None:
    """Byte for byte, and no rule finds anything in it; an example without a fixed one has no fix."""
    bad.write(tmp_path)

    def own(checked: Checked) -> Checked:
        return replace(checked, findings=[f for f in checked.findings if f.code == rule.code])

    targets, selection = find_targets([], start=tmp_path), Selection(frozenset(rules()))
    done = mend(targets, selection, own, unsafe=True)
    after = {path.relative_to(tmp_path).as_posix(): raw.decode() for path, raw in done.contents.items()}
    assert after == {block.path: block.text for block in fixed}
    if fixed:
        assert not done.checked.findings
        for path, raw in done.contents.items():
            write_or_remove(path, raw)
        assert findings(tmp_path) == []


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_the_number_of_rules_with_a_fix_is_told(page: str, checkout: Path) -> None:
    with_fix = {rule.code for rule in RULES if any(fixed for _, fixed in mended(rule.documentation))}
    assert f"{len(with_fix)} rules have a fix" in (checkout / page).read_text(encoding="utf-8")


def write_or_remove(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    if not raw:
        path.unlink()


@pytest.mark.parametrize(("lang", "many"), [("python", 20), ("typescript", 12)])
def test_many_rules_have_a_fix(lang: str, many: int) -> None:
    found = {
        rule.code
        for rule in RULES
        if any(fixed and bad.lang == lang for bad, fixed in mended(rule.documentation))
    }
    assert len(found) >= many
