"""Pages whose hour has come. One that must not go out is held back and its people are told; the others go out."""

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.admin.mail import send_mail
from wagtail.log_actions import log
from wagtail.models import DraftStateMixin, Page, PageLogEntry, Revision
from wagtail.users.models import UserProfile

from stories.quality.gate import UnfitToPublish, refusal_of
from stories.quality.registry import errors_of

logger = logging.getLogger(__name__)


def publish_due(now: datetime | None = None) -> None:
    """Publishes what is scheduled up to now, then takes down what has expired. No page's fault stops another."""
    now = now or timezone.now()
    for revision in _fit(Revision.objects.filter(approved_go_live_at__lte=now)):
        try:
            revision.publish(log_action="wagtail.publish.scheduled")
        except UnfitToPublish as refusal:
            # Fit a moment ago: a page it links to was taken down meanwhile.
            _hold_back(revision, refusal)
        except Exception:
            logger.exception(
                "“%s” (revision %s) was due and could not be published.", revision.object_str, revision.pk
            )
    for model in _expiring_models():
        for thing in model._default_manager.filter(live=True, expire_at__lt=now).order_by("expire_at"):
            try:
                thing.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
            except Exception:
                logger.exception("“%s” has expired and could not be taken down.", thing)


def _expiring_models() -> list[Any]:
    models = apps.get_models()
    return [Page, *(m for m in models if issubclass(m, DraftStateMixin) and not issubclass(m, Page))]


def _fit(revisions: Iterable[Revision]) -> list[Revision]:
    """Those that may go out. Looked at again when one is held back: others may link to it."""
    due = sorted(revisions, key=lambda revision: (revision.approved_go_live_at, revision.pk))
    while True:
        kept = [revision for revision in due if not _is_held_back(revision)]
        if len(kept) == len(due):
            return kept
        due = kept


def _is_held_back(revision: Revision) -> bool:
    try:
        refusal = refusal_of(revision.as_object())
    except Exception:
        logger.exception("“%s” (revision %s) was due and cannot be read.", revision.object_str, revision.pk)
        return True
    if refusal is not None:
        _hold_back(revision, refusal)
    return refusal is not None


def _hold_back(revision: Revision, refusal: UnfitToPublish) -> None:
    """Takes the schedule off, so that it is told once: who has mended the page publishes or schedules it again."""
    page = refusal.page
    with transaction.atomic():
        scheduled = Revision.objects.filter(pk=revision.pk, approved_go_live_at__isnull=False)
        if not scheduled.update(approved_go_live_at=None):
            return
        log(
            instance=page,
            action="stories.held_back",
            revision=revision,
            data={"rules": sorted({finding.rule for finding in refusal.findings})},
        )
        transaction.on_commit(partial(_tell_people, page, _people(page, revision)))
    logger.warning("“%s” (page %s) was due and is held back: it has errors.", page.title, page.pk)


def _people(page: Page, revision: Revision) -> list[Any]:
    """Whose page it is, who wrote this version, and who scheduled it."""
    planned = PageLogEntry.objects.filter(page_id=page.pk, action="wagtail.publish.schedule").order_by(
        "-timestamp"
    )
    entry = planned.select_related("user").first()
    people = [page.owner, revision.user, entry.user if entry else None]
    return list({user.pk: user for user in people if user and user.is_active and user.email}.values())


def _tell_people(page: Any, people: list[Any]) -> None:
    address = f"{settings.BASE_URL}{reverse('wagtailadmin_pages:edit', args=[page.pk])}"
    for user in people:
        with translation.override(UserProfile.get_for_user(user).get_preferred_language()):
            context = {"page": page, "person": user, "findings": errors_of(page), "address": address}
            subject = " ".join(render_to_string("stories/quality/held_back_subject.txt", context).split())
            text = render_to_string("stories/quality/held_back.txt", context)
        try:
            send_mail(subject, text, [user.email])
        except Exception:
            logger.exception("%s could not be told that page %s is held back.", user, page.pk)
