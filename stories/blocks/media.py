from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock


class PictureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("picture"))
    caption = blocks.CharBlock(label=_("caption"), required=False, max_length=400)
    link = blocks.URLBlock(label=_("link"), required=False)

    class Meta:
        icon = "image"
        template = "stories/blocks/image.html"


class EmbedValue(blocks.StructValue):
    @property
    def host(self) -> str:
        return (urlsplit(self["url"]).hostname or "").removeprefix("www.")


class EmbedBlock(blocks.StructBlock):
    """Something on another site. Nothing is loaded from there until the reader follows the link."""

    url = blocks.URLBlock(label=_("address"))
    title = blocks.CharBlock(label=_("title"), max_length=200)
    caption = blocks.CharBlock(label=_("caption"), required=False, max_length=400)

    class Meta:
        icon = "media"
        template = "stories/blocks/embed.html"
        value_class = EmbedValue
        preview_value = {
            "url": "https://video.weft.example/w/assembly",
            "title": _("The assembly, in four minutes"),
        }


class QuarantinedBlock(blocks.StructBlock):
    """Imported markup that is not rendered. Editors see it in the form and decide; readers never do."""

    reason = blocks.CharBlock(label=_("why it was kept back"), max_length=250)
    source = blocks.TextBlock(label=_("what was there"), rows=4)

    class Meta:
        icon = "warning"
        template = "stories/blocks/quarantined.html"
        preview_value = {"reason": _("A form of the old site"), "source": "<form>…</form>"}
