"""One finding for one mistake: for a place that answers several paths, and for one that several handlers reach."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from routegen.check.finding import Finding, Reason

_MOST_NAMED = 3

_Key = tuple[object, ...]


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those of one place that differ in nothing but the path told as one, which names the others."""
    return [_as_one(alike) for alike in _grouped(dict.fromkeys(findings), _place_and_code)]


def told_once(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those of one mistake that several handlers reach told at the first of them, which names the others.

    For readers: what keeps findings apart, as a baseline does, wants each.
    """
    return [_reached(alike) for alike in _grouped(findings, _mistake)]


def _grouped(findings: Iterable[Finding], key_of: Callable[[Finding], _Key]) -> Iterable[list[Finding]]:
    """The findings with the same key together; what one handler is told twice, for two reasons, stays two."""
    found: dict[_Key, list[Finding]] = {}
    told: Counter[_Key] = Counter()
    for finding in findings:
        key = key_of(finding)
        told[*key, finding.handler, finding.path] += 1
        found.setdefault((*key, told[*key, finding.handler, finding.path]), []).append(finding)
    return found.values()


def _place_and_code(finding: Finding) -> _Key:
    return (*_place(finding), finding.digest)


def _mistake(finding: Finding) -> _Key:
    """What has to be mended: the place that is the cause, else that of the finding."""
    cause = next((reason for reason in finding.evidence if reason.is_cause), None)
    return _place(finding) if cause is None else (finding.code, cause.path or finding.path, cause.line)


def _place(finding: Finding) -> _Key:
    place = (finding.path, finding.line, finding.column, finding.end_line, finding.end_column)
    message = finding.message.replace(f"`{finding.handler}`", "") if finding.handler else finding.message
    return (*place, finding.code, message)


def _as_one(alike: list[Finding]) -> Finding:
    also = tuple(Reason(f"answers {handler} too", 0) for handler in _others(alike))
    return replace(alike[0], evidence=(*alike[0].evidence, *also)) if also else alike[0]


def _reached(alike: list[Finding]) -> Finding:
    if not (others := _others(alike)):
        return alike[0]
    named = ", ".join(others[:_MOST_NAMED])
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    return replace(alike[0], evidence=(*alike[0].evidence, Reason(f"reached from {named}{more} too", 0)))


def _others(alike: list[Finding]) -> list[str]:
    """The handlers that findings are about, but for the first."""
    first = alike[0]
    return [*dict.fromkeys(f"`{each.handler}`" for each in alike if each.handler != first.handler)]
