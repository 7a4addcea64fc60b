"""Turns findings into the JUnit XML that build servers show: a test case for each finding."""

import re
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from routegen.check.finding import Finding
from routegen.check.outcome import Checked, Unread
from routegen.check.reports.places import shown

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(checked: Checked, root: Path) -> str:
    """The report. Without findings it holds one case that passed: some build servers refuse an empty one."""
    number = len(checked.findings) + len(checked.errors)
    counts = {
        "name": "routegen check",
        "tests": str(max(1, number)),
        "failures": str(len(checked.findings)),
        "errors": str(len(checked.errors)),
    }
    suite = Element("testsuite", counts)
    for finding in checked.findings:
        _failure(suite, finding, root)
    for error in checked.errors:
        _error(suite, error, root)
    if not number:
        SubElement(suite, "testcase", name="no findings", classname="routegen.check")
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode")


def _failure(suite: Element, finding: Finding, root: Path) -> None:
    path = shown(finding.path, root)
    place = f"{path}:{finding.line}:{finding.column}" if finding.line else path
    case = SubElement(suite, "testcase", name=f"{finding.code} {_xml(place)}", classname=_xml(path))
    failure = SubElement(case, "failure", type=str(finding.severity), message=_xml(finding.message))
    failure.text = _xml(
        "\n".join([place, *(reason.text for reason in finding.evidence), f"hint: {finding.hint}"])
    )


def _error(suite: Element, error: Unread, root: Path) -> None:
    path = _xml(shown(error.path, root))
    case = SubElement(suite, "testcase", name=path, classname=path)
    SubElement(case, "error", type="unreadable", message=_xml(error.message))


def _xml(text: str) -> str:
    """The text without the characters that XML has no way to write."""
    return _NO_XML.sub("\ufffd", text)
