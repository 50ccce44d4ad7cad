"""The November edition: composed in each language, and sent by real workers to the union of three segments."""

import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult
from wagtail.models import Page

from newsletter.audience.models import Segment
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.sending.launching import LaunchRefused, launch, wake_waiting_batches
from newsletter.sending.models import Mailing
from newsletter.sending.progress import progress_of
from newsletter.sending.sweep import sweep
from newsletter.sending.tasks import prepare_mailing, wake
from newsroom.demo.articles import PageIds
from newsroom.demo.content_files import demo_key
from newsroom.demo.markdown import button_value, inline_html, paragraphs_html, with_ids
from newsroom.demo.telling import Teller
from newsroom.models import User

# To the assembly in March, from November.
DAYS_AHEAD = 120
WORKERS = ("mailings", "default,confirmations")
# Longer than a dead worker's lease, after which the sweep gives its batch to another.
PATIENCE_SECONDS = 180


class MailingStuck(Exception):
    """The mailing does not go on. The message says where it stands and what to do."""


def load_edition(
    edition: dict[str, Any],
    homes: Mapping[tuple[str, str], NewsletterPage],
    *,
    pages: PageIds,
    segments: Mapping[str, Segment],
    manager: User,
) -> EditionPage:
    """The edition in each language of its newsletter; returns that of the main language. Nothing is published here."""
    key = demo_key("edition", f"{edition['newsletter']}-{edition['number']}")
    languages = [language for newsletter, language in homes if newsletter == edition["newsletter"]]
    for language in languages:
        home = homes[edition["newsletter"], language]
        if EditionPage.objects.filter(translation_key=key, locale_id=home.locale_id).exists():
            continue
        words = edition[language]
        page = EditionPage(
            title=words["title"],
            slug=words["slug"],
            number=edition["number"],
            subject=words["subject"],
            preheader=words["preheader"],
            locale_id=home.locale_id,
            translation_key=key,
            owner=manager,
            live=False,
        )
        in_this_language = {name: pk for (name, code), pk in pages.items() if code == language}
        blocks = _blocks(edition, words, pages=in_this_language, segments=segments)
        page.body = page.body.stream_block.to_python(with_ids(blocks, name=f"edition.{language}"))
        Page.objects.get(pk=home.pk).add_child(instance=page)
        page.save_revision(user=manager, log_action=True)
    return EditionPage.objects.get(translation_key=key, locale__language_code=settings.LANGUAGE_CODE)


def _blocks(
    edition: dict[str, Any],
    words: dict[str, Any],
    *,
    pages: Mapping[str, int],
    segments: Mapping[str, Segment],
) -> list[tuple[str, dict[str, Any]]]:
    opening, aimed, button = words["opening"], words["aimed"], words["button"]
    only_to = segments[aimed["segment"]].pk
    return [
        ("heading", {"text": opening["heading"], "show_only_to": None}),
        ("text", {"text": paragraphs_html(opening["text"], pages=pages), "show_only_to": None}),
        ("heading", {"text": aimed["heading"], "show_only_to": only_to}),
        ("text", {"text": f"<p>{inline_html(aimed['text'], pages=pages)}</p>", "show_only_to": only_to}),
        ("stories", {"stories": [pages[key] for key in edition["stories"]], "show_only_to": None}),
        ("heading", {"text": words["events"]["heading"], "show_only_to": None}),
        ("events", {"topics": [], "days": DAYS_AHEAD, "limit": 3, "show_only_to": None}),
        ("button", {**button_value(button["label"], button["url"], pages=pages), "show_only_to": None}),
    ]


def mailing_of(edition: EditionPage) -> Mailing | None:
    """The edition's first sending that was not called off."""
    return (
        Mailing.objects.filter(edition=edition).exclude(state=Mailing.State.CANCELLED).order_by("pk").first()
    )


def send(
    edition: EditionPage, segments: list[Segment], *, manager: User, teller: Teller, label: str
) -> Mailing:
    """Launches the mailing, or goes on with the one a killed run left, until it is sent. Raises MailingStuck."""
    mailing = mailing_of(edition)
    if mailing is None:
        try:
            mailing = launch(edition=edition, segments=segments, user=manager)
        except LaunchRefused as refusal:
            raise MailingStuck(str(refusal)) from refusal
    else:
        _wake_again(mailing)
    with teller.progress(label, mailing.audience or 1) as reached:
        _work_until_sent(mailing, reached)
    if mailing.state != Mailing.State.SENT:
        raise MailingStuck(
            _("The sending of “%(edition)s” stands at “%(state)s”. %(fault)s")
            % {"edition": edition.title, "state": mailing.get_state_display(), "fault": mailing.fault}
        )
    return mailing


def _wake_again(mailing: Mailing) -> None:
    """A task that a killed worker was running is never run again by itself; one too many finds nothing to do."""
    if mailing.state == Mailing.State.PREPARING:
        wake(prepare_mailing, mailing.pk)
    elif mailing.state == Mailing.State.SENDING:
        wake_waiting_batches(mailing)


def _work_until_sent(mailing: Mailing, reached: Any) -> None:
    going_on = (Mailing.State.PREPARING, Mailing.State.SENDING)
    last_change, settled = time.monotonic(), -1
    workers: list[subprocess.Popen[bytes]] = []
    try:
        while mailing.state in going_on or any(worker.poll() is None for worker in workers):
            if mailing.state in going_on and all(worker.poll() is not None for worker in workers):
                sweep()
                workers = _start_workers()
            mailing.refresh_from_db()
            progress = progress_of(mailing)
            if progress.audience:
                reached(progress.settled, progress.audience)
            if progress.settled != settled:
                last_change, settled = time.monotonic(), progress.settled
            elif time.monotonic() - last_change > PATIENCE_SECONDS:
                raise MailingStuck(
                    _(
                        "Nothing was sent for %(seconds)d seconds; %(waiting)d people are waiting. Run the demo again."
                    )
                    % {"seconds": PATIENCE_SECONDS, "waiting": progress.waiting + progress.in_flight}
                )
            time.sleep(0.2 if workers else 1)
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.terminate()
                worker.wait()


def _start_workers() -> list[subprocess.Popen[bytes]]:
    """One for each queue that has something due, until it is empty."""
    due = DBTaskResult.objects.ready()
    return [
        subprocess.Popen(
            [
                *(
                    sys.executable,
                    str(settings.BASE_DIR / "manage.py"),
                    "db_worker",
                    "--batch",
                    "--no-startup-delay",
                ),
                *("--interval", "0.2", "--queue-name", queues, "--verbosity", "0"),
            ]
        )
        for queues in WORKERS
        if due.filter(queue_name__in=queues.split(",")).exists()
    ]
