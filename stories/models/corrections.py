"""What was put right after publication: dated, typed, and never hidden."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from stories.readable import ReadDirectly
from stories.remembering import remembered

CORRECTIONS_PER_PAGE = 30


class Correction(models.Model):
    """Belongs to a page and goes out with its revision: a draft's correction is nobody's business yet."""

    class Kind(models.TextChoices):
        CORRECTION = "correction", _("Correction")
        CLARIFICATION = "clarification", _("Clarification")
        UPDATE = "update", _("Update")
        EDITORS_NOTE = "editors-note", _("Editor’s note")
        RETRACTION = "retraction", _("Retraction")

    page = ParentalKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="corrections")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.CORRECTION)
    made_at = models.DateTimeField(_("date"), default=timezone.now)
    text = models.TextField(
        _("what was wrong, and what is right"), max_length=2000, help_text=_("Plain text; name both.")
    )

    panels = [FieldPanel("kind"), FieldPanel("made_at"), FieldPanel("text")]

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["-made_at"], name="corrections_newest_first")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text[:60]}"

    def clean(self) -> None:
        super().clean()
        if self.made_at and self.made_at > timezone.now():
            raise ValidationError({"made_at": _("A correction cannot be dated in the future.")})

    @property
    def is_retraction(self) -> bool:
        return self.kind == self.Kind.RETRACTION

    @property
    def anchor(self) -> str:
        """Its place on the page. Not its primary key: publishing an older revision writes the corrections anew.

        `twins_before` says how many of the same page and moment are older; `told_apart()` or `older_twins()` tell it.
        """
        twins_before = vars(self).get("twins_before", 0)
        twin = f"-{twins_before + 1}" if twins_before else ""
        return f"correction-{self.made_at.astimezone(UTC):%Y%m%dT%H%M%S}{twin}"


class CorrectionsPage(ReadDirectly, Page):
    introduction = models.TextField(_("introduction"), blank=True)

    page_description = _("The public list of everything that was corrected. One per language is enough.")
    parent_page_types = ["newsroom.HomePage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = _("list of corrections")
        verbose_name_plural = _("lists of corrections")

    def listed(self) -> QuerySet[Correction]:
        return public_corrections(self.get_parent())

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        paginator = Paginator(self.listed(), CORRECTIONS_PER_PAGE)
        context["corrections"] = paginator.get_page(request.GET.get("page"))
        return context


def told_apart(corrections: Iterable[Correction]) -> list[Correction]:
    """All corrections of one page, newest first. Those of a draft have no key yet and count as the youngest."""
    oldest_first = sorted(
        corrections, key=lambda correction: (correction.made_at, correction.pk is None, correction.pk or 0)
    )
    counts: Counter[datetime] = Counter()
    for correction in oldest_first:
        vars(correction)["twins_before"] = counts[correction.made_at]
        counts[correction.made_at] += 1
    return oldest_first[::-1]


def mark_retracted(pages: Iterable[Page]) -> None:
    """Sets `is_retracted` on each, so that a list can say so (see `headline_of()`)."""
    retracted = remembered("retracted pages", _retracted_pages)
    for page in pages:
        page.is_retracted = page.pk in retracted


def _retracted_pages() -> frozenset[int]:
    """All there are, because they are few and every list asks."""
    retractions = Correction.objects.filter(kind=Correction.Kind.RETRACTION)
    return frozenset(retractions.order_by().values_list("page_id", flat=True).distinct())


def headline_of(page: Page) -> str:
    """The title, with the word before it where it was retracted: a headline must not travel on alone."""
    if getattr(page, "is_retracted", False):
        return _g("Retracted: %(title)s") % {"title": page.title}
    return page.title


def public_corrections(home: Page) -> QuerySet[Correction]:
    """Newest first, each with its page: of the live pages below that one and in its language that anybody may read."""
    pages = Page.objects.descendant_of(home).filter(locale_id=home.locale_id).live().public()
    return (
        Correction.objects.filter(page__in=pages.order_by().values("pk"))
        .annotate(twins_before=older_twins(page="page", made_at="made_at", pk="pk"))
        .select_related("page")
        .order_by("-made_at", "-pk")
    )


def corrections_page_for(page: Page) -> CorrectionsPage | None:
    """The public list of corrections in the page's language, below the same front page."""
    front_page = page.path[: 2 * Page.steplen]
    pages = CorrectionsPage.objects.filter(path__startswith=front_page, locale_id=page.locale_id)
    front_page_slug = page.url_path.split("/", 2)[1]
    return remembered(
        f"corrections:{front_page_slug}:{page.locale_id}", lambda: pages.live().order_by("path").first()
    )


def older_twins(*, page: str, made_at: str, pk: str) -> Coalesce:
    """The number `twins_before` stands for, in a query; the arguments name the outer query's fields."""
    twins = Correction.objects.filter(page=OuterRef(page), made_at=OuterRef(made_at), pk__lt=OuterRef(pk))
    return Coalesce(Subquery(twins.order_by().values("page").annotate(count=Count("pk")).values("count")), 0)
