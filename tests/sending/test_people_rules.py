"""What the check before sending says once the people are counted."""

import pytest
from django.utils import timezone

from newsletter.sending.models import Mailing
from newsletter.sending.people_rules import check_people
from tests.sending.conftest import Desk

pytestmark = pytest.mark.django_db


def sent_to(desk: Desk, people: int, *, left_out: int = 0, **fields: object) -> Mailing:
    return Mailing.objects.create(
        **{
            "edition": desk.edition,
            "newsletter": desk.newsletter,
            "state": "sent",
            "audience": people + left_out,
            "left_out": left_out,
            "to_everyone": True,
            "started_at": timezone.now(),
            **fields,
        }
    )


def rules(desk: Desk, total: int) -> list[tuple[str, str]]:
    return [
        (finding.rule, finding.level) for finding in check_people(newsletter=desk.newsletter, total=total)
    ]


def test_an_audience_of_nobody_blocks(desk: Desk) -> None:
    assert rules(desk, 0) == [("nobody", "error")]


def test_the_first_sending_has_nothing_to_be_compared_with(desk: Desk) -> None:
    assert rules(desk, 100_000) == []


@pytest.mark.parametrize(
    ("last", "total", "warned"),
    [(100, 200, False), (100, 201, True), (100, 100, False), (100, 3, False), (3, 52, False), (3, 53, True)],
)
def test_far_more_people_than_last_time_are_mentioned(
    desk: Desk, last: int, total: int, warned: bool
) -> None:
    sent_to(desk, last, left_out=500)
    assert rules(desk, total) == ([("far_more_people", "warning")] if warned else [])


def test_the_message_has_both_numbers(desk: Desk) -> None:
    sent_to(desk, 10)
    (finding,) = check_people(newsletter=desk.newsletter, total=900)
    assert "900" in finding.message
    assert "10" in finding.message


def test_second_tries_other_newsletters_and_what_was_cancelled_do_not_count(desk: Desk) -> None:
    first = sent_to(desk, 1000)
    sent_to(desk, 1, retry_of=first)
    sent_to(desk, 1, state="cancelled")
    sent_to(desk, 1, started_at=None, state="cancelled")
    assert rules(desk, 1500) == []
