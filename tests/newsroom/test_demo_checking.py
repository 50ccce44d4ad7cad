"""The demo does not call itself done when the sums do not come out."""

from collections import Counter

import pytest

from newsletter.sending.models import Mailing
from newsletter.sending.progress import Progress
from newsroom.demo.checking import Post, what_does_not_balance

pytestmark = pytest.mark.django_db

ADA, LEO = ("ada@warp.example", "en"), ("leo@warp.example", "fr")


@pytest.fixture(autouse=True)
def versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsroom.demo.checking._wrong_language", lambda *_arguments: [])


def faults(progress: Progress, *readers: tuple[str, str]) -> str:
    post = Post(Counter(language for _address, language in readers), Counter(readers))
    return "\n".join(what_does_not_balance(Mailing(pk=1), progress, post))


def test_everything_comes_out() -> None:
    assert faults(Progress(audience=3, accepted=2, skipped=1), ADA, LEO) == ""


def test_sums_that_lose_somebody() -> None:
    assert "make 2, but its audience is 3" in faults(Progress(audience=3, accepted=2), ADA, LEO)


def test_a_letter_that_is_missing() -> None:
    assert "holds 1 messages of this sending, but 2" in faults(Progress(audience=2, accepted=2), ADA)


def test_somebody_who_got_two() -> None:
    assert "more than once: ada@warp.example" in faults(Progress(audience=2, accepted=2), ADA, ADA)


def test_people_nobody_knows_about_are_for_a_person_to_decide() -> None:
    words = faults(Progress(audience=2, accepted=1, unknown=1), ADA)
    assert "of 1 people nobody knows" in words
    assert "/admin/sending/1/" in words
    assert "The mailbox holds" not in words
