"""The button of the rich text editor that marks a footnote. Apart from the blocks: it needs Wagtail's models loaded."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.rich_text.converters.html_to_contentstate import InlineStyleElementHandler
from wagtail.admin.rich_text.editors.draftail.features import InlineStyleFeature
from wagtail.rich_text.feature_registry import FeatureRegistry

from stories.blocks.notes import ELEMENT, FEATURE

# Draftail nests styles by the alphabet, and a note has to be around what is bold in it.
STYLE = "ASIDE"


def register_footnotes(features: FeatureRegistry) -> None:
    """Puts the button into the editor of every rich text that lists the feature."""
    features.register_editor_plugin(
        "draftail",
        FEATURE,
        InlineStyleFeature(
            {
                "type": STYLE,
                "label": "¹",
                "description": _("Footnote: write the note into the sentence, then mark it"),
                "style": {"backgroundColor": "#ffe56b", "color": "#15233b", "fontSize": "0.85em"},
            }
        ),
    )
    features.register_converter_rule(
        "contentstate",
        FEATURE,
        {
            "from_database_format": {ELEMENT: InlineStyleElementHandler(STYLE)},
            "to_database_format": {"style_map": {STYLE: ELEMENT}},
        },
    )
