"""Pictures, what lies elsewhere, and what an import kept back."""

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from stories.blocks.stand_ins import stand_in


class PictureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("picture"))
    caption = blocks.CharBlock(label=_("caption"), required=False, max_length=400)
    link = blocks.URLBlock(label=_("link"), required=False)

    class Meta:
        icon = "image"
        template = "stories/blocks/image.html"
        description = _(
            "One picture with its caption; who made it is added by itself. For several: Pictures."
        )

    def get_preview_value(self) -> Any:
        return {"stand_in": stand_in("bread"), "caption": _("The first loaves, a little before eight")}


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
        description = _(
            "A film or a recording on another site, as a link: nothing is loaded from there by itself."
        )
        preview_value = {
            "url": "https://video.weft.example/w/assembly",
            "title": _("The assembly, in four minutes"),
        }


class QuarantinedBlock(blocks.StructBlock):
    """Imported markup that is not rendered. Editors see it in the form and decide; readers never do."""

    reason = blocks.CharBlock(label=_("why it was kept back"), max_length=250)
    source = blocks.TextBlock(label=_("what was there"), rows=4)

    def get_searchable_content(self, value: Any) -> list[str]:
        """None: the search shows readers a part of what it found."""
        return []

    class Meta:
        icon = "warning"
        template = "stories/blocks/quarantined.html"
        description = _("Made by an import from what it did not understand. Readers never see it.")
        preview_value = {"reason": _("A form of the old site"), "source": "<form>…</form>"}
