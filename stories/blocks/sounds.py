from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents.blocks import DocumentChooserBlock

from stories.blocks.stand_ins import unsaved_document
from stories.blocks.text import RICH_TEXT_FEATURES, ParagraphBlock

# What browsers play, and its type (IANA media types; RFC 7845 for Opus in Ogg).
SOUNDS = {"mp3": "audio/mpeg", "ogg": "audio/ogg", "opus": "audio/ogg", "m4a": "audio/mp4"}


class SoundValue(blocks.StructValue):
    @property
    def media_type(self) -> str:
        sound = self.get("sound")
        return SOUNDS.get(sound.file_extension.lower(), "") if sound else ""


class AudioBlock(blocks.StructBlock):
    """A sound of our own, played by the browser, with its words for those who do not hear it (WCAG 2.2, 1.2.1)."""

    title = blocks.CharBlock(label=_("title"), max_length=200)
    sound = DocumentChooserBlock(
        label=_("sound"), help_text=_("A document ending in mp3, ogg, opus or m4a, at most 25 MB.")
    )
    length = blocks.RegexBlock(
        regex=r"^(\d{1,2}:)?\d{1,2}:[0-5]\d$",
        label=_("length"),
        required=False,
        help_text=_("Minutes and seconds, such as 4:32."),
        error_messages={"invalid": _("Write it as 4:32, or 1:04:32 with hours.")},
    )
    caption = blocks.CharBlock(
        label=_("caption"), required=False, max_length=400, help_text=_("Who speaks, who recorded it, where.")
    )
    transcript = ParagraphBlock(
        label=_("transcript"),
        features=RICH_TEXT_FEATURES,
        help_text=_("Everything that is said, and the sounds that matter."),
    )

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if cleaned.get("sound") and not cleaned.media_type:
            message = ValidationError(_("Choose a document that ends in mp3, ogg, opus or m4a."))
            raise StructBlockValidationError(block_errors={"sound": message})
        return cleaned

    class Meta:
        icon = "media"
        template = "stories/blocks/audio.html"
        value_class = SoundValue
        description = _(
            "A recording of ours with a player. It needs its words in writing, for who cannot hear it."
        )

    def get_preview_value(self) -> Any:
        return self._to_struct_value(
            {
                "title": _("The bell of the mill"),
                "sound": unsaved_document(_("Bell"), "bell.mp3", 620_000),
                "length": "0:38",
                "caption": _("Recorded by the children of the courtyard"),
                "transcript": self.child_blocks["transcript"].normalize(
                    _("<p>[A bell, three times.] That means the oven is hot.</p>")
                ),
            }
        )
