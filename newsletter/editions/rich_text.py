"""Rich text as editors store it, made ready for messages: clean, with absolute links and with merge fields."""

from collections.abc import Callable
from typing import cast

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from wagtail.documents import get_document_model
from wagtail.models import Locale

from newsletter.editions.addresses import on_this_site, sendable_address
from newsletter.editions.characters import sendable
from stories.readable import readable_pages
from stories.sanitising import sanitise_rich_text

Words = Callable[[str], str]


def linked_page_ids(source: str) -> set[int]:
    """Pages that links of this stored text lead to."""
    return _linked_ids(stored_text(source), "page")


def linked_document_ids(source: str) -> set[int]:
    """Documents that links of this stored text lead to."""
    return _linked_ids(stored_text(source), "document")


def finished_text(source: str, *, words: Words, locale: Locale) -> str:
    """HTML of a stored text: sanitised again, links absolute, `words` applied to every piece of text.

    What an import or the API stored never went through the editor's form, hence sanitised again. A link to a page
    or document that nobody may open loses its link and keeps its words.
    """
    root = stored_text(source)
    pages = readable_pages(_linked_ids(root, "page"), locale=locale)
    documents = get_document_model().objects.in_bulk(_linked_ids(root, "document"))
    for link in root.find_all("a"):
        if link.get("linktype") == "page":
            page = pages.get(_number(link))
            href = on_this_site(page.full_url or "") if page else ""
        elif link.get("linktype") == "document":
            document = documents.get(_number(link))
            href = on_this_site(document.url) if document else ""
        else:
            href = sendable_address(str(link.get("href", "")))
        if href:
            link.attrs = {"href": href}
        else:
            link.unwrap()
    for text in root.find_all(string=True):
        text.replace_with(NavigableString(words(sendable(str(text)))))
    return root.decode_contents()


def stored_text(source: str) -> Tag:
    """The text as a tree, its root a wrapper, with nothing in it but what a paragraph block may hold."""
    return parsed(sanitise_rich_text(sendable(source)))


def parsed(html: str) -> Tag:
    """A fragment as a tree, its root a wrapper: BeautifulSoup warns of bare text that looks like a file name."""
    return cast(Tag, BeautifulSoup(f"<div>{html}</div>", "html.parser").div)


def _linked_ids(root: Tag, linktype: str) -> set[int]:
    return {_number(link) for link in root.find_all("a", linktype=linktype)} - {0}


def _number(link: Tag) -> int:
    identifier = str(link.get("id", ""))
    return int(identifier) if identifier.isdecimal() else 0
