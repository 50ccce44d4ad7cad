"""Links for reviewers in Wagtail's admin; stories/wagtail_hooks.py registers this."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.widgets import Button
from wagtail.models import Page

from stories.reviewing.links import MADE, REVOKED, may_be_reviewed
from stories.reviewing.views import links_of


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    return [path("review-links/<int:page_id>/", links_of, name="review_links")]


@hooks.register("register_page_header_buttons")
def header_button(page: Page, user: Any, **_where: Any) -> Iterator[Button]:
    return _button(page, user)


@hooks.register("register_page_listing_more_buttons")
def listing_button(page: Page, user: Any, **_where: Any) -> Iterator[Button]:
    return _button(page, user)


def _button(page: Page, user: Any) -> Iterator[Button]:
    if (
        page.pk
        and not page.is_root()
        and page.permissions_for_user(user).can_edit()
        and may_be_reviewed(page)
    ):
        yield Button(
            _("Copy a link for a reviewer"),
            reverse("review_links", args=[page.pk]),
            icon_name="link",
            priority=67,
        )


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action(
        MADE, gettext_lazy("Make a link for a reviewer"), gettext_lazy("Made a link for a reviewer")
    )
    actions.register_action(
        REVOKED,
        gettext_lazy("Call back links for reviewers"),
        gettext_lazy("Called back all links for reviewers"),
    )
