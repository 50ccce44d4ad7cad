"""Stories and other pages: what waits for this person's review, what became of their own, what is planned."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Page, Revision, TaskState, WorkflowState
from wagtail.permissions import page_permission_policy

from newsroom.admin_home.items import Button, Item, Today, in_words, kind_of_page

MOST = 10
MOST_DRAFTS = 5
# An approval is news for so long.
APPROVED_LATELY = timedelta(days=7)


def pages_of(user: Any, now: datetime) -> Today:
    if not page_permission_policy.user_has_any_permission(user, {"add", "change", "publish"}):
        return Today()
    answered, in_review = _own_in_review(user, now)
    return Today(
        needs=[*_reviews(user, now), *answered],
        under_way=[*in_review, *_scheduled(user, now)],
        drafts=_drafts(user, now),
    )


def _reviews(user: Any, now: datetime) -> list[Item]:
    """What waits for this person, the longest first."""
    # Wagtail asks each kind of task whose it is.
    states = (
        TaskState.objects.reviewable_by(user)
        .filter(revision__base_content_type=_page_type())
        .annotate(previous=Revision.objects.previous_revision_id_subquery())
        .select_related("revision__user")
        .defer("revision__content")
        .order_by("started_at", "pk")
    )
    waiting = list(states[: MOST + 1])
    pages = _by_key(state.revision.object_id for state in waiting)
    items = [
        _review(state, page, now) for state in waiting[:MOST] if (page := pages.get(state.revision.object_id))
    ]
    if len(waiting) > MOST:
        items.append(
            _more(_("Reviews"), states.count() - MOST, reverse("wagtailadmin_reports:workflow_tasks"))
        )
    return items


def _review(state: TaskState, page: Page, now: datetime) -> Item:
    words = _("Waits for your review since %(moment)s.") % {"moment": in_words(state.started_at, now=now)}
    if state.revision.user:
        words = _("%(person)s asks for your review, %(moment)s.") % {
            "person": name_of(state.revision.user),
            "moment": in_words(state.started_at, now=now),
        }
    buttons = [Button(_("Open"), _edit(page))]
    before = "live" if page.live else state.previous
    if before:
        compare = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, before, state.revision_id])
        label = _("Compare with what is published") if page.live else _("Compare with the version before")
        buttons.append(Button(label, compare))
    else:
        preview = reverse("wagtailadmin_pages:workflow_preview", args=[page.pk, state.task_id])
        buttons.append(Button(_("Preview"), preview))
    return Item(kind_of_page(page), page.draft_title, words, tuple(buttons))


def _own_in_review(user: Any, now: datetime) -> tuple[list[Item], list[Item]]:
    """Their own pieces: those that came back, and those that wait or were approved lately."""
    own = Page.objects.filter(owner=user).annotate(key=Cast("pk", CharField())).values("key")
    theirs = WorkflowState.objects.filter(
        Q(requested_by=user) | Q(object_id__in=own), base_content_type=_page_type()
    ).select_related("current_task_state__finished_by")
    active = list(theirs.filter(status__in=["in_progress", "needs_changes"]).order_by("-created_at")[:MOST])
    approved = theirs.filter(status="approved", current_task_state__finished_at__gte=now - APPROVED_LATELY)
    done = list(
        approved.exclude(current_task_state__finished_by=user).order_by("-current_task_state__finished_at")[
            :MOST_DRAFTS
        ]
    )
    pages = _by_key(state.object_id for state in [*active, *done])
    answered, in_review = [], []
    for state in [*active, *done]:
        page, task = pages.get(state.object_id), state.current_task_state
        if page is None or task is None:
            continue
        if state.status == "needs_changes":
            answered.append(_came_back(page, task, now))
        elif state.status == "in_progress":
            words = _("Waits for review since %(moment)s.") % {"moment": in_words(task.started_at, now=now)}
            in_review.append(
                Item(kind_of_page(page), page.draft_title, words, (Button(_("Open"), _edit(page)),))
            )
        elif page.live:
            in_review.append(_was_approved(page, task, now))
    return answered, in_review


def _came_back(page: Page, task: TaskState, now: datetime) -> Item:
    words = _("%(person)s asks you for changes, %(moment)s.") % _answer(task, now)
    return Item(
        kind_of_page(page), page.draft_title, words, (Button(_("Change it"), _edit(page)),), _comment(task)
    )


def _was_approved(page: Page, task: TaskState, now: datetime) -> Item:
    words = _("%(person)s approved it, %(moment)s.") % _answer(task, now)
    buttons = [Button(_("Open"), _edit(page))]
    if address := page.full_url:
        buttons.append(Button(_("See it on the site"), address))
    return Item(kind_of_page(page), page.draft_title, words, tuple(buttons), _comment(task))


def _answer(task: TaskState, now: datetime) -> dict[str, str]:
    return {
        "person": name_of(task.finished_by) if task.finished_by else _("An editor"),
        "moment": in_words(task.finished_at or task.started_at, now=now),
    }


def _comment(task: TaskState) -> tuple[str, ...]:
    return (f"“{task.comment.strip()}”",) if task.comment.strip() else ()


def _scheduled(user: Any, now: datetime) -> list[Item]:
    """Approved, with a time to come; what is overdue is a fault of the set-up and stands elsewhere."""
    mine = page_permission_policy.instances_user_has_any_permission_for(user, {"change", "publish"})
    revisions = (
        Revision.page_revisions.filter(approved_go_live_at__gt=now)
        .filter(object_id__in=mine.annotate(key=Cast("pk", CharField())).values("key"))
        .defer("content")
        .order_by("approved_go_live_at", "pk")
    )
    planned = list(revisions[:MOST])
    pages = _by_key(revision.object_id for revision in planned)
    return [
        Item(
            kind_of_page(page),
            page.draft_title,
            _("Is published %(moment)s.") % {"moment": in_words(revision.approved_go_live_at, now=now)},
            (Button(_("Open"), _edit(page)),),
        )
        for revision in planned
        if (page := pages.get(revision.object_id))
    ]


def _drafts(user: Any, now: datetime) -> list[Item]:
    """What they began and is not in review, the newest first."""
    reviewed = WorkflowState.objects.active().filter(base_content_type=_page_type())
    planned = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
    drafts = (
        Page.objects.filter(owner=user, has_unpublished_changes=True)
        .annotate(key=Cast("pk", CharField()))
        .exclude(key__in=reviewed.values("object_id"))
        .exclude(key__in=planned.values("object_id"))
        .select_related("locale")
        .order_by("-latest_revision_created_at", "-pk")
    )
    return [_draft(page, now) for page in drafts[:MOST_DRAFTS]]


def _draft(page: Page, now: datetime) -> Item:
    changed = page.latest_revision_created_at
    moment = {"moment": in_words(changed, now=now)} if changed else {"moment": "–"}
    words = (
        _("Published; your last changes are not, %(moment)s.")
        if page.live
        else _("Not handed in yet; last changed %(moment)s.")
    )
    return Item(
        kind_of_page(page), page.draft_title, words % moment, (Button(_("Go on writing"), _edit(page)),)
    )


def _by_key(keys: Iterable[str]) -> dict[str, Page]:
    pages = Page.objects.filter(pk__in={int(key) for key in keys}).select_related("locale")
    return {str(page.pk): page for page in pages}


def _page_type() -> ContentType:
    return ContentType.objects.get_for_model(Page)


def _edit(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def _more(kind: str, count: int, url: str) -> Item:
    words = ngettext("%(count)s more waits.", "%(count)s more wait.", count) % {"count": count}
    return Item(kind, words, "", (Button(_("See all"), url),))


def name_of(person: Any) -> str:
    return person.get_full_name() or person.get_username()
