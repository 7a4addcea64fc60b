"""Walks the registry: every rule has a manual, and the manual's examples are what it finds."""

import ast
from pathlib import Path

import pytest

from routegen.check.registry import Rule, rules, sections
from routegen.check.rules import suppressions, tree_conflicts
from tests.check.blocks import Block, blocks, findings

RULES = list(rules().values())
EXAMPLES = [
    pytest.param(block, id=f"{rule.code}-{block.role}-{number}")
    for rule in RULES
    for number, block in enumerate(blocks(rule.documentation))
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
