"""A line of plain words, such as the subject, with a button that writes {{name|friend}} where the cursor is."""

import json
from typing import Any

from django.conf import settings
from django.forms import Media, TextInput
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail.admin.staticfiles import versioned_static

from newsletter.editions.merge_fields import FALLBACKS


def fallbacks_by_language() -> str:
    """What stands for a missing name in each language, as JSON."""
    words = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words[code] = str(FALLBACKS["name"])
    return json.dumps(words)


class LineWithName(TextInput):
    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html(
            '{}<button type="button" class="button button-small button-secondary" data-names-reader="{}" '
            'data-fallbacks="{}">{}</button>',
            super().render(name, value, attrs, renderer),
            (attrs or {}).get("id", ""),
            fallbacks_by_language(),
            _("Reader's name"),
        )

    @property
    def media(self) -> Media:
        return Media(js=[versioned_static("editions/name-in-line.js")])
