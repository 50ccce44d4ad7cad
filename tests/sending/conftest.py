from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from anymail.signals import AnymailTrackingEvent
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from wagtail.models import Site

from newsletter.audience.models import Newsletter, Segment, Subscriber
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.sending.events import record_event
from newsletter.sending.launching import launch, start_due_mailings
from newsletter.sending.mailbox.reading import OpenLetter, letters, open_letter
from newsletter.sending.models import Delivery, Mailing
from newsletter.sending.progress import progress_of
from stories.models import SiteIdentity
from tests import databases
from tests.audience.factories import (
    SegmentFactory,
    SubscriberFactory,
    SubscriptionFactory,
    kind_rule,
    language_rule,
)
from tests.conftest import all_homes, all_locales, the_identity
from tests.editions.factories import EditionPageFactory, heading, newsletter_pages, text, translation_of
from tests.sending.backends import Mailgun, Relay

# A context in which what waits for the commit runs at its end.
Committed = Callable[[], AbstractContextManager[Any]]


@dataclass
class Desk:
    """An edition in three languages, with a text for organisations only, and the list it may go to."""

    newsletter: Newsletter
    pages: dict[str, NewsletterPage]
    edition: EditionPage
    organisations: Segment
    spanish: Segment
    french: Segment
    committed: Committed

    def reader(self, address: str, **fields: str) -> Subscriber:
        subscriber = SubscriberFactory(email=address, **fields)
        SubscriptionFactory(subscriber=subscriber, newsletter=self.newsletter)
        return subscriber

    def readers(self, count: int, *, language: str = "en", kind: str = "person") -> list[Subscriber]:
        return [
            self.reader(f"{language}-{kind}-{number}@readers.example", language=language, kind=kind)
            for number in range(count)
        ]

    def launch(self, **choice: object) -> Mailing:
        choice.setdefault("everyone", not choice.get("segments"))
        with self.committed():
            return launch(edition=self.edition, **choice)


def furnish_desk() -> None:
    """What is in the database of a desk before anybody sits down at it."""
    all_homes()
    the_identity(Site.objects.get(is_default_site=True), all_locales())
    organisations = SegmentFactory(
        name="Organisations", slug="organisations", rules=[kind_rule("organisation")]
    )
    SegmentFactory(name="Spanish", slug="spanish", rules=[language_rule("es")])
    SegmentFactory(name="French", slug="french", rules=[language_rule("fr")])
    pages = newsletter_pages()
    words = {
        "en": (
            "What the assemblies decided",
            "Dear {{name|friend}}, the mill runs.",
            "For organisations: the ledger.",
        ),
        "es": (
            "Lo que decidieron las asambleas",
            "Hola {{name|gente}}: el molino anda.",
            "Para organizaciones: el libro.",
        ),
        "fr": (
            "Ce que les assemblées ont décidé",
            "Bonjour {{name|à vous}}, le moulin tourne.",
            "Pour les organisations.",
        ),
    }
    edition: EditionPage | None = None
    for code, (subject, greeting, aside) in words.items():
        body = [
            heading(subject),
            text(f"<p>{greeting}</p>"),
            text(f"<p>{aside}</p>", show_only_to=organisations),
        ]
        if edition is None:
            edition = EditionPageFactory(parent=pages[code], subject=subject, body=body)
        else:
            translation_of(edition, parent=pages[code], subject=subject, body=body)


databases.FILLED["desk"] = furnish_desk


@pytest.fixture
def desk(identity: SiteIdentity, mailbox: Path, django_capture_on_commit_callbacks: Any) -> Desk:
    if not EditionPage.objects.exists():
        furnish_desk()
    pages = {page.locale.language_code: page for page in NewsletterPage.objects.select_related("locale")}
    segments = {segment.slug: segment for segment in Segment.objects.all()}
    return Desk(
        newsletter=pages["en"].newsletter,
        pages={code: pages[code] for code in ("en", "es", "fr")},
        edition=EditionPage.objects.get(locale__language_code="en"),
        organisations=segments["organisations"],
        spanish=segments["spanish"],
        french=segments["french"],
        committed=partial(django_capture_on_commit_callbacks, execute=True),
    )


def run_worker() -> None:
    """What db_worker does with each task that is due, until nothing is left; without its lock and its pause.

    Wagtail's own tasks, which bring its indexes up to date after every page, are left alone: they take half the time.
    """
    worker = Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="test",
        excluded_queue_names=[],
    )
    ours = DBTaskResult.objects.filter(task_path__regex="^(newsroom|newsletter|stories)")
    while task := ours.ready().first():
        task.claim(worker.worker_id)
        worker.run_task(task)


def planned(desk: Desk, **choice: Any) -> Mailing:
    """A sending launched for later, whose time has come."""
    mailing = desk.launch(at=timezone.now() + timedelta(hours=1), **choice)
    Mailing.objects.update(scheduled_for=timezone.now() - timedelta(minutes=1))
    return mailing


def begin(desk: Desk, worker: Callable[[], None]) -> None:
    with desk.committed():
        start_due_mailings()
    worker()


@pytest.fixture
def worker() -> Callable[[], None]:
    return run_worker


def letters_to(address: str) -> list[OpenLetter]:
    return [open_letter(letter.key) for letter in letters(person=address, most=1000)]


@pytest.fixture
def mailgun(settings: Any, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Mailgun:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": "key",
        "MAILGUN_SENDER_DOMAIN": "weft.example",
        "MAILGUN_API_URL": "http://127.0.0.1:9/v3",
    }
    stand_in = Mailgun()
    monkeypatch.setattr(
        requests.Session, "request", lambda session, **params: stand_in.request(session, **params)
    )
    return stand_in


def counts(mailing: Mailing) -> dict[str, int]:
    """People by state, which must add up; states nobody is in left out."""
    mailing.refresh_from_db()
    progress = progress_of(mailing)
    assert progress.balances, progress
    return {name: count for name, count in progress.counts.items() if count}


def report(delivery: Delivery, event_type: str, **fields: Any) -> None:
    """What the mail service reports of a delivery."""
    record_event(
        AnymailTrackingEvent(
            event_type=event_type,
            timestamp=timezone.now(),
            message_id="<call@mailgun>",
            event_id=f"{delivery.pk}-{event_type}",
            recipient=delivery.address,
            metadata={"delivery": str(delivery.pk)},
            **fields,
        ),
        "Mailgun",
    )


def small_batches(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """So that a few people make several calls."""
    monkeypatch.setattr("newsletter.sending.preparing.MAX_BATCH", size)


@pytest.fixture
def relay(settings: Any, desk: Desk) -> Iterator[type[Relay]]:
    """A mail server that gets one message at a time."""
    settings.EMAIL_BACKEND = "tests.sending.backends.Relay"
    Relay.reset()
    yield Relay
    Relay.reset()
