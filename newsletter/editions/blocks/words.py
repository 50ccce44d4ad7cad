"""Blocks that an editor writes."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from newsletter.editions.blocks.aiming import AimedBlock
from newsletter.editions.mail_html import sanitise_mail_html
from newsletter.editions.merge_fields import NAME_BUTTON
from newsletter.editions.pictures import newest_picture
from stories.blocks import ButtonBlock, ParagraphBlock, PictureBlock, QuoteBlock


class EditionHeadingBlock(AimedBlock):
    text = blocks.CharBlock(label=_("heading"), max_length=200)

    class Meta:
        icon = "title"
        template = "editions/blocks/heading.html"
        form_layout = ["text", "show_only_to"]
        preview_value = {"text": _("From the assemblies")}


class EditionTextBlock(AimedBlock):
    text = ParagraphBlock(
        label=_("text"),
        features=["bold", "italic", "link", "ol", "ul", NAME_BUTTON],
        help_text=_(
            "Write {{name|friend}} for the reader's name; what stands after the bar is used when it is missing."
        ),
    )

    class Meta:
        icon = "pilcrow"
        template = "editions/blocks/text.html"
        form_layout = ["text", "show_only_to"]
        preview_value = {"text": _("<p>Dear friend, on Thursday the mill opens at <b>six</b>.</p>")}


class EditionButtonBlock(AimedBlock, ButtonBlock):
    class Meta:
        icon = "link"
        template = "editions/blocks/button.html"
        value_class = ButtonBlock._meta_class.value_class
        form_layout = ["label", "page", "url", "show_only_to"]
        preview_value = {"label": _("Come to the assembly"), "url": "https://weft.example/assembly"}


class EditionImageBlock(AimedBlock, PictureBlock):
    class Meta:
        icon = "image"
        template = "editions/blocks/image.html"
        form_layout = ["image", "caption", "link", "show_only_to"]
        description = _(
            "A picture with its credit. Readers whose mail program hides pictures see its description."
        )

    def get_preview_value(self) -> Any:
        return {"picture": newest_picture(), "caption": _("The weir, on the evening of the vote")}


class EditionQuoteBlock(AimedBlock, QuoteBlock):
    class Meta:
        icon = "openquote"
        template = "editions/blocks/quote.html"
        form_layout = ["text", "attribution", "role", "source", "show_only_to"]
        preview_value = QuoteBlock._meta_class.preview_value


class EditionDividerBlock(AimedBlock):
    class Meta:
        icon = "minus"
        template = "editions/blocks/divider.html"
        description = _("A line between two parts.")
        preview_value: dict[str, Any] = {}


class MailHTMLBlock(blocks.RawHTMLBlock):
    """HTML of which only what mail programs show, and what asks nobody else for anything, remains."""

    def clean(self, value: Any) -> Any:
        return super().clean(self.normalize(sanitise_mail_html(str(value))))


class EditionHTMLBlock(AimedBlock):
    html = MailHTMLBlock(
        label=_("HTML"),
        help_text=_(
            "Tables, headings, lists, links and simple styles stay; pictures, scripts, forms and anything loaded "
            "from elsewhere are taken out. For a picture use a picture block."
        ),
    )

    class Meta:
        icon = "code"
        template = "editions/blocks/html.html"
        form_layout = ["html", "show_only_to"]
        preview_value = {
            "html": _(
                "<table><tr><th>Town</th><th>Votes</th></tr><tr><td>Halse</td><td>212</td></tr></table>"
            )
        }
