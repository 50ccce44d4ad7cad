"""What an article's text is made of. The names are stored in the database: never rename one."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from stories.blocks.asides import AccordionBlock, CallOutBlock, PullQuoteBlock
from stories.blocks.facts import NumbersBlock, TableBlock, TimelineBlock
from stories.blocks.galleries import GalleryBlock, images_in
from stories.blocks.links import ButtonBlock, DocumentBlock, RelatedStoriesBlock, SignUpBlock
from stories.blocks.media import EmbedBlock, PictureBlock, QuarantinedBlock
from stories.blocks.sounds import AudioBlock
from stories.blocks.text import HeadingBlock, ParagraphBlock, QuoteBlock

# Groups of the chooser. What most texts are made of has none and stands first.
ASIDE = _("Beside the text")
FACTS = _("Figures and facts")
LINKS = _("Links and sign-up")
SIGHT_AND_SOUND = _("Pictures and sound")
IMPORT = _("What an import left")


class ArticleBody(blocks.StreamBlock):
    paragraph = ParagraphBlock(label=_("Text"))
    heading = HeadingBlock(label=_("Heading"))
    image = PictureBlock(label=_("Picture"))
    quote = QuoteBlock(label=_("Quote"))
    pull_quote = PullQuoteBlock(label=_("Pull quote"), group=ASIDE)
    call_out = CallOutBlock(label=_("Call-out"), group=ASIDE)
    accordion = AccordionBlock(label=_("Questions to open"), group=ASIDE)
    table = TableBlock(label=_("Table"), group=FACTS)
    numbers = NumbersBlock(label=_("Numbers"), group=FACTS)
    timeline = TimelineBlock(label=_("Timeline"), group=FACTS)
    gallery = GalleryBlock(label=_("Pictures"), group=SIGHT_AND_SOUND)
    audio = AudioBlock(label=_("Sound"), group=SIGHT_AND_SOUND)
    embed = EmbedBlock(label=_("Video or sound"), group=SIGHT_AND_SOUND)
    button = ButtonBlock(label=_("Button"), group=LINKS)
    document = DocumentBlock(label=_("Document"), group=LINKS)
    related_stories = RelatedStoriesBlock(label=_("Related stories"), group=LINKS)
    sign_up = SignUpBlock(label=_("Newsletter sign-up"), group=LINKS)
    quarantined = QuarantinedBlock(label=_("Kept from the import"), group=IMPORT)


__all__ = [
    "AccordionBlock",
    "ArticleBody",
    "AudioBlock",
    "ButtonBlock",
    "CallOutBlock",
    "DocumentBlock",
    "EmbedBlock",
    "GalleryBlock",
    "HeadingBlock",
    "NumbersBlock",
    "ParagraphBlock",
    "PictureBlock",
    "PullQuoteBlock",
    "QuarantinedBlock",
    "QuoteBlock",
    "RelatedStoriesBlock",
    "SignUpBlock",
    "TableBlock",
    "TimelineBlock",
    "images_in",
]
