"""Scores the rules against handlers that were labelled by hand: precision and recall of each rule.

    python -m tests.check.score --labels labels.json --sources FOLDER [--misses]

Labels: a list `labels` of `repo`, `path`, `handler`, `line`, `positives` (each with a `rule`) and `unsure`; a rule in
neither is a negative. Sources: `FOLDER/owner+name/path`. Neither is a part of this repository.
"""

import argparse
import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routegen.check import Finding, Selection, check
from routegen.check.files import find_targets
from routegen.check.registry import rules
from routegen.handlers.typescript.reader import module_of
from routegen.handlers.typescript.source import read_source

CODES = {
    "webhook-unverified": {"RG201", "RG205"},
    "webhook-parsed-before-verify": {"RG202"},
    "webhook-timing-compare": {"RG203"},
    "webhook-bad-signature-status": {"RG206"},
    "upload-path-traversal": {"RG301"},
    "upload-no-limit": {"RG302"},
    "upload-read-all": {"RG303"},
    "path-from-input": {"RG306"},
    "stream-blocking": {"RG401"},
    "stream-no-cleanup": {"RG403"},
    "blocking-call-in-async": {"RG901"},
    "error-with-200": {"RG801"},
    "exception-text-leak": {"RG803"},
    "open-redirect": {"RG804"},
    "secret-hardcoded": {"RG204"},
    "should-be-action": {"RG101", "RG102"},
    "internal-api-call": {"RG103"},
    "get-side-effect": {"RG104"},
    "unauth-mutation": {"RG501"},
    "secret-in-response": {"RG505"},
    "user-id-from-body": {"RG504"},
    "body-straight-to-db": {"RG507"},
    "missing-404": {"RG603"},
    "response-not-returned": {"RG805"},
    "no-response-path": {"RG806"},
    "unawaited": {"RG902"},
}


@dataclass
class Score:
    """What a rule found of what it should have."""

    hits: int = 0
    false: list[str] = field(default_factory=list[str])
    missed: list[str] = field(default_factory=list[str])

    @property
    def precision(self) -> float:
        """Of what it said, how much is true."""
        return self.hits / max(1, self.hits + len(self.false))

    @property
    def recall(self) -> float:
        """Of what is true, how much it said."""
        return self.hits / max(1, self.hits + len(self.missed))


def score(labels: list[dict[str, Any]], sources: Path) -> dict[str, Score]:
    """The score of each label."""
    found: dict[str, Score] = defaultdict(Score)
    checked: dict[str, list[Finding]] = {}
    for label in labels:
        folder, file = _folder(label, sources), place_of(label, sources)
        if not file.is_file():
            continue
        if label["repo"] not in checked:
            checked[label["repo"]] = check(find_targets([folder]), Selection(frozenset(rules()))).findings
        lines = lines_of(file, label["handler"], label["line"])
        codes = {f.code: f for f in checked[label["repo"]] if f.path == file and f.line in lines}
        place = f"{label['repo']}/{label['path']}:{label['line']} {label['handler']}"
        wanted = {positive["rule"]: positive for positive in label["positives"]}
        for name, own in CODES.items():
            hit = next((codes[code] for code in sorted(own) if code in codes), None)
            if name in wanted:
                if hit:
                    found[name].hits += 1
                else:
                    found[name].missed.append(
                        f"{place}: {wanted[name]['reason']} [{wanted[name].get('kind')}]"
                    )
            elif hit and name not in label["unsure"]:
                found[name].false.append(f"{place} ({hit.line}): {hit.message}")
    return found


def place_of(label: dict[str, Any], sources: Path) -> Path:
    """The file that a label is about."""
    return _folder(label, sources) / label["path"]


def _folder(label: dict[str, Any], sources: Path) -> Path:
    return sources / label["repo"].replace("/", "+")


def lines_of(file: Path, name: str, line: int) -> range:
    """The lines of a handler, decorators included."""
    if file.suffix != ".py":
        return _script_lines(file, name, line)
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError:  # newer than this Python
        return range(line, line + 60)
    near = min(_functions(tree, name), key=lambda node: abs(node.lineno - line), default=None)
    if near is None:
        return range(line, line + 1)
    first = min([near.lineno, *(decorator.lineno for decorator in near.decorator_list)])
    return range(first, (near.end_lineno or near.lineno) + 1)


def _script_lines(file: Path, name: str, line: int) -> range:
    """The lines of a handler of a script."""
    source = read_source(file)
    for handler in module_of(source).handlers:
        if handler.function is not None and name in (handler.method, handler.function.name):
            span = handler.function.span
            first, last = source.position(span.start)[0], source.position(span.end)[0]
            return range(min(first, line), last + 1)
    return range(line, line + 1)


def _functions(tree: ast.AST, name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name.rpartition(".")[2]:
            yield node


def main() -> None:
    """Print one line a label."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--lang", help="count the labels of one language only: `py`, `ts`")
    parser.add_argument("--misses", action="store_true", help="name what was missed and what was wrong")
    options = parser.parse_args()
    labels = json.loads(options.labels.read_text())["labels"]
    wanted = [
        each for each in labels if options.lang in (None, "py" if each["path"].endswith(".py") else "ts")
    ]
    found = score(wanted, options.sources)
    print(f"{'label':<30} hits  false  missed  precision  recall")
    for name, each in sorted(found.items()):
        print(
            f"{name:<30} {each.hits:>4}  {len(each.false):>5}  {len(each.missed):>6}"
            f"  {each.precision:>9.2f}  {each.recall:>6.2f}"
        )
        if options.misses:
            print("".join(f"    wrong   {line}\n" for line in each.false), end="")
            print("".join(f"    missed  {line}\n" for line in each.missed), end="")


if __name__ == "__main__":
    main()
