"""The demo's tree: front pages, sections and plain pages in each language, and who publishes here."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from wagtail.models import Page, Site

from newsletter.audience.models import Newsletter
from newsletter.editions.models import NewsletterPage
from newsroom.demo.content_files import Text, demo_key
from newsroom.demo.markdown import article_blocks
from newsroom.demo.refusal import welcome_pages
from newsroom.demo.vocabulary import Vocabulary
from newsroom.models import HomePage, InfoPage
from stories.models import SectionPage, SiteIdentity, SiteIdentityText

Homes = dict[str, HomePage]


def load_homes(network: dict[str, Any], vocabulary: Vocabulary, newsletter: Newsletter) -> Homes:
    """The front pages by language code; that of the main language is the site's root."""
    key = demo_key("home", "home")
    homes: Homes = {}
    for language, locale in vocabulary.locales.items():
        home = HomePage.objects.filter(translation_key=key, locale=locale).first()
        if home is None:
            words = network["home"][language]
            home = HomePage(
                title=words["title"],
                slug=slugify(words["title"]),
                introduction=words["introduction"],
                newsletter=newsletter,
                locale=locale,
                translation_key=key,
            )
            publish_below(Page.get_first_root_node(), home)
        homes[language] = home
    _make_root(homes[settings.LANGUAGE_CODE], name=network["identity"][settings.LANGUAGE_CODE]["name"])
    return homes


def _make_root(home: HomePage, *, name: str) -> None:
    """The default site, at the address people open it with."""
    address = urlsplit(settings.BASE_URL)
    wanted = {
        "hostname": address.hostname or "localhost",
        "port": address.port or (443 if address.scheme == "https" else 80),
        "root_page_id": home.pk,
        "site_name": name,
    }
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    if {field: getattr(site, field) for field in wanted} != wanted:
        for field, value in wanted.items():
            setattr(site, field, value)
        site.save()
    for welcome in welcome_pages():
        welcome.delete()


def load_identity(network: dict[str, Any], vocabulary: Vocabulary) -> SiteIdentity:
    main = network["identity"][network["default_language"]]
    identity, _created = SiteIdentity.objects.get_or_create(
        site=Site.objects.get(is_default_site=True),
        defaults={
            "organisation": main["name"],
            "postal_address": main["postal_address"].strip(),
            "contact_email": network["contact_email"],
            "default_licence": network["default_licence"],
        },
    )
    for language, locale in vocabulary.locales.items():
        words = network["identity"][language]
        SiteIdentityText.objects.get_or_create(
            identity=identity,
            locale=locale,
            defaults={name: words[name] for name in ("name", "tagline", "boilerplate", "corrections_policy")},
        )
    return identity


def load_sections(network: dict[str, Any], homes: Homes) -> dict[tuple[str, str], SectionPage]:
    """By (key, language code)."""
    sections: dict[tuple[str, str], SectionPage] = {}
    for table in network["sections"]:
        key = demo_key("section", table["key"])
        for language, home in homes.items():
            section = SectionPage.objects.filter(translation_key=key, locale_id=home.locale_id).first()
            if section is None:
                section = SectionPage(**table[language], locale_id=home.locale_id, translation_key=key)
                publish_below(home, section)
            sections[table["key"], language] = section
    return sections


def load_newsletter_pages(
    network: dict[str, Any], homes: Homes, newsletters: dict[str, Newsletter]
) -> dict[tuple[str, str], NewsletterPage]:
    """By (key of the newsletter, language code)."""
    pages: dict[tuple[str, str], NewsletterPage] = {}
    for table in network["newsletters"]:
        key = demo_key("newsletter page", table["key"])
        for language, home in homes.items():
            page = NewsletterPage.objects.filter(translation_key=key, locale_id=home.locale_id).first()
            if page is None:
                words = table[language]
                page = NewsletterPage(
                    title=words["name"],
                    slug=words["slug"],
                    introduction=words["description"],
                    newsletter=newsletters[table["key"]],
                    locale_id=home.locale_id,
                    translation_key=key,
                )
                publish_below(home, page)
            pages[table["key"], language] = page
    return pages


def load_plain_pages(texts: list[Text], homes: Homes) -> None:
    for text in texts:
        key, home = demo_key("page", text.key), homes[text.language]
        if InfoPage.objects.filter(translation_key=key, locale_id=home.locale_id).exists():
            continue
        page = InfoPage(
            **text.front,
            locale_id=home.locale_id,
            translation_key=key,
        )
        page.body = page.body.stream_block.to_python(article_blocks(text.body, pages={}, name=text.name))
        publish_below(home, page)


def publish_below(parent: Page, page: Page) -> None:
    """Puts the page into the tree and publishes it, completely or not at all."""
    with transaction.atomic():
        page.live = False
        # Read anew: treebeard counts a parent's children in the object it was given.
        Page.objects.get(pk=parent.pk).add_child(instance=page)
        page.save_revision().publish()
        page.refresh_from_db()
