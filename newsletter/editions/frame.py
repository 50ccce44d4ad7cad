"""What stands around an edition's parts in every message: masthead, and the footer in plain words."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from newsletter.audience.models import Newsletter
from newsletter.editions.addresses import on_this_site
from newsletter.editions.characters import sendable, sendable_line
from newsletter.editions.localised import language_name
from newsletter.editions.merge_fields import token
from newsletter.editions.models import EditionPage
from newsletter.editions.parts import Part, StoriesPart
from stories.context import BARE_BAND_LETTERS, band_papers
from stories.models import SiteIdentity
from stories.papers import Paper
from stories.weaving.weave import PAPER_COLOURS, band_letters


@dataclass(frozen=True)
class Footer:
    """Sentences and links, the same in HTML and plain text. `forwarded` and `web` are (words, address)."""

    why: str
    privacy: str
    forwarded: tuple[str, str]
    preferences: tuple[str, str]
    unsubscribe: tuple[str, str]
    web: tuple[str, str] | None
    sender: str
    postal_address: list[str]


@dataclass(frozen=True)
class MailFrame:
    """`edition_line` is “No. 14 · November”; `paper_colour` the edition's paper; `band_url` the same for everybody.

    `notice` stands at the head for readers whose own language the edition lacks; empty for all others.
    """

    language: str
    direction: str
    subject: str
    preheader: str
    newsletter: str
    organisation: str
    edition_line: str
    paper_colour: str
    band_url: str
    home_url: str
    notice: str
    footer: Footer

    @property
    def start(self) -> str:
        """The side lines begin on: Gmail, Outlook and Yahoo know no logical properties (caniemail)."""
        return "right" if self.direction == "rtl" else "left"


@dataclass(frozen=True)
class Letterhead:
    """What is the same around all versions in one language: whoever makes several of them looks it up once."""

    newsletter: str
    organisation: str
    edition_line: str
    band_url: str
    home_url: str
    web_url: str
    postal_address: list[str]


def letterhead_of(edition: EditionPage, *, newsletter: Newsletter) -> Letterhead:
    """Wants the edition's language active."""
    language = edition.locale.language_code
    identity = SiteIdentity.current()
    return Letterhead(
        newsletter=sendable_line(newsletter.in_language(language).name),
        organisation=sendable_line(identity.in_language(language).name),
        edition_line=edition_line(edition),
        band_url=band_address(),
        home_url=newsletter_address(edition),
        web_url=on_this_site(edition.full_url or ""),
        postal_address=[
            line for line in map(sendable_line, sendable(identity.postal_address).splitlines()) if line
        ],
    )


def mail_frame(
    edition: EditionPage,
    *,
    letterhead: Letterhead,
    parts: list[Part],
    subject: str,
    preheader: str,
    for_others: bool = False,
) -> MailFrame:
    """Wants the edition's language active."""
    language = edition.locale.language_code
    name, web = letterhead.newsletter, letterhead.web_url
    return MailFrame(
        language=language,
        direction="rtl" if get_language_bidi() else "ltr",
        subject=subject,
        preheader=preheader,
        newsletter=name,
        organisation=letterhead.organisation,
        edition_line=letterhead.edition_line,
        paper_colour=PAPER_COLOURS[edition_paper(edition, parts)],
        band_url=letterhead.band_url,
        home_url=letterhead.home_url,
        notice=_notice(language) if for_others else "",
        footer=Footer(
            why=_("You get this because you subscribed to %(newsletter)s.") % {"newsletter": name},
            privacy=_(
                "Nobody tracks you: there is no hidden picture in this mail, "
                "and its links to stories are the same for everybody."
            ),
            forwarded=(_("Did somebody forward this to you? Subscribe here"), letterhead.home_url),
            preferences=(_("Change what you get"), token("preferences_url")),
            unsubscribe=(_("Unsubscribe"), token("unsubscribe_url")),
            web=(_("Read it on the web"), web) if web else None,
            sender=letterhead.organisation,
            postal_address=letterhead.postal_address,
        ),
    )


def _notice(language: str) -> str:
    return _("This edition is not available in every language; you get it in %(language)s.") % {
        "language": language_name(language)
    }


def edition_line(edition: EditionPage) -> str:
    """“No. 14 · November”: the month in which it is sent, or was."""
    archive = getattr(edition, "archive", None) if edition.pk else None
    day = timezone.localdate(archive.sent_at) if archive else timezone.localdate()
    month = date_format(day, "F")
    if edition.number is None:
        return month
    return _("No. %(number)s · %(month)s") % {"number": edition.number, "month": month}


def edition_paper(edition: EditionPage, parts: list[Part]) -> str:
    """The paper of the first story that everybody gets; without one the papers take turns."""
    for part in parts:
        if isinstance(part, StoriesPart) and not part.aimed_at and not part.own_topics:
            return part.stories[0].paper
    papers = Paper.values
    return papers[(edition.number or 0) % len(papers)]


def band_address() -> str:
    """The woven band's address: that of the site's main language, so that it tells nothing about a reader."""
    letters = band_letters(band_papers(settings.LANGUAGE_CODE)) or BARE_BAND_LETTERS
    return on_this_site(reverse("weave_band", args=[letters]))


def newsletter_address(edition: EditionPage) -> str:
    """Where somebody new may subscribe: the newsletter's page, or while it is not published the list of newsletters."""
    home = edition.get_parent()
    if home and home.live and home.full_url:
        return on_this_site(home.full_url)
    try:
        return on_this_site(reverse("audience:subscribe"))
    except NoReverseMatch:
        return on_this_site("/subscribe/")
