"""What is published with a byline: the shared abstract ArticlePage, and stories and news on it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import prefetch_related_objects
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, Revision
from wagtail.search import index

from stories.blocks import ArticleBody
from stories.forms import ArticleForm
from stories.licences import LICENCE_CHOICES, LICENCES, Licence
from stories.models.corrections import Correction, CorrectionsPage, corrections_page_for, told_apart
from stories.models.identity import SiteIdentity
from stories.models.translations import Translated
from stories.models.vocabulary import Author, Place, Topic
from stories.papers import Paper
from stories.quality.gate import guard_saving, refuse_unfit
from stories.quality.panels import edit_handler_with_findings
from stories.readable import ReadDirectly


class ArticlePage(ReadDirectly, Translated, Page):
    """Common to everything with a byline. The date is Wagtail's first_published_at; the change, last_published_at."""

    standfirst = models.TextField(
        _("standfirst"),
        blank=True,
        help_text=_("One or two sentences under the headline; feeds and cards show them."),
    )
    lead_image = models.ForeignKey(
        "stories.CreditedImage",
        verbose_name=_("lead picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    body = StreamField(ArticleBody(), verbose_name=_("text"), blank=True)
    authors = ParentalManyToManyField(Author, verbose_name=_("authors"), blank=True, related_name="+")
    translator = models.ForeignKey(
        Author,
        verbose_name=_("translator"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    topics = ParentalManyToManyField(Topic, verbose_name=_("topics"), blank=True, related_name="+")
    places = ParentalManyToManyField(Place, verbose_name=_("places"), blank=True, related_name="+")
    canonical_link = models.URLField(
        pgettext_lazy("elsewhere", "first published at"),
        blank=True,
        help_text=_("Where this appeared first, when that was elsewhere."),
    )
    licence = models.CharField(
        _("licence"),
        max_length=32,
        blank=True,
        choices=LICENCE_CHOICES,
        help_text=_("Leave empty for the licence of the whole site."),
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("standfirst"),
        FieldPanel("lead_image"),
        FieldPanel("body"),
        MultiFieldPanel(
            [
                FieldPanel("authors", widget=CheckboxSelectMultiple),
                FieldPanel("translator"),
                FieldPanel("topics", widget=CheckboxSelectMultiple),
                FieldPanel("places", widget=CheckboxSelectMultiple),
            ],
            heading=_("Who, what, where"),
        ),
        InlinePanel("corrections", heading=_("Corrections"), label=_("correction")),
    ]
    promote_panels = [
        *Page.promote_panels,
        MultiFieldPanel([FieldPanel("canonical_link"), FieldPanel("licence")], heading=_("Rights")),
    ]
    search_fields = [*Page.search_fields, index.SearchField("standfirst"), index.SearchField("body")]

    base_form_class = ArticleForm
    get_edit_handler = edit_handler_with_findings
    show_in_menus_default = False
    subpage_types: list[str] = []

    read_with: tuple[str, ...] = ("lead_image", "translator")

    class Meta:
        abstract = True

    def publish(self, revision: Revision, *args: Any, **options: Any) -> None:
        """Raises UnfitToPublish, also when the revision would go out later, and then nothing is changed."""
        refuse_unfit(revision.as_object())
        super().publish(revision, *args, **options)

    def save(self, **options: Any) -> None:
        """Raises UnfitToPublish when the save would put an unfinished article before people."""
        if options.get("clean", True):
            guard_saving(self)
        super().save(**options)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if self.lead_image:
            # The page shows it in several sizes: they are looked up together.
            prefetch_related_objects([self.lead_image], "renditions")
        return super().get_context(request, *args, **kwargs)

    @property
    def paper(self) -> str:
        """The paper of the first topic: the colour this article is printed on."""
        first = next(iter(self.topic_list), None)
        return first.paper if first else Paper.BUFF.value

    @cached_property
    def topic_list(self) -> list[Topic]:
        """Topics in the page's own language where that translation exists; in the same order in every language."""
        return sorted(
            in_language_of(self, list(self.topics.all())),
            key=lambda topic: topic_order(self.translation_key, topic.translation_key),
        )

    @cached_property
    def place_list(self) -> list[Place]:
        return in_language_of(self, list(self.places.all()))

    @cached_property
    def author_list(self) -> list[Author]:
        return in_language_of(self, list(self.authors.all()))

    @cached_property
    def correction_list(self) -> list[Correction]:
        """Newest first; in a preview those of the draft."""
        return told_apart(self.corrections.all())

    @property
    def retraction(self) -> Correction | None:
        return next((correction for correction in self.correction_list if correction.is_retraction), None)

    @cached_property
    def is_retracted(self) -> bool:
        """Known beforehand where a list looked it up for all its rows."""
        return self.retraction is not None

    @property
    def changed_at(self) -> datetime | None:
        """When readers last got something new: by the last publication, or by a correction dated after it."""
        moments = (
            self.first_published_at,
            self.last_published_at,
            *(correction.made_at for correction in self.correction_list),
        )
        return max((moment for moment in moments if moment), default=None)

    @cached_property
    def corrections_page(self) -> CorrectionsPage | None:
        """Where all corrections in this page's language are listed."""
        return corrections_page_for(self)

    def effective_licence(self, identity: SiteIdentity) -> Licence:
        return LICENCES[self.licence] if self.licence else identity.licence


def topic_order(article: UUID, topic: UUID) -> int:
    """Sorts an article's topics the same way in every language, and another way for each article.

    One order for all would let one topic win wherever it stands, and the band would lose its colours.
    """
    return article.int ^ topic.int


def in_language_of(page: Page, terms: list[Any]) -> list[Any]:
    """The terms in the page's language; a term without that translation stays as it is. One query at most."""
    foreign = [term.translation_key for term in terms if term.locale_id != page.locale_id]
    if not foreign:
        return terms
    model = type(terms[0])
    translated = {
        term.translation_key: term
        for term in model.objects.filter(translation_key__in=foreign, locale_id=page.locale_id)
    }
    return [
        term if term.locale_id == page.locale_id else translated.get(term.translation_key, term)
        for term in terms
    ]


class StoryPage(ArticlePage):
    dateline = models.ForeignKey(
        Place,
        verbose_name=_("dateline"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The place the story is told from; it stands before the first sentence."),
    )

    page_description = _("A told story: people, a place, pictures. For a short announcement choose News.")
    page_example = _("How a bakery in Cerrolinde sells bread at three prices.")
    parent_page_types = ["stories.SectionPage"]
    content_panels = [
        *ArticlePage.content_panels[:2],
        FieldPanel("dateline"),
        *ArticlePage.content_panels[2:],
    ]

    read_with = (*ArticlePage.read_with, "dateline")

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")

    @cached_property
    def dateline_place(self) -> Place | None:
        return in_language_of(self, [self.dateline])[0] if self.dateline else None


class NewsPage(ArticlePage):
    page_description = _("A short, dated announcement. For a longer piece with people in it choose Story.")
    page_example = _("The tool library opens on Saturdays from December.")
    parent_page_types = ["stories.SectionPage"]

    class Meta:
        verbose_name = pgettext_lazy("one piece", "news")
        verbose_name_plural = _("news")
