"""What came from elsewhere and waits for a person: pages from WordPress, lists of subscribers."""

from datetime import datetime
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from newsletter.audience.models import SubscriberImport
from newsletter.audience.transfer.views import IMPORTING
from newsroom.admin_home.items import Button, Item, Today, in_words, kind_of_page
from stories.wordpress.models import ImportedDocument
from stories.wordpress.parity import ROW_LABELS

MOST = 5
State = SubscriberImport.State
WORDS = {
    State.UPLOADED: gettext_lazy("Uploaded %(moment)s; it waits for somebody to say what its columns are."),
    State.CHECKED: gettext_lazy("Checked, and nobody is on the list yet. Uploaded %(moment)s."),
    State.STOPPED: gettext_lazy("The import stopped half-way. Uploaded %(moment)s."),
    State.FAILED: gettext_lazy("The file could not be read. Uploaded %(moment)s."),
}


def imported_for(user: Any, now: datetime) -> Today:
    return Today(needs=[*_lists(user, now), *_drafts(user)])


def _drafts(user: Any) -> list[Item]:
    """Pages nobody has opened since they came, each with its import check."""
    mine = page_permission_policy.instances_user_has_permission_for(user, "change").values("pk")
    untouched = ImportedDocument.objects.filter(
        page__in=Page.objects.filter(pk__in=mine), page__live=False, page__latest_revision=F("revision_id")
    ).select_related("page__locale")
    shown = list(untouched[: MOST + 1])
    items = [_draft(document, document.page) for document in shown[:MOST] if document.page]
    if len(shown) > MOST:
        count = untouched.count() - MOST
        words = ngettext("%(count)s more imported draft.", "%(count)s more imported drafts.", count)
        items.append(
            Item(
                _("Imported"),
                words % {"count": intcomma(count)},
                "",
                (Button(_("See all"), reverse("imported_pages_report")),),
            )
        )
    return items


def _draft(document: ImportedDocument, page: Page) -> Item:
    counted = ", ".join(
        f"{ROW_LABELS[key]} {there} → {here}"
        for key, there, here in document.report.get("rows", [])
        if key in ROW_LABELS and (there or here)
    )
    details = [_("Import check: %(rows)s.") % {"rows": counted}] if counted else []
    if missing := len(document.report.get("missing", ())):
        words = ngettext(
            "%(count)s picture could not be fetched.", "%(count)s pictures could not be fetched.", missing
        )
        details.append(words % {"count": missing})
    return Item(
        kind_of_page(page),
        page.draft_title,
        _("Imported as a draft: look at it, then publish it or throw it away."),
        (
            Button(_("Open"), reverse("wagtailadmin_pages:edit", args=[page.pk])),
            Button(_("Import check"), reverse("imported_pages_report")),
        ),
        tuple(details),
    )


def _lists(user: Any, now: datetime) -> list[Item]:
    """Imports of subscribers that stand still until somebody does something."""
    if not user.has_perms(IMPORTING):
        return []
    standing = SubscriberImport.objects.filter(state__in=[*WORDS]).defer("report", "mapping")
    return [_list(record, now) for record in standing.order_by("-created_at")[:MOST]]


def _list(record: SubscriberImport, now: datetime) -> Item:
    state, page = State(record.state), reverse("import:detail", args=[record.pk])
    details = [record.fault] if record.fault else []
    if state is State.STOPPED and record.rows:
        rows = {"done": intcomma(record.position), "all": intcomma(record.rows)}
        details.append(_("%(done)s of %(all)s rows are done.") % rows)
    buttons = {
        State.UPLOADED: [Button(_("Name the columns"), reverse("import:columns", args=[record.pk]))],
        State.CHECKED: [Button(_("Look, then import"), page)],
        State.STOPPED: [
            Button(_("Go on"), reverse("import:steer", args=[record.pk]), action="resume"),
            Button(_("See how far it is"), page),
        ],
        State.FAILED: [Button(_("See why"), page)],
    }
    return Item(
        _("Import of subscribers"),
        record.file_name,
        WORDS[state] % {"moment": in_words(record.created_at, now=now)},
        tuple(buttons[state]),
        tuple(details),
        is_fault=state in {State.STOPPED, State.FAILED},
    )
