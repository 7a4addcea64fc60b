"""Judges an answer as the provider would: its statuses, its deadline, and what it does next."""

from dataclasses import dataclass

from routegen.lab.post import Answer
from routegen.webhooks import Scheme


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the provider counts the delivery as delivered, and why (not)."""

    delivered: bool
    reason: str


def judge(scheme: Scheme, answer: Answer) -> Verdict:
    """The provider's own verdict about an answer."""
    delivery = scheme.delivery
    if answer.status is None:
        return Verdict(False, f"no answer: {answer.failure}")
    if not delivery.takes(answer.status):
        return Verdict(
            False, f"{scheme.title} takes {statuses(scheme)} only, not {answer.status}{_then(scheme)}"
        )
    if delivery.deadline is not None and answer.seconds > delivery.deadline:
        return Verdict(
            False,
            f"{scheme.title} waits {delivery.deadline:g} s, this took {answer.seconds:.1f} s{_then(scheme)}",
        )
    return Verdict(True, f"{scheme.title} takes {statuses(scheme)}{_waits(scheme)}")


def statuses(scheme: Scheme) -> str:
    """The statuses that count as delivered: `200`, `200-299`."""
    lowest, highest = scheme.delivery.success
    return str(lowest) if lowest == highest else f"{lowest}-{highest}"


def _waits(scheme: Scheme) -> str:
    deadline = scheme.delivery.deadline
    return f" within {deadline:g} s" if deadline is not None else ""


def _then(scheme: Scheme) -> str:
    return f"; it tries again: {scheme.delivery.policy}" if scheme.delivery.policy else ""
