"""Services that answer for each message of a call: some are taken, some turned down, in one answer."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from newsletter.sending.outcomes import Result, Verdict

# Not the recipient's fault: our account's, or the service's own.
PASSING = frozenset({Verdict.HALT, Verdict.DEFERRED})
ADDRESS = re.compile(r"[^\s'\"<>(),:;]+@[^\s'\"<>(),:;]+\b")


class Answer(NamedTuple):
    """What the service says about the message to one address."""

    address: str
    verdict: Verdict = Verdict.ACCEPTED
    words: str = ""


def result_of_answers(answers: Sequence[Answer]) -> Result:
    """The call's result: accepted, with everybody named who was turned down, and who was told "later".

    When nobody was accepted and the reason is nobody's address but our account or the service's own trouble, the
    whole call halts or waits instead of costing the list its readers; when some were, those others wait.
    """
    verdicts = {answer.verdict for answer in answers}
    if verdicts and verdicts <= PASSING:
        verdict = Verdict.HALT if Verdict.HALT in verdicts else Verdict.DEFERRED
        words = next(words_of(answer) for answer in answers if answer.verdict is verdict)
        return Result(verdict, fault=words, holds_all=verdict is Verdict.DEFERRED)
    return Result(
        Verdict.ACCEPTED,
        fault=next((words_of(answer) for answer in answers if answer.verdict in PASSING), ""),
        refused={
            answer.address: words_of(answer) for answer in answers if answer.verdict is Verdict.REJECTED
        },
        later={answer.address: words_of(answer) for answer in answers if answer.verdict in PASSING},
        later_halts=Verdict.HALT in verdicts,
    )


def words_of(answer: Answer) -> str:
    """Without addresses: these words are kept when the person is erased."""
    return ADDRESS.sub("…", answer.words)[:2000]


def json_of(error: Exception) -> Any:
    """What the service answered, or None."""
    response = getattr(error, "response", None)
    try:
        return response.json() if response is not None else None
    except (AttributeError, ValueError):
        return None
