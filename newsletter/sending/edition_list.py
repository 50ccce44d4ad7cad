"""Every edition with how far it is: one row for all its languages."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, Min, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.generic import IndexView
from wagtail.permissions import policy_registry

from newsletter.editions.models import ArchivedEdition, EditionPage, NewsletterPage
from newsletter.sending.models import Mailing

ROWS = 30


class StateColumn(Column):
    """In words, and the way to the sending where there is one."""

    cell_template_name = "sending/edition_state_cell.html"

    def get_value(self, instance: Any) -> str:
        return str(dict(Mailing.State.choices).get(instance.mailing_state, _("draft")))

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        may_look = parent_context["request"].user.has_perm("sending.view_mailing")
        if instance.mailing_pk and may_look:
            context["mailing_url"] = reverse("sending:mailing", args=[instance.mailing_pk])
        return context


class LanguagesColumn(Column):
    cell_template_name = "sending/edition_languages_cell.html"


class EditionListView(IndexView):
    """Editions that this person may write, newest first.

    The same number of queries for each page of it: what the check before sending finds is not computed here.
    """

    model = EditionPage
    page_title = _("Editions")
    header_icon = "mail"
    index_url_name = "sending:editions"
    # All languages stand in one row.
    locale = None
    is_searchable = False
    paginate_by = ROWS
    default_ordering = "-latest_revision_created_at"
    any_permission_required = ("add", "change", "publish")
    columns = (
        TitleColumn("title", label=_("Edition"), get_url=lambda edition: edition_address(edition)),
        Column("number", label=_("number")),
        Column("newsletter_name", label=_("newsletter")),
        StateColumn("state", label=_("state")),
        LanguagesColumn("versions", label=_("Languages")),
        DateColumn("latest_revision_created_at", label=_("last change"), width="12%"),
    )

    def get_base_queryset(self) -> QuerySet[EditionPage]:
        policy = policy_registry.get_by_type(EditionPage)
        mine = policy.instances_user_has_any_permission_for(
            self.request.user, set(self.any_permission_required)
        )
        # The oldest page of each edition: the language it was begun in.
        begun = (
            EditionPage.objects.filter(pk__in=mine.values("pk"), alias_of=None)
            .order_by()
            .values("translation_key")
            .annotate(begun=Min("pk"))
        )
        last = Mailing.objects.filter(edition__translation_key=OuterRef("translation_key"))
        return (
            EditionPage.objects.filter(pk__in=begun.values("begun"))
            .defer_streamfields()
            .annotate(
                mailing_pk=Subquery(last.values("pk")[:1]),
                mailing_state=Subquery(last.values("state")[:1]),
                planned_for=Subquery(last.values("scheduled_for")[:1]),
            )
        )

    def order_queryset(self, queryset: QuerySet[EditionPage]) -> QuerySet[EditionPage]:
        return queryset.order_by("-latest_revision_created_at", "-pk")

    def get_table(self, object_list: Iterable[EditionPage]) -> Any:
        """Each row with `versions`, the edition's pages in their languages, and the newsletter's name."""
        rows: list[Any] = list(object_list)
        keys = {row.translation_key for row in rows}
        beside = (
            EditionPage.objects.filter(translation_key__in=keys, alias_of=None)
            .defer_streamfields()
            .select_related("locale")
            .annotate(was_sent=Exists(ArchivedEdition.objects.filter(edition=OuterRef("pk"))))
            .order_by("pk")
        )
        by_key: dict[Any, list[EditionPage]] = {}
        for version in beside:
            by_key.setdefault(version.translation_key, []).append(version)
        homes = NewsletterPage.objects.filter(path__in={row.path[: -row.steplen] for row in rows})
        names = dict(homes.values_list("path", "newsletter__name"))
        for row in rows:
            row.versions = by_key[row.translation_key]
            row.newsletter_name = names.get(row.path[: -row.steplen], "")
        return super().get_table(rows)

    def get_add_url(self) -> str:
        return reverse("editions:new")


def edition_address(edition: EditionPage) -> str:
    return reverse("wagtailadmin_pages:edit", args=[edition.pk])
