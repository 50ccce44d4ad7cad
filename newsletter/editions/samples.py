"""A version as one reader gets it, a made-up one or somebody on the list, for previews and test sends."""

from dataclasses import replace

from django.utils.html import escape
from django.utils.translation import gettext as _

from newsletter.editions.characters import sendable_line
from newsletter.editions.merge_fields import EDITOR_FIELDS, SYSTEM_FIELDS, TOKEN
from newsletter.editions.rendering import RenderedVersion


def as_sample_reader(version: RenderedVersion, *, harmless_url: str) -> RenderedVersion:
    """With a sample name. Wants the edition's language active."""
    return as_reader(version, name=_("Alex"), harmless_url=harmless_url)


def as_reader(version: RenderedVersion, *, name: str, harmless_url: str) -> RenderedVersion:
    """Tokens filled for a reader of this name; their own links lead to harmless_url, where nobody is unsubscribed."""
    theirs = {"name": sendable_line(name)}
    values = dict.fromkeys(SYSTEM_FIELDS, harmless_url)
    for key, use in version.fields.items():
        value = theirs.get(use["field"], "") if use["field"] in EDITOR_FIELDS else ""
        values[key] = value or use["fallback"]
        values[f"{key}_html"] = escape(values[key])
    html_values = {**values, **{name: escape(harmless_url) for name in SYSTEM_FIELDS}}
    return replace(
        version,
        subject=TOKEN.sub(lambda match: values.get(match[1], ""), version.subject),
        html=TOKEN.sub(lambda match: html_values.get(match[1], ""), version.html),
        text=TOKEN.sub(lambda match: values.get(match[1], ""), version.text),
    )
