"""Where an edition begins: empty, or as a copy of the last one."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.actions.copy_page import CopyPagePermissionError
from wagtail.admin import messages
from wagtail.permissions import policy_registry

from newsletter.audience.models import Newsletter
from newsletter.editions.duplicating import duplicate, newest_edition
from newsletter.editions.models import EditionPage, NewsletterPage


@dataclass(frozen=True)
class Desk:
    """A newsletter, and its page where this person may begin an edition."""

    newsletter: Newsletter
    home: NewsletterPage

    @property
    def address(self) -> str:
        return reverse("wagtailadmin_pages:add", args=["editions", "editionpage", self.home.pk])


def desks_of(user: Any) -> list[Desk]:
    """Each newsletter in the language its readers get when theirs is missing, or in the first this person may write."""
    policy = policy_registry.get_by_type(NewsletterPage)
    homes = NewsletterPage.objects.select_related("newsletter", "locale").order_by("newsletter__name", "pk")
    if not user.is_superuser:
        mine = policy.instances_user_has_any_permission_for(user, {"add"})
        homes = homes.filter(pk__in=mine.values("pk"))
    desks: dict[int, Desk] = {}
    for home in homes:
        first = home.locale.language_code == home.newsletter.first_language()
        if first or home.newsletter_id not in desks:
            desks[home.newsletter_id] = Desk(home.newsletter, home)
    return list(desks.values())


def new_edition(request: HttpRequest) -> HttpResponse:
    """Straight to the form, or first the question for which newsletter."""
    desks = desks_of(request.user)
    if len(desks) == 1:
        return redirect(desks[0].address)
    return render(request, "editions/admin/new_edition.html", {"desks": desks})


def duplicate_last(request: HttpRequest) -> HttpResponse:
    """GET says what would be copied, POST with a `newsletter` copies it."""
    desks = desks_of(request.user)
    if request.method == "POST":
        chosen = get_object_or_404(Newsletter, pk=_key(request.POST.get("newsletter", "")))
        if chosen not in [desk.newsletter for desk in desks]:
            raise PermissionDenied
        edition = newest_edition(chosen)
        if edition is not None:
            return _duplicated(request, edition)
    return render(
        request,
        "editions/admin/duplicate_last.html",
        {"rows": [(desk, newest_edition(desk.newsletter)) for desk in desks]},
    )


def _duplicated(request: HttpRequest, edition: EditionPage) -> HttpResponse:
    try:
        copy = duplicate(edition, user=request.user)
    except CopyPagePermissionError as refused:
        raise PermissionDenied from refused
    messages.success(
        request, _("Copied in every language, as drafts. It has no subject yet: write one in each language.")
    )
    return redirect("wagtailadmin_pages:edit", copy.pk)


def _key(written: str) -> int:
    """0, which no newsletter has, for anything that is no key."""
    return int(written) if written.isdecimal() and len(written) < 18 else 0
