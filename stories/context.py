"""What every page of the site shows around its content: who publishes, the band, the menu, the languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info
from wagtail.models import Locale, Page, Site

from stories.menus import MenuEntry, Menus, menus_of
from stories.models import SiteIdentity, SiteIdentityText, StoryPage, newest_first
from stories.models.articles import topic_order
from stories.readable import everybodys
from stories.remembering import remembered
from stories.sites import site_of
from stories.weaving.weave import MAX_THREADS, band_letters, band_svg

BARE_BAND_LETTERS = "csmklb"  # one thread of each paper, while nothing is published


@dataclass(frozen=True)
class LanguageLink:
    """One entry of the language switch. Without a translation of this page it leads to that language's home."""

    code: str
    name: str
    url: str
    is_current: bool
    is_translation: bool


@dataclass(frozen=True)
class Frame:
    """`root_url` is the site's address without a slash at the end; `letters` are the band's threads."""

    identity: SiteIdentity
    words: SiteIdentityText
    root_url: str
    home_url: str
    menu: list[MenuEntry]
    footer: list[MenuEntry]
    languages: list[LanguageLink]
    letters: str
    band: SafeString

    @property
    def translations(self) -> list[LanguageLink]:
        """This page in every language it is published in; empty when that is only one."""
        translated = [link for link in self.languages if link.is_translation]
        return translated if len(translated) > 1 else []


@dataclass(frozen=True)
class Listing:
    """What a view says about a page that is none of Wagtail's, in the context as `listing`.

    `url` and `translations` (by language code) are addresses without the host; `feeds` are names of channels.
    """

    title: str
    description: str
    url: str
    translations: Mapping[str, str]
    number: int = 1
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Surroundings:
    """What is the same around every page of one language."""

    identity: SiteIdentity
    words: SiteIdentityText
    root_url: str
    home_url: str
    menus: Menus
    letters: str
    band: SafeString


def site_frame(request: HttpRequest, page: Page | None = None, listing: Listing | None = None) -> Frame:
    around = _surroundings(request)
    menus = around.menus.seen_from(page, address=request.path)
    return Frame(
        identity=around.identity,
        words=around.words,
        root_url=around.root_url,
        home_url=around.home_url,
        menu=menus.menu,
        footer=menus.footer,
        languages=_languages(request, page, listing),
        letters=around.letters,
        band=around.band,
    )


def site_name(request: HttpRequest) -> str:
    """The newsroom's name in the active language."""
    return _surroundings(request).words.name


def _surroundings(request: HttpRequest) -> _Surroundings:
    site = site_of(request)
    return remembered(
        f"surroundings:{site.pk if site else None}:{get_language()}", lambda: _made_surroundings(site)
    )


def _made_surroundings(site: Site | None) -> _Surroundings:
    # With everything that is read from them later: nobody would notice when that changes.
    identity = SiteIdentity.objects.select_related("logo", "site").filter(site=site).first() or SiteIdentity()
    home = site.root_page.localized if site else None
    papers = band_papers()
    return _Surroundings(
        identity=identity,
        words=_words(identity, home),
        root_url=site.root_url if site else "",
        home_url=(home.get_url(current_site=site) if home else None) or "/",
        menus=menus_of(site, home),
        letters=band_letters(papers) or BARE_BAND_LETTERS,
        band=mark_safe(band_svg(papers)),
    )


def _words(identity: SiteIdentity, home: Page | None) -> SiteIdentityText:
    words = identity.in_language()
    words.name = words.name or (home.title if home else "")
    return words


def band_papers(language_code: str | None = None) -> list[str]:
    """The papers of the last 24 stories in that language (the active one when None), newest first."""
    language_code = language_code or get_language() or settings.LANGUAGE_CODE
    locale = Locale.objects.filter(language_code=language_code).first()
    stories = newest_first(everybodys(StoryPage.objects.filter(locale=locale)))
    newest = dict(stories.values_list("pk", "translation_key")[:MAX_THREADS])
    paper_of_story: dict[int, str] = {}
    tagged = StoryPage.topics.through.objects.filter(storypage_id__in=list(newest))
    topics = tagged.values_list("storypage_id", "topic__translation_key", "topic__paper")
    for story, _topic, paper in sorted(topics, key=lambda row: topic_order(newest[row[0]], row[1])):
        paper_of_story.setdefault(story, paper)
    return [paper_of_story[story] for story in newest if story in paper_of_story]


def _languages(request: HttpRequest, page: Page | None, listing: Listing | None) -> list[LanguageLink]:
    if len(settings.LANGUAGES) < 2:
        return []
    current = language_of(page.locale_id) if page else get_language()
    urls: dict[str, str] = {}
    if page and page.pk:
        urls = _translated_urls(page, site_of(request), request)
    elif listing:
        urls = {
            code: listing.translations[code]
            for code, _name in settings.LANGUAGES
            if code in listing.translations
        }
    elif page is None:
        urls = {code: translate_url(request.get_full_path(), code) for code, _name in settings.LANGUAGES}
        # An address that is the same in every language is written in one of them only.
        if len(set(urls.values())) < len(urls):
            urls = {}
    homes = _home_urls(site_of(request)) if len(urls) < len(settings.LANGUAGES) else {}
    return [
        LanguageLink(
            code=code,
            name=get_language_info(code)["name_local"].capitalize(),
            url=urls.get(code) or homes[code],
            is_current=code == current,
            is_translation=code in urls,
        )
        for code, _name in settings.LANGUAGES
        if code in urls or code in homes
    ]


def _home_urls(site: Site | None) -> dict[str, str]:
    """By language code."""
    if site is None:
        return {}
    return remembered(f"homes of {site.pk}", lambda: _translated_urls(site.root_page, site))


def language_of(locale_id: int) -> str:
    """The code of a locale, which is asked for on every page."""
    codes = remembered("languages", lambda: dict(Locale.objects.values_list("pk", "language_code")))
    return codes.get(locale_id, "")


def _translated_urls(page: Page, site: Site | None, request: HttpRequest | None = None) -> dict[str, str]:
    """Address by language of every published translation, the page itself included."""
    translations = everybodys(Page.objects.filter(translation_key=page.translation_key))
    translations = translations.select_related("locale").only("url_path", "locale__language_code")
    found = (
        (translation.locale.language_code, translation.get_url(request, current_site=site))
        for translation in translations
    )
    return {code: url for code, url in found if url}
