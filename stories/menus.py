"""The menu and the footer's links as a reader of one language sees them; editors keep them in Navigation."""

from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Q, Value
from wagtail.models import Page, Site

from stories.models import FooterLink, MenuLink
from stories.readable import everybodys


@dataclass(frozen=True)
class MenuEntry:
    """`current` is the value of aria-current, empty where the reader is elsewhere.

    `language` is empty unless the page is in another language than the reader's; `url_path` is the page's address as Wagtail keeps it, which stays when pages are put in another order; empty for
    what is no page.
    """

    title: str
    url: str
    current: str = ""
    language: str = ""
    url_path: str = ""


@dataclass(frozen=True)
class Menus:
    """As anybody sees them: no entry is the current one yet. `home_path` is the front page's `url_path`."""

    menu: list[MenuEntry]
    footer: list[MenuEntry]
    home_path: str = ""

    def seen_from(self, here: Page | None, *, address: str) -> "Menus":
        """With the entries marked that lead to the page `here` (None: no page), at that address, or to what it is part of."""

        def marked(entries: list[MenuEntry]) -> list[MenuEntry]:
            return [replace(entry, current=self._current(entry, here, address)) for entry in entries]

        return replace(self, menu=marked(self.menu), footer=marked(self.footer))

    def _current(self, entry: MenuEntry, here: Page | None, address: str) -> str:
        if not entry.url_path:
            return "page" if address == entry.url else ""
        if here is None or not here.url_path:
            return ""
        if here.url_path == entry.url_path:
            return "page"
        return "true" if entry.url_path != self.home_path and here.url_path.startswith(entry.url_path) else ""


class _Link(NamedTuple):
    is_footer: bool
    sort_order: int | None
    pk: int
    url: str
    label: str
    locale: int | None
    concept: UUID | None
    chosen_in: int | None


def menus_of(site: Site | None, home: Page | None) -> Menus:
    """What stands in the menu and the footer in the home page's language.

    Where editors chose no menu it is made of the home page's children. The footer repeats the menu unless it has links.
    """
    if site is None or home is None:
        return Menus([], [])
    links = _links(site, home.locale_id)
    pages = _pages_by_concept(links, home.locale_id)
    entries: dict[bool, list[MenuEntry]] = {False: [], True: []}
    for link in links:
        entry = _entry(link, pages, site, home)
        if entry:
            entries[link.is_footer].append(entry)
    menu = entries[False] or _children_of(site, home)
    return Menus(menu, entries[True] or menu, home_path=home.url_path)


def _links(site: Site, locale_id: int) -> list[_Link]:
    """Both kinds in one query, each in its editors' order."""
    kinds = [
        model.objects.filter(Q(locale=None) | Q(locale=locale_id), navigation__site=site)
        .annotate(is_footer=Value(is_footer), concept=F("page__translation_key"), chosen_in=F("page__locale"))
        .values_list("is_footer", "sort_order", "pk", "url", "label", "locale", "concept", "chosen_in")
        .order_by()
        for model, is_footer in ((MenuLink, 0), (FooterLink, 1))
    ]
    rows = [_Link(*row) for row in kinds[0].union(kinds[1], all=True)]
    return sorted(rows, key=lambda link: (link.is_footer, link.sort_order or 0, link.pk))


def _pages_by_concept(links: list[_Link], locale_id: int) -> dict[UUID, Page]:
    """The published pages behind the links: the reader's language where there is one, else the one that was chosen."""
    wanted = {link.concept: link.chosen_in for link in links if link.concept}
    if not wanted:
        return {}
    locales = {locale_id, *wanted.values()}
    found = everybodys(Page.objects.filter(translation_key__in=wanted, locale_id__in=locales))
    pages: dict[UUID, Page] = {}
    for page in found.select_related("locale"):
        key = page.translation_key
        if page.locale_id == locale_id or (page.locale_id == wanted[key] and key not in pages):
            pages[key] = page
    return pages


def _entry(link: _Link, pages: dict[UUID, Page], site: Site, home: Page) -> MenuEntry | None:
    if link.concept is None:
        return MenuEntry(link.label, link.url)
    page = pages.get(link.concept)
    url = page.get_url(current_site=site) if page else None
    if page is None or url is None:
        return None
    # A text of the link was written in the language of the page that was chosen, unless the link names one.
    title = link.label if page.locale_id in {link.locale, link.chosen_in} else ""
    language = page.locale.language_code if page.locale_id != home.locale_id else ""
    return MenuEntry(title or page.title, url, language=language, url_path=page.url_path)


def _children_of(site: Site, home: Page) -> list[MenuEntry]:
    children = everybodys(home.get_children()).in_menu()
    return [
        MenuEntry(child.title, child.get_url(current_site=site) or "", url_path=child.url_path)
        for child in children
    ]
