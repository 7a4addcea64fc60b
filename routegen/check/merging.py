"""One finding for a place that answers several paths: what is wrong there is wrong once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from routegen.check.finding import Finding, Reason


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those of one place that differ in nothing but the path told as one, which names the others."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    told: Counter[tuple[object, ...]] = Counter()
    for finding in dict.fromkeys(findings):
        key = _key(finding)
        told[*key, finding.handler] += 1  # what one handler is told twice, for two reasons, stays two
        found.setdefault((*key, told[*key, finding.handler]), []).append(finding)
    return [_as_one(alike) for alike in found.values()]


def _key(finding: Finding) -> tuple[object, ...]:
    place = (finding.path, finding.line, finding.column, finding.end_line, finding.end_column)
    message = finding.message.replace(f"`{finding.handler}`", "") if finding.handler else finding.message
    return (*place, finding.code, message, finding.digest)


def _as_one(alike: list[Finding]) -> Finding:
    first = alike[0]
    others = dict.fromkeys(finding.handler for finding in alike if finding.handler != first.handler)
    also = tuple(Reason(f"answers `{handler}` too", 0) for handler in others)
    return replace(first, evidence=(*first.evidence, *also)) if also else first
