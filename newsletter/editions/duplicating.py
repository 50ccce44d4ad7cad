"""The next edition made of the last one: its blocks in every language, as drafts."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.actions.copy_page import CopyPageAction
from wagtail.coreutils import find_available_slug

from newsletter.audience.models import Newsletter
from newsletter.editions.models import EditionPage, NewsletterPage
from newsletter.editions.versions import language_versions

LONGEST_TITLE = 200


def newest_edition(newsletter: Newsletter) -> EditionPage | None:
    """The one with the highest number, in the newsletter's first language where it has it."""
    editions = EditionPage.objects.none()
    for home in NewsletterPage.objects.filter(newsletter=newsletter):
        editions |= EditionPage.objects.child_of(home)
    newest = editions.filter(alias_of=None).order_by(F("number").desc(nulls_last=True), "-pk").first()
    if newest is None:
        return None
    return next(iter(language_versions(newest).values()))


@transaction.atomic
def duplicate(edition: EditionPage, *, user: Any) -> EditionPage:
    """Copies the latest revision of every language; returns the copy in the newsletter's first language.

    The copies are each other's translations. They get the next number, and no subject: two editions with one subject
    become one conversation in many mailboxes. Raises CopyPagePermissionError, and has copied nothing then.
    """
    versions = language_versions(edition)
    homes = {language: version.get_parent() for language, version in versions.items()}
    number = max(EditionPage.objects.next_number(home) for home in homes.values())
    key = uuid.uuid4()
    copies = []
    for language, version in versions.items():
        with translation.override(language):
            title = _("No. %(number)s, from “%(title)s”") % {
                "number": number,
                "title": version.title[:LONGEST_TITLE],
            }
        fields = {
            "title": title,
            "draft_title": title,
            "slug": find_available_slug(homes[language], f"no-{number}"),
            "number": number,
            "subject": "",
            "translation_key": key,
        }
        copies.append(
            CopyPageAction(
                version,
                to=homes[language],
                update_attrs=fields,
                copy_revisions=False,
                keep_live=False,
                user=user,
                reset_translation_key=False,
                log_action="editions.duplicate",
            ).execute()
        )
    return copies[0].specific
