"""A newsroom's first day: from a migrated, empty database to one that editors can open and write in."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext, gettext_noop
from wagtail.models import Locale, Page, Site

from newsletter.audience.models import Newsletter, NewsletterText
from newsletter.editions.models import NewsletterPage
from newsroom.models import HomePage, User
from stories.models import SectionPage, SiteIdentity, SiteIdentityText

# Shelves in every language, in the order of the menu; what belongs on which, the page types say.
SECTIONS = (
    gettext_noop("Stories"),
    gettext_noop("News"),
    gettext_noop("Events"),
    gettext_noop("Resources"),
)


class AlreadyStarted(Exception):
    """There is a newsroom in this database."""


@transaction.atomic
def start_newsroom(
    *,
    organisation: str,
    languages: Sequence[str],
    base_url: str,
    postal_address: str,
    sender: str,
    administrator: str,
    password: str,
) -> Site:
    """Everything an empty newsroom has, or nothing.

    `languages` are codes of settings.LANGUAGES, the main one first; `sender` and `administrator` are mail
    addresses, and the administrator logs in with theirs. Raises AlreadyStarted.
    """
    if HomePage.objects.exists():
        raise AlreadyStarted
    locales = _speak(languages)
    newsletter = _newsletter(organisation=organisation, sender=sender, locales=locales)
    homes = _home_pages(organisation, locales=locales, newsletter=newsletter)
    _sections(homes)
    _newsletter_pages(homes, newsletter=newsletter)
    site = _site(base_url, name=organisation, root=homes[0])
    _identity(site, organisation=organisation, postal_address=postal_address, sender=sender, locales=locales)
    User.objects.create_superuser(username=administrator, email=administrator, password=password)
    return site


def _speak(languages: Sequence[str]) -> list[Locale]:
    """Locales in the wanted order. Wagtail's root page belongs to the main one, and no other language stays."""
    locales = [Locale.objects.get_or_create(language_code=code)[0] for code in languages]
    Page.objects.filter(depth=1).update(locale=locales[0])
    for welcome in Page.objects.filter(depth=2):
        welcome.delete()
    Locale.objects.exclude(pk__in=[locale.pk for locale in locales]).delete()
    return locales


def _newsletter(*, organisation: str, sender: str, locales: list[Locale]) -> Newsletter:
    slug = "newsletter"
    newsletter = Newsletter.objects.create(
        name=organisation,
        slug=slug,
        from_name=organisation,
        from_email=sender,
        list_id=f"{slug}.{sender.rpartition('@')[2].lower()}",
    )
    for locale in locales:
        NewsletterText.objects.create(newsletter=newsletter, locale=locale, name=organisation)
    return newsletter


def _home_pages(organisation: str, *, locales: list[Locale], newsletter: Newsletter) -> list[HomePage]:
    homes: list[HomePage] = []
    for locale in locales:
        home = HomePage(title=organisation, slug=locale.language_code, locale=locale, newsletter=newsletter)
        if homes:
            home.translation_key = homes[0].translation_key
        _publish(home, below=Page.get_first_root_node())
        homes.append(home)
    return homes


def _sections(homes: list[HomePage]) -> None:
    for msgid in SECTIONS:
        first: SectionPage | None = None
        for home in homes:
            title = _in(home, msgid)
            section = SectionPage(title=title, slug=slugify(title), locale=home.locale)
            if first:
                section.translation_key = first.translation_key
            _publish(section, below=home)
            first = first or section


def _newsletter_pages(homes: list[HomePage], *, newsletter: Newsletter) -> None:
    first: NewsletterPage | None = None
    for home in homes:
        title = _in(home, gettext_noop("Newsletter"))
        page = NewsletterPage(title=title, slug=slugify(title), locale=home.locale, newsletter=newsletter)
        if first:
            page.translation_key = first.translation_key
        _publish(page, below=home)
        first = first or page


def _in(home: HomePage, msgid: str) -> str:
    with translation.override(home.locale.language_code):
        return gettext(msgid)


def _publish(page: Page, *, below: Page) -> None:
    page.live = False
    below.add_child(instance=page)
    page.save_revision().publish()


def _site(base_url: str, *, name: str, root: HomePage) -> Site:
    base = urlsplit(base_url)
    Site.objects.all().delete()
    return Site.objects.create(
        hostname=base.hostname or "localhost",
        port=base.port or (443 if base.scheme == "https" else 80),
        site_name=name,
        root_page=root,
        is_default_site=True,
    )


def _identity(
    site: Site, *, organisation: str, postal_address: str, sender: str, locales: list[Locale]
) -> SiteIdentity:
    identity = SiteIdentity.objects.create(
        site=site, organisation=organisation, postal_address=postal_address, contact_email=sender
    )
    SiteIdentityText.objects.bulk_create(
        SiteIdentityText(identity=identity, locale=locale) for locale in locales
    )
    return identity
