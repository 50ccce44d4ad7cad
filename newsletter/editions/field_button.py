"""The button in an edition's text that writes {{name|friend}}. What is stored is what an editor could have typed."""

from typing import Any

from django.forms import Media, Script
from django.utils.translation import gettext as _
from wagtail.admin.rich_text.editors.draftail.features import ControlFeature
from wagtail.admin.staticfiles import versioned_static
from wagtail.rich_text.feature_registry import FeatureRegistry

from newsletter.editions.merge_fields import NAME_BUTTON
from newsletter.editions.name_line import fallbacks_by_language


class NameFeature(ControlFeature):
    """A control beside the text. Its script takes its words, in the editor's language, from its own element.

    Draftail hands a control nothing but the text, and Wagtail keeps options for all editors of a process.
    """

    def __init__(self) -> None:
        super().__init__({"type": NAME_BUTTON})

    @property
    def media(self) -> Media:
        words = {"data-label": _("Reader's name"), "data-fallbacks": fallbacks_by_language()}
        scripts: list[Any] = [Script(versioned_static("editions/name-button.js"), **words)]
        return Media(js=scripts)


def register_name_button(features: FeatureRegistry) -> None:
    features.register_editor_plugin("draftail", NAME_BUTTON, NameFeature())
