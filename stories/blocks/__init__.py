"""What an article's text is made of. The names are stored in the database: never rename one."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from stories.blocks.links import ButtonBlock, DocumentBlock, RelatedStoriesBlock, SignUpBlock
from stories.blocks.media import EmbedBlock, PictureBlock, QuarantinedBlock
from stories.blocks.text import HeadingBlock, ParagraphBlock, QuoteBlock


class ArticleBody(blocks.StreamBlock):
    paragraph = ParagraphBlock(label=_("Text"))
    heading = HeadingBlock(label=_("Heading"))
    image = PictureBlock(label=_("Picture"))
    quote = QuoteBlock(label=_("Quote"))
    embed = EmbedBlock(label=_("Video or sound"))
    button = ButtonBlock(label=_("Button"))
    document = DocumentBlock(label=_("Document"))
    related_stories = RelatedStoriesBlock(label=_("Related stories"))
    sign_up = SignUpBlock(label=_("Newsletter sign-up"))
    quarantined = QuarantinedBlock(label=_("Kept from the import"))


__all__ = [
    "ArticleBody",
    "ButtonBlock",
    "DocumentBlock",
    "EmbedBlock",
    "HeadingBlock",
    "ParagraphBlock",
    "PictureBlock",
    "QuarantinedBlock",
    "QuoteBlock",
    "RelatedStoriesBlock",
    "SignUpBlock",
]
