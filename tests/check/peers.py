"""Scores other linters against the same labels as `tests.check.score`, beside `routegen check`.

    python -m tests.check.peers --labels labels.json --sources FOLDER [--node FOLDER] [--bandit COMMAND]

`--node` is a folder where `npm install oxlint eslint@9 eslint-plugin-security @typescript-eslint/parser react-doctor` was
run. Which of a peer's rules speaks of which label is a table of ours, and kind to the peers: rules that merely touch a
label count for it. A peer that is not installed has no column.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.check.score import CODES, Score, lines_of, place_of, score

Hit = tuple[Path, int, str]
"""A file, a line, a rule's name."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A linter: the files it reads, how it is run over the sources, and its rules by our label."""

    name: str
    suffixes: tuple[str, ...]
    run: Callable[[Sequence[Path]], Iterable[Hit]]
    rules: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


RUFF = {
    "secret-hardcoded": {"S105", "S106", "S107"},
    "blocking-call-in-async": {f"ASYNC{n}" for n in (210, 212, 220, 221, 222, 230, 240, 250, 251)},
    "stream-blocking": {f"ASYNC{n}" for n in (210, 212, 230, 251)},
    "error-with-200": {"BLE001", "S110"},
    "exception-text-leak": {"BLE001"},
    "unawaited": {"RUF006"},
}
BANDIT = {"secret-hardcoded": {"B105", "B106", "B107"}, "error-with-200": {"B110"}}
ESLINT = {
    "upload-path-traversal": {"security/detect-non-literal-fs-filename"},
    "path-from-input": {"security/detect-non-literal-fs-filename"},
    "webhook-timing-compare": {"security/detect-possible-timing-attacks"},
    "no-response-path": {"consistent-return", "no-empty"},
}
OXLINT = {"no-response-path": {"eslint(consistent-return)", "eslint(no-empty)"}}
REACT_DOCTOR = {
    "webhook-unverified": {"webhook-signature-risk"},
    "webhook-timing-compare": {"insecure-crypto-risk"},
    "get-side-effect": {"nextjs-no-side-effect-in-get-handler"},
    "open-redirect": {"untrusted-redirect-following", "clickjacking-redirect-risk"},
    "body-straight-to-db": {"request-body-mass-assignment"},
    "unauth-mutation": {"server-auth-actions"},
    "path-from-input": {"path-traversal-risk"},
    "upload-path-traversal": {"path-traversal-risk"},
    "secret-hardcoded": {"no-secrets-in-client-code", "secret-in-fallback"},
}
ESLINT_CONFIG = """
import parser from "@typescript-eslint/parser";
import security from "eslint-plugin-security";
export default [{
    files: ["**/*.{js,jsx,mjs,ts,tsx,mts}"],
    languageOptions: { parser, parserOptions: { ecmaFeatures: { jsx: true } } },
    plugins: { security },
    rules: {
        "security/detect-non-literal-fs-filename": "error",
        "security/detect-possible-timing-attacks": "error",
        "consistent-return": "error",
        "no-empty": "error",
    },
}];
"""
SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs")


def main() -> None:
    """Print one line a label: how many there are, then precision and recall of each linter."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--node", type=Path, help="the folder with `node_modules`")
    parser.add_argument("--bandit", default="bandit", help="the command that runs it")
    options = parser.parse_args()
    labels = json.loads(options.labels.read_text())["labels"]
    options.sources = options.sources.resolve()
    files = sorted({place_of(label, options.sources) for label in labels})
    files = [file for file in files if file.is_file()]
    columns = {"routegen": score(labels, options.sources)}
    for peer in installed(options.node, options.bandit):
        read = [file for file in files if file.suffix in peer.suffixes]
        columns[peer.name] = score_of(peer, list(peer.run(read)), labels, options.sources)
    print(table(columns))


def installed(node: Path | None, bandit: str) -> list[Peer]:
    """The peers that this machine has."""
    peers = [_peer("ruff", (".py",), _ruff, RUFF)]
    if shutil.which(shlex.split(bandit)[0]):
        peers.append(_peer("bandit", (".py",), partial(_bandit, bandit), BANDIT))
    if node is not None:
        binaries = node.resolve() / "node_modules" / ".bin"
        peers += [
            _peer("eslint", SCRIPTS, partial(_eslint, binaries), ESLINT),
            _peer("oxlint", SCRIPTS, partial(_oxlint, binaries), OXLINT),
            _peer("react-doctor", SCRIPTS, partial(_react_doctor, binaries), REACT_DOCTOR),
        ]
    return peers


def score_of(peer: Peer, hits: list[Hit], labels: list[dict[str, Any]], sources: Path) -> dict[str, Score]:
    """The score of a peer for each label that one of its rules is about."""
    found: dict[str, Score] = {}
    for label in labels:
        file = place_of(label, sources)
        if file.suffix not in peer.suffixes or not file.is_file():
            continue
        lines = lines_of(file, label["handler"], label["line"])
        said = {rule for path, line, rule in hits if path == file and line in lines}
        wanted = {positive["rule"] for positive in label["positives"]}
        for name, own in peer.rules.items():
            each = found.setdefault(name, Score())
            if name in wanted and said & own:
                each.hits += 1
            elif name in wanted:
                each.missed.append(str(file))
            elif said & own and name not in label["unsure"]:
                each.false.append(str(file))
    return found


def table(columns: Mapping[str, Mapping[str, Score]]) -> str:
    """Markdown. A dash stands for a linter without a rule for the label, or one that reads another language."""
    own = columns["routegen"]
    lines = [f"| label | positives | {' | '.join(columns)} |", "| --- | ---: |" + " --- |" * len(columns)]
    for name in sorted(CODES):
        if name not in own:
            continue
        positives = own[name].hits + len(own[name].missed)
        cells = [_cell(column.get(name)) for column in columns.values()]
        lines.append(f"| {name} | {positives} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(one: Score | None) -> str:
    if one is None or not one.hits + len(one.false) + len(one.missed):
        return "-"
    said = one.hits + len(one.false)
    precision = f"P {one.precision:.2f}" if said else "silent"
    return f"{one.hits} of {one.hits + len(one.missed)}, {precision}"


def _peer(name: str, suffixes: tuple[str, ...], run: Any, rules: Mapping[str, set[str]]) -> Peer:
    return Peer(name, suffixes, run, {label: frozenset(own) for label, own in rules.items()})


def _output(command: Sequence[str], cwd: Path | None = None) -> str:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False).stdout


def _ruff(files: Sequence[Path]) -> Iterable[Hit]:
    select = "--select=S,ASYNC,BLE,RUF"
    options = ["--isolated", "--no-cache", "--preview", "--exit-zero", "--output-format=json", select]
    for each in json.loads(_output([sys.executable, "-m", "ruff", "check", *options, *map(str, files)])):
        yield Path(each["filename"]), each["location"]["row"], each["code"] or ""


def _bandit(command: str, files: Sequence[Path]) -> Iterable[Hit]:
    told = _output([*shlex.split(command), "--quiet", "--exit-zero", "--format", "json", *map(str, files)])
    for each in json.loads(told)["results"]:
        yield Path(each["filename"]), each["line_number"], each["test_id"]


def _eslint(binaries: Path, files: Sequence[Path]) -> Iterable[Hit]:
    config = binaries.parents[1] / "routegen-peers.config.mjs"
    config.write_text(ESLINT_CONFIG)
    options = ["--no-config-lookup", "--config", str(config), "--no-inline-config", "--format", "json"]
    above = os.path.commonpath(files)  # files outside of the folder it runs in are ignored
    told = _output([str(binaries / "eslint"), *options, *map(str, files)], cwd=Path(above))
    for each in json.loads(told):
        for one in each["messages"]:
            yield Path(each["filePath"]), one["line"], one["ruleId"] or ""


def _oxlint(binaries: Path, files: Sequence[Path]) -> Iterable[Hit]:
    options = ["--disable-nested-config", "--no-ignore", "--format", "json"]
    options += ["-A", "all", "-D", "consistent-return", "-D", "no-empty"]
    told = _output([str(binaries / "oxlint"), *options, *map(str, files)], cwd=binaries)
    for each in json.loads(told)["diagnostics"]:
        for label in each["labels"]:
            yield (binaries / each["filename"]).resolve(), label["span"]["line"], each["code"]


def _react_doctor(binaries: Path, files: Sequence[Path]) -> Iterable[Hit]:
    """It reads projects, not files, and tells each file relative to the project."""
    options = ["--json", "--json-compact", "--no-cache", "--no-supply-chain", "--yes"]
    for project in sorted({_project(file) for file in files}):
        told = _output([str(binaries / "react-doctor"), *options, str(project)])
        for each in json.loads(told or "{}").get("diagnostics", []):
            yield project / each["filePath"], each["line"], each["rule"]


def _project(file: Path) -> Path:
    """The nearest folder above with a `package.json`."""
    return next((folder for folder in file.parents if (folder / "package.json").is_file()), file.parent)


if __name__ == "__main__":
    main()
