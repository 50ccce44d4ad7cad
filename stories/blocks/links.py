from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.models import Page

from stories.blocks.stand_ins import unsaved_document
from stories.readable import active_locale, readable_among


class ButtonValue(blocks.StructValue):
    @property
    def href(self) -> str:
        """Where the button leads: the chosen page in the reader's language, else the address; empty when both are gone."""
        page = self.get("page")
        return (page.localized.url or "") if page else (self.get("url") or "")

    @property
    def full_href(self) -> str:
        """The same as an absolute address, for feeds and mail."""
        page = self.get("page")
        return (page.localized.full_url or "") if page else (self.get("url") or "")


class ButtonBlock(blocks.StructBlock):
    label = blocks.CharBlock(label=_("text on the button"), max_length=60)
    page = blocks.PageChooserBlock(label=_("page"), required=False)
    url = blocks.URLBlock(label=_("or an address"), required=False)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if bool(cleaned.get("page")) == bool(cleaned.get("url")):
            message = ValidationError(_("Choose a page or give an address, one of the two."))
            raise StructBlockValidationError(block_errors={"url": message})
        return cleaned

    class Meta:
        icon = "link"
        template = "stories/blocks/button.html"
        value_class = ButtonValue
        description = _("The one thing readers should do next. One in a text is best, two are too many.")
        preview_value = {"label": _("Come to the assembly"), "url": "https://weft.example/assembly"}


class DocumentBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("document"))
    label = blocks.CharBlock(label=_("text of the link"), required=False, max_length=160)

    class Meta:
        icon = "doc-full"
        template = "stories/blocks/document.html"
        description = _("A file to take away, with its kind and size. A recording goes into Sound.")

    def get_preview_value(self) -> Any:
        return {
            "document": unsaved_document(_("The blank sheet"), "sheet.pdf", 84_000),
            "label": _("The blank sheet, to print"),
        }


class RelatedStoriesValue(blocks.StructValue):
    @property
    def links(self) -> list[dict[str, str]]:
        """`title` and `url` of those that are public, in the reader's language where there is one."""
        chosen = [page for page in self["stories"] if page]
        here = active_locale()
        foreign = [page.translation_key for page in chosen if page.live and page.locale_id != here.pk]
        translated = (
            {
                page.translation_key: page
                for page in Page.objects.live().filter(translation_key__in=foreign, locale=here)
            }
            if foreign
            else {}
        )
        pages = readable_among(translated.get(page.translation_key, page) for page in chosen if page.live)
        # The core's models are made of these blocks.
        from stories.models.corrections import headline_of, mark_retracted

        mark_retracted(pages)
        return [{"title": headline_of(page), "url": page.url} for page in pages if page.url]


class RelatedStoriesBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("heading"), required=False, max_length=120)
    stories = blocks.ListBlock(
        blocks.PageChooserBlock(
            page_type=["stories.StoryPage", "stories.NewsPage", "stories.ResourcePage", "stories.EventPage"]
        ),
        label=_("stories"),
        min_num=1,
        max_num=6,
    )

    class Meta:
        icon = "list-ul"
        template = "stories/blocks/related_stories.html"
        value_class = RelatedStoriesValue
        description = _("Two or three stories of ours to read after this one.")

    def get_preview_value(self) -> Any:
        return {
            "heading": "",
            "links": [
                {"title": _("The bakery with three prices"), "url": "#"},
                {"title": _("Five people own a boat"), "url": "#"},
            ],
        }


class SignUpBlock(blocks.StructBlock):
    """Knows a newsletter's slug and nothing more; the template tag of newsletter.audience draws the form."""

    newsletter = blocks.RegexBlock(
        regex=r"^[-a-z0-9]+$",
        label=_("newsletter"),
        help_text=_("The newsletter's short name, as its settings show it."),
    )

    class Meta:
        icon = "mail"
        template = "stories/blocks/sign_up.html"
        preview_template = "stories/blocks/sign_up_preview.html"
        description = _("The form to get one of our newsletters, on the topic's paper. At the end of a text.")
        preview_value = {"newsletter": "newsletter"}
