"""Rules about what an editor wrote and chose."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.models import Page

from newsletter.audience.addresses import validate_header_text
from newsletter.editions.localised import readable_pages
from newsletter.editions.merge_fields import EDITOR_FIELDS, WRITTEN, unknown_fields
from newsletter.editions.parts import button_address
from newsletter.editions.preflight.registry import CheckedEdition, CheckedVersion, Fault, Rule
from newsletter.editions.rich_text import linked_page_ids, stored_text

GMAIL_LIMIT = 102_000  # bytes; what comes after is hidden behind "view entire message"
HTML_LIMIT = 100_000


def blocks_of(version: CheckedVersion, *types: str) -> Iterator[tuple[Any, str]]:
    """Blocks of these types, each with words that find it: “Text”, block 3."""
    for position, block in enumerate(version.edition.body, start=1):
        if not types or block.block_type in types:
            name = _("“%(label)s”, block %(position)s") % {"label": block.block.label, "position": position}
            yield block, name


def subject_is_there(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        if not version.edition.subject.strip():
            yield Fault(_("The subject is empty. Write one line that says what is in this edition."), version)


def headers_are_one_line(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        fields = ((_("subject"), version.edition.subject), (_("preview text"), version.edition.preheader))
        for field, text in fields:
            try:
                validate_header_text(text)
            except ValidationError as fault:
                message = _("%(field)s: %(fault)s Type it again by hand.")
                yield Fault(message % {"field": field, "fault": " ".join(fault.messages)}, version)


def merge_fields_are_known(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for field, text in (
            (_("subject"), version.edition.subject),
            (_("preview text"), version.edition.preheader),
        ):
            for message in _field_faults([text], where=field):
                yield Fault(message, version)
        for block, name in blocks_of(version, "heading", "text", "button"):
            for message in _field_faults(_written_words(block), where=name):
                yield Fault(message, version, block.id)
            if any("{{" in address for address in _written_addresses(block)):
                message = _(
                    "%(where)s: a field such as {{name}} cannot stand in an address. Take it out of the link."
                )
                yield Fault(message % {"where": name}, version, block.id)


def _written_words(block: Any) -> list[str]:
    if block.block_type == "text":
        return [str(text) for text in stored_text(block.value["text"].source).find_all(string=True)]
    return [block.value["text" if block.block_type == "heading" else "label"]]


def _written_addresses(block: Any) -> list[str]:
    if block.block_type == "text":
        links = stored_text(block.value["text"].source).find_all("a")
        return [str(link.get("href", "")).replace("%7B", "{") for link in links]
    return [block.value.get("url") or ""] if block.block_type == "button" else []


def _field_faults(texts: list[str], *, where: str) -> Iterator[str]:
    known = ", ".join(f"{{{{{name}|…}}}}" for name in EDITOR_FIELDS)
    for text in texts:
        for name in unknown_fields(text):
            yield _("%(where)s: nobody can fill {{%(name)s}}. The fields there are: %(known)s.") % {
                "where": where,
                "name": name,
                "known": known,
            }
        rest = WRITTEN.sub("", text)
        if "{{" in rest or "}}" in rest:
            yield _(
                "%(where)s: a field is not whole, or part of it is bold, italic or a link. "
                "Write it again in one go: %(known)s."
            ) % {"where": where, "known": known}


def stories_are_published(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        chosen = list(blocks_of(version, "stories"))
        for block, name in chosen:
            if not len(block.value["stories"]):
                yield Fault(_("%(where)s: no story is chosen.") % {"where": name}, version, block.id)
            for position, page in enumerate(block.value["stories"], start=1):
                if page is None:
                    message = _(
                        "%(where)s: story %(position)s was deleted. Choose another one or take it out."
                    )
                    yield Fault(message % {"where": name, "position": position}, version, block.id)
                elif page.pk not in version.cards:
                    message = _("%(where)s: “%(title)s” is not published. Publish it, or take it out.")
                    yield Fault(message % {"where": name, "title": page.title}, version, block.id)


def buttons_lead_somewhere(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for block, name in blocks_of(version, "button"):
            if not block.value["label"].strip():
                yield Fault(
                    _("%(where)s: there is no text on the button.") % {"where": name}, version, block.id
                )
            if not button_address(block.value, locale=version.edition.locale):
                message = _("%(where)s: it leads nowhere. Choose a published page or give a whole address.")
                yield Fault(message % {"where": name}, version, block.id)


def links_lead_to_published_pages(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for block, name in blocks_of(version, "text"):
            linked = linked_page_ids(block.value["text"].source)
            missing = linked - readable_pages(linked, locale=version.edition.locale).keys()
            titles = dict(Page.objects.filter(pk__in=missing).values_list("pk", "title"))
            for page_id in sorted(missing):
                title = titles.get(page_id, _("a page that was deleted"))
                message = _(
                    "%(where)s: the link to “%(title)s” will be left out, because it is not published."
                )
                yield Fault(message % {"where": name, "title": title}, version, block.id)


def preheader_is_there(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        if not version.edition.preheader.strip():
            message = _(
                "There is no preview text. Mail programs will show the first words of the masthead instead."
            )
            yield Fault(message, version)


def html_is_small_enough(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        size = len(version.fullest.html.encode())
        if size > HTML_LIMIT:
            message = _(
                "This version has %(size)s kB. Gmail hides what comes after %(limit)s: take out a story or two."
            )
            yield Fault(message % {"size": round(size / 1000), "limit": GMAIL_LIMIT // 1000}, version)


RULES = [
    Rule("subject", "error", subject_is_there),
    Rule("header_lines", "error", headers_are_one_line),
    Rule("merge_fields", "error", merge_fields_are_known),
    Rule("stories", "error", stories_are_published),
    Rule("buttons", "error", buttons_lead_somewhere),
    Rule("links", "warning", links_lead_to_published_pages),
    Rule("preheader", "warning", preheader_is_there),
    Rule("size", "warning", html_is_small_enough),
]
