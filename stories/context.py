"""What every page of the site shows around its content: who publishes, the band, the menu, the languages."""

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_info
from wagtail.models import Page, Site

from stories.models import SiteIdentity, SiteIdentityText, StoryPage, newest_first
from stories.models.articles import topic_order
from stories.weave import MAX_THREADS, band_letters, band_svg

BAND_SECONDS = 60
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
class MenuEntry:
    title: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Frame:
    """`root_url` is the site's address without a slash at the end; `letters` are the band's threads."""

    identity: SiteIdentity
    words: SiteIdentityText
    root_url: str
    home_url: str
    menu: list[MenuEntry]
    languages: list[LanguageLink]
    letters: str
    band: SafeString

    @property
    def translations(self) -> list[LanguageLink]:
        """This page in every language it is published in; empty when that is only one."""
        translated = [link for link in self.languages if link.is_translation]
        return translated if len(translated) > 1 else []


def site_frame(request: HttpRequest, page: Page | None = None) -> Frame:
    identity = SiteIdentity.for_request(request)
    site = Site.find_for_request(request)
    home = site.root_page.localized if site else None
    words = identity.in_language()
    words.name = words.name or (home.title if home else "")
    papers = band_papers()
    return Frame(
        identity=identity,
        words=words,
        root_url=site.root_url if site else "",
        home_url=(home.get_url(request) if home else None) or "/",
        menu=_menu(request, home, page),
        languages=_languages(request, home, page),
        letters=band_letters(papers) or BARE_BAND_LETTERS,
        band=mark_safe(band_svg(papers)),
    )


def band_papers(language_code: str | None = None) -> list[str]:
    """The papers of the last 24 stories in that language (the active one when None), newest first.

    Remembered for a minute: the band is on every page.
    """
    code = language_code or get_language() or settings.LANGUAGE_CODE
    return cache.get_or_set(f"band:{code}", lambda: _papers_of_newest_stories(code), BAND_SECONDS) or []


def _papers_of_newest_stories(language_code: str) -> list[str]:
    stories = newest_first(StoryPage.objects.live().public().filter(locale__language_code=language_code))
    newest = dict(stories.values_list("pk", "translation_key")[:MAX_THREADS])
    paper_of_story: dict[int, str] = {}
    tagged = StoryPage.topics.through.objects.filter(storypage_id__in=list(newest))
    topics = tagged.values_list("storypage_id", "topic__translation_key", "topic__paper")
    for story, _topic, paper in sorted(topics, key=lambda row: topic_order(newest[row[0]], row[1])):
        paper_of_story.setdefault(story, paper)
    return [paper_of_story[story] for story in newest if story in paper_of_story]


def _menu(request: HttpRequest, home: Page | None, page: Page | None) -> list[MenuEntry]:
    if home is None:
        return []
    entries = home.get_children().live().public().in_menu()
    here = page.path if page and page.path else ""
    return [
        MenuEntry(title=entry.title, url=entry.get_url(request) or "", is_current=here.startswith(entry.path))
        for entry in entries
    ]


def _languages(request: HttpRequest, home: Page | None, page: Page | None) -> list[LanguageLink]:
    if len(settings.LANGUAGES) < 2:
        return []
    current = page.locale.language_code if page else get_language()
    urls: dict[str, str] = {}
    if page and page.pk:
        urls = _translated_urls(request, page)
    elif page is None:
        urls = {code: translate_url(request.get_full_path(), code) for code, _name in settings.LANGUAGES}
        # An address that is the same in every language is written in one of them only.
        if len(set(urls.values())) < len(urls):
            urls = {}
    homes = _translated_urls(request, home) if home and len(urls) < len(settings.LANGUAGES) else {}
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


def _translated_urls(request: HttpRequest, page: Page) -> dict[str, str]:
    """Address by language of every published translation, the page itself included."""
    translations = page.get_translations(inclusive=True).live().public().select_related("locale")
    found = ((translation.locale.language_code, translation.get_url(request)) for translation in translations)
    return {code: url for code, url in found if url}
