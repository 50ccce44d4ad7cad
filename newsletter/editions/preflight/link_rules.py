"""Rules about what an edition points to. Pages of this site are looked up; other sites are never asked."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.models import Page

from newsletter.editions.addresses import sendable_address
from newsletter.editions.parts.cards import chosen_pages
from newsletter.editions.preflight.reading import blocks_of, written_addresses
from newsletter.editions.preflight.registry import CheckedEdition, CheckedVersion, Fault, Rule
from newsletter.editions.rich_text import linked_document_ids, linked_page_ids
from stories.readable import readable_pages


def stories_are_published(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for block, name in blocks_of(version, "story", "stories"):
            chosen = list(chosen_pages(block))
            if not chosen:
                yield Fault(_("%(where)s: no story is chosen.") % {"where": name}, version, block.id)
            for position, page in enumerate(chosen, start=1):
                if page is None:
                    message = _(
                        "%(where)s: story %(position)s was deleted. Choose another one or take it out."
                    )
                    yield Fault(message % {"where": name, "position": position}, version, block.id)
                elif page.pk not in version.cards:
                    message = _("%(where)s: “%(title)s” is not published. Publish it, or take it out.")
                    yield Fault(message % {"where": name, "title": page.title}, version, block.id)


def there_are_new_stories(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for at, (block, name) in enumerate(blocks_of(version)):
            if block.block_type != "new_stories":
                continue
            yield from _deleted_topics(block, name, version)
            if not version.cards.new_stories[at].pages:
                message = _(
                    "%(where)s: no story was published since the last edition, so it is left out for now."
                )
                yield Fault(message % {"where": name}, version, block.id)


def there_are_coming_events(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for at, (block, name) in enumerate(blocks_of(version)):
            if block.block_type != "events":
                continue
            yield from _deleted_topics(block, name, version)
            if not version.cards.events.get(at):
                message = _("%(where)s: no event is coming in these days, so it is left out for now.")
                yield Fault(message % {"where": name}, version, block.id)


def _deleted_topics(block: Any, name: str, version: CheckedVersion) -> Iterator[Fault]:
    if any(topic is None for topic in block.value["topics"]):
        message = _("%(where)s: one of its topics was deleted. Choose another one or take it out.")
        yield Fault(message % {"where": name}, version, block.id)


def buttons_lead_somewhere(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        buttons = list(blocks_of(version, "button"))
        chosen = {block.value["page"].pk for block, _name in buttons if block.value["page"]}
        open_pages = readable_pages(chosen, locale=version.edition.locale)
        for block, name in buttons:
            page = block.value["page"]
            if not (block.value["label"] or "").strip():
                yield Fault(
                    _("%(where)s: there is no text on the button.") % {"where": name}, version, block.id
                )
            if page.pk not in open_pages if page else not sendable_address(block.value["url"] or ""):
                message = _("%(where)s: it leads nowhere. Choose a published page or give a whole address.")
                yield Fault(message % {"where": name}, version, block.id)


def links_lead_to_published_pages(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        texts = [
            (block, name, linked_page_ids(block.value["text"].source))
            for block, name in blocks_of(version, "text")
        ]
        linked = set().union(*(ids for _block, _name, ids in texts))
        missing = linked - readable_pages(linked, locale=version.edition.locale).keys()
        titles = dict(Page.objects.filter(pk__in=missing).values_list("pk", "title")) if missing else {}
        for block, name, ids in texts:
            for page_id in sorted(ids & missing):
                title = titles.get(page_id, _("a page that was deleted"))
                message = _(
                    "%(where)s: the link to “%(title)s” will be left out, because it is not published."
                )
                yield Fault(message % {"where": name, "title": title}, version, block.id)


def links_lead_to_documents(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        texts = [
            (block, name, linked_document_ids(block.value["text"].source))
            for block, name in blocks_of(version, "text")
        ]
        linked = set().union(*(ids for _block, _name, ids in texts))
        documents = get_document_model().objects.filter(pk__in=linked)
        missing = linked - set(documents.values_list("pk", flat=True)) if linked else set()
        for block, name, ids in texts:
            if ids & missing:
                message = _(
                    "%(where)s: a link to a document will be left out, because the document was deleted."
                )
                yield Fault(message % {"where": name}, version, block.id)


def addresses_can_be_followed(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for block, name, address in _typed_addresses(version):
            if not sendable_address(address):
                message = _("%(where)s: “%(address)s” is no address that a mail program could follow.")
                yield Fault(message % {"where": name, "address": address[:80]}, version, block.id)


def _typed_addresses(version: CheckedVersion) -> Iterator[tuple[Any, str, str]]:
    for block, name in blocks_of(version, "text", "html", "image", "quote"):
        for address in written_addresses(block):
            yield block, name, address


RULES = [
    Rule("stories", "error", stories_are_published),
    Rule("buttons", "error", buttons_lead_somewhere),
    Rule("links", "warning", links_lead_to_published_pages),
    Rule("documents", "warning", links_lead_to_documents),
    Rule("addresses", "warning", addresses_can_be_followed),
    Rule("new_stories", "warning", there_are_new_stories),
    Rule("events", "warning", there_are_coming_events),
]
