"""The list in the admin: newsletters, segments, subscribers, do-not-mail list."""

from functools import cached_property
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.forms import CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TitleFieldPanel
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import CreateView, DeleteView, EditView, IndexView, InspectView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log
from wagtail.permissions import policy_registry
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from newsletter.audience.addresses import address_hash
from newsletter.audience.admin_forms import RolesNamed, SubscriberForm, SuppressionForm
from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.erasing import erase_subscriber
from newsletter.audience.forms import topic_choices
from newsletter.audience.models import (
    Newsletter,
    Segment,
    Subscriber,
    Subscription,
    SubscriptionEvent,
    Suppression,
)
from newsletter.audience.models.address_hashes import of_addresses
from newsletter.audience.panels import SegmentForm, SegmentPeoplePanel
from newsletter.audience.segmentation import describe
from newsletter.audience.transfer.viewsets import TransferViewSet
from newsletter.audience.visible import may_erase, people_visible_to, suppressions_open_to


class NewsletterEditView(EditView):
    def get_object(self, queryset: Any = None) -> Newsletter:
        return _permitted(self, super().get_object(queryset), "change")


class NewsletterDeleteView(DeleteView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.user_has_permission_for_instance("delete", self.object):
            messages.error(request, _("Somebody has subscribed to this newsletter, so it stays."))
            return redirect(self.index_url_name)
        return super().post(request, *args, **kwargs)


class NewsletterViewSet(ModelViewSet):
    model = Newsletter
    icon = "mail"
    edit_view_class = NewsletterEditView
    delete_view_class = NewsletterDeleteView
    list_display = ("name", "from_email", "list_id")
    copy_view_enabled = False
    edit_handler = ObjectList(Newsletter.panels, base_form_class=RolesNamed)


def _permitted(view: Any, instance: Any, *actions: str) -> Any:
    """Wagtail's views ask whether somebody may change newsletters; this asks about the one that is opened."""
    policy = policy_registry.get_by_type(type(instance))
    if not policy.user_has_any_permission_for_instance(view.request.user, actions, instance):
        raise PermissionDenied
    return instance


# --- Segments ---------------------------------------------------------------------------------------
def people_in_words(segment: Segment) -> str:
    try:
        return describe(segment)
    except SegmentUnusable as fault:
        return str(fault)


class SegmentViewSet(SnippetViewSet):
    """How many a segment means stands on its own page: each count may take a second, and a list has twenty."""

    model = Segment
    icon = "group"
    # A copy starts from what the form shows, and the form does not show conditions of an unknown type.
    copy_view_enabled = False
    list_display = (
        "name",
        Column("description", label=_("People who …"), accessor=people_in_words),
    )
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                # The preview needs neither yet.
                [TitleFieldPanel("name", targets=["slug"]), FieldPanel("slug", required_on_save=False)],
                heading=_("Name"),
            ),
            FieldPanel("match"),
            FieldPanel("rules"),
            FieldPanel("exceptions"),
            SegmentPeoplePanel(),
            MultiFieldPanel(
                [FieldPanel("senders", widget=CheckboxSelectMultiple)],
                heading=_("Rights"),
                classname="collapsed",
            ),
        ],
        base_form_class=SegmentForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        return Segment.objects.with_stored_rules()


# --- Subscribers ------------------------------------------------------------------------------------
def newsletters_open_to_them(request: HttpRequest) -> QuerySet[Newsletter]:
    return Newsletter.objects.open_to(request.user)


class SubscriberFilterSet(WagtailFilterSet):
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=Subscription.Status.choices, method="with_status", widget=RadioSelect
    )
    newsletter = django_filters.ModelChoiceFilter(
        label=_("Newsletter"), queryset=newsletters_open_to_them, method="with_status"
    )

    class Meta:
        model = Subscriber
        fields = ("language", "kind", "relation")

    def with_status(self, queryset: QuerySet[Subscriber], name: str, value: Any) -> QuerySet[Subscriber]:
        """Both filters at once mean one subscription: that status on that newsletter, which is open to them."""
        chosen = {
            field: self.form.cleaned_data[field]
            for field in ("status", "newsletter")
            if self.form.cleaned_data.get(field)
        }
        theirs = Subscription.objects.filter(newsletter__in=newsletters_open_to_them(self.request))
        return queryset.filter(Exists(theirs.filter(subscriber=OuterRef("pk"), **chosen)))


def subscriptions_in_words(subscriber: Subscriber) -> str:
    return ", ".join(
        f"{subscription.newsletter.name} ({subscription.get_status_display()})"
        for subscription in subscriber.subscriptions.all()
    )


class SubscriberIndexView(IndexView):
    def get_base_queryset(self) -> QuerySet[Subscriber]:
        theirs = Subscription.objects.filter(newsletter__in=newsletters_open_to_them(self.request))
        return people_visible_to(self.request.user).prefetch_related(
            Prefetch("subscriptions", theirs.select_related("newsletter"))
        )


class SubscriberInspectView(InspectView):
    template_name = "audience/admin/subscriber_inspect.html"

    def get_object(self, queryset: Any = None) -> Subscriber:
        return _permitted(self, super().get_object(queryset), "view", "change")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        subscriber: Subscriber = self.object
        theirs = Newsletter.objects.open_to(self.request.user)
        names = dict(topic_choices(subscriber.language))
        newsletter_name = Subquery(Newsletter.objects.filter(pk=OuterRef("newsletter_id")).values("name")[:1])
        return {
            **super().get_context_data(**kwargs),
            "may_erase": may_erase(self.request.user, subscriber),
            "subscriptions": subscriber.subscriptions.filter(newsletter__in=theirs).select_related(
                "newsletter"
            ),
            "topics": [
                names.get(str(key), _("(deleted)"))
                for key in subscriber.topic_choices.values_list("topic_key", flat=True)
            ],
            "suppressions": suppressions_open_to(self.request.user)
            .filter(address_hash=subscriber.address_hash)
            .select_related("newsletter"),
            # By the hash, not the key: what happened before an erasure belongs to the same address.
            "events": SubscriptionEvent.objects.filter(
                Q(newsletter_id=None) | Q(newsletter_id__in=theirs.values("pk")),
                of_addresses(subscriber.address_hash),
            ).annotate(newsletter_name=newsletter_name),
        }


class SubscriberEditView(EditView):
    def get_object(self, queryset: Any = None) -> Subscriber:
        return _permitted(self, super().get_object(queryset), "change")


class SubscriberViewSet(ModelViewSet):
    model = Subscriber
    icon = "user"
    menu_label = _("Subscribers")
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    index_view_class = SubscriberIndexView
    edit_view_class = SubscriberEditView
    inspect_view_class = SubscriberInspectView
    inspect_template_name = SubscriberInspectView.template_name
    inspect_view_fields = ("email", "name", "language", "kind", "relation", "tags", "created_at")
    filterset_class = SubscriberFilterSet
    search_fields = ("email", "name")
    search_backend_name = None
    list_per_page = 50
    list_display = (
        "email",
        "name",
        "language",
        "kind",
        Column("subscriptions", label=_("Newsletters"), accessor=subscriptions_in_words),
        DateColumn("created_at", label=_("On the list since"), sort_key="created_at"),
    )
    edit_handler = ObjectList(
        [
            FieldPanel("email", read_only=True),
            FieldPanel("name"),
            FieldPanel("language"),
            FieldPanel("kind"),
            FieldPanel("relation"),
            FieldPanel("tags"),
        ],
        base_form_class=SubscriberForm,
    )

    def get_urlpatterns(self) -> list[URLPattern]:
        return [*super().get_urlpatterns(), path("erase/<int:pk>/", erase_subscriber, name="erase")]


# --- Do-not-mail list -------------------------------------------------------------------------------
class SuppressionFilterSet(WagtailFilterSet):
    newsletter = django_filters.ModelChoiceFilter(label=_("Newsletter"), queryset=newsletters_open_to_them)

    class Meta:
        model = Suppression
        fields = ("reason", "newsletter")


class SuppressionIndexView(IndexView):
    def get_base_queryset(self) -> QuerySet[Suppression]:
        return suppressions_open_to(self.request.user).select_related("newsletter")

    def search_queryset(self, queryset: QuerySet[Suppression]) -> QuerySet[Suppression]:
        """The list holds hashes, so it is searched by the whole address."""
        if not self.is_searching:
            return queryset
        return queryset.filter(address_hash=address_hash(self.search_query.strip().lower()))

    @cached_property
    def is_searchable(self) -> bool:
        return True


class SuppressionAddView(CreateView):
    def save_instance(self) -> Suppression:
        entry = self.form.save()
        log(instance=entry, action="wagtail.create", user=self.request.user)
        return entry


class SuppressionViewSet(ModelViewSet):
    model = Suppression
    icon = "cross"
    menu_label = _("Do-not-mail list")
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = SuppressionIndexView
    add_view_class = SuppressionAddView
    search_fields = ("address_hash",)
    filterset_class = SuppressionFilterSet
    list_display = ("__str__", "newsletter", "note", DateColumn("created_at", label=_("Since")))

    def get_form_class(self, for_update: bool = False) -> type[SuppressionForm]:
        return SuppressionForm


class AudienceGroup(SnippetViewSetGroup):
    menu_label = _("Audience")
    menu_icon = "group"
    menu_order = 300
    menu_name = "audience"
    items = (NewsletterViewSet, SegmentViewSet, SubscriberViewSet, SuppressionViewSet, TransferViewSet)
