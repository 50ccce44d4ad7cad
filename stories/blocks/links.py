from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock


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
        preview_value = {"label": _("Come to the assembly"), "url": "https://weft.example/assembly"}


class DocumentBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("document"))
    label = blocks.CharBlock(label=_("text of the link"), required=False, max_length=160)

    class Meta:
        icon = "doc-full"
        template = "stories/blocks/document.html"


class RelatedStoriesBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("heading"), required=False, max_length=120)
    stories = blocks.ListBlock(
        blocks.PageChooserBlock(page_type=["stories.StoryPage", "stories.NewsPage"]),
        label=_("stories"),
        min_num=1,
        max_num=6,
    )

    class Meta:
        icon = "list-ul"
        template = "stories/blocks/related_stories.html"


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
