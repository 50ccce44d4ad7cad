from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock
from wagtail.images.models import AbstractImage

from stories.blocks.stand_ins import stand_in


class GalleryPictureBlock(blocks.StructBlock):
    image = ImageBlock(label=_("picture"))
    caption = blocks.CharBlock(label=_("caption"), required=False, max_length=400)

    class Meta:
        icon = "image"


class GalleryBlock(blocks.StructBlock):
    pictures = blocks.ListBlock(GalleryPictureBlock(), label=_("pictures"), min_num=2, max_num=24)
    caption = blocks.CharBlock(label=_("caption of all"), required=False, max_length=400)

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """`pictures`: those that are still there. The sizes made of them are looked up for all at once."""
        context: dict[str, Any] = super().get_context(value, parent_context)
        pictures = [picture for picture in value["pictures"] if picture["image"] or picture.get("stand_in")]
        images = [picture["image"] for picture in pictures if picture["image"]]
        if images:
            prefetch_related_objects(images, "renditions")
        context["pictures"] = pictures
        return context

    class Meta:
        icon = "grip"
        template = "stories/blocks/gallery.html"
        description = _(
            "Two to twenty-four pictures side by side, each with its own caption. For one: Picture."
        )

    def get_preview_value(self) -> Any:
        return {
            "pictures": [
                {"image": None, "stand_in": stand_in("loom"), "caption": _("The first loom")},
                {"image": None, "stand_in": stand_in("roof"), "caption": _("The roof it stands under")},
                {"image": None, "stand_in": stand_in("hands"), "caption": _("Those who put it there")},
            ],
            "caption": _("The weavers’ shed, in spring"),
        }


def images_in(body: Iterable[Any]) -> Iterator[AbstractImage]:
    """The pictures of a body in the order readers meet them, those of galleries among them. Deleted ones are left out."""
    for block in body:
        if block.block_type == "image" and block.value["image"]:
            yield block.value["image"]
        elif block.block_type == "gallery":
            for picture in block.value["pictures"]:
                if picture["image"]:
                    yield picture["image"]
