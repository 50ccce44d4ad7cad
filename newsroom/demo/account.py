"""What happened, in figures: printed when the demo is done."""

from collections import Counter
from collections.abc import Mapping

from django.conf import settings
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _
from wagtail.models import Locale, Page, Site, WorkflowState

from newsletter.audience.segmentation import audience_of
from newsletter.sending.models import Mailing
from newsletter.sending.progress import Progress, reasons_left_out
from newsroom.demo.checking import Post, do_not_mail_reasons
from newsroom.demo.loading import Demo
from newsroom.demo.telling import Teller
from stories.feeds.channels import Scope, find_channel, list_channels
from stories.feeds.documents import build_document, feed_url
from stories.feeds.formats import FORMATS
from stories.models import ArticlePage, NewsPage, StoryPage
from stories.wordpress.models import ImportedDocument
from stories.wordpress.parity import ROW_LABELS

FEEDS = ("all", "stories", "news")


def tell_publishing(demo: Demo, teller: Teller) -> None:
    teller.say()
    teller.did(_("Stories live"), _by_language(_live(StoryPage)))
    teller.did(_("News live"), _by_language(_live(NewsPage)))
    in_review = WorkflowState.objects.active().count()
    teller.did(_("Waiting for review"), str(in_review))
    for page in (
        Page.objects.filter(live=False, expired=False).exclude(go_live_at=None).order_by("go_live_at")
    ):
        moment = date_format(timezone.localtime(page.go_live_at), "DATETIME_FORMAT")
        teller.did(_("Scheduled"), f"{page.title} ({moment})")
    for document in ImportedDocument.objects.all():
        _tell_import(document, teller)


def _tell_import(document: ImportedDocument, teller: Teller) -> None:
    teller.did(_("Imported as a draft"), document.title)
    rows = ", ".join(f"{ROW_LABELS[key]} {there} → {here}" for key, there, here in document.report["rows"])
    teller.did("", _("Import check: %(rows)s") % {"rows": rows})
    if missing := len(document.report["missing"]):
        words = ngettext(
            "%(count)d picture not fetched, because the demo goes to no other machine",
            "%(count)d pictures not fetched, because the demo goes to no other machine",
            missing,
        )
        teller.did("", words % {"count": missing})


def tell_feeds(demo: Demo, teller: Teller) -> None:
    """Counts what the feeds hold, not what they should hold."""
    teller.say()
    site = Site.objects.get(is_default_site=True)
    for language in demo.homes:
        scope = Scope(site, Locale.objects.get(language_code=language))
        for slug in FEEDS:
            channel, rss = find_channel(slug, scope), FORMATS["rss"]
            document = build_document(channel, rss, article_count=channel.articles().count())
            teller.did(_("Feed"), f"{feed_url(channel, rss):<52} {_items(len(document.entries))}")
        topics = [channel for channel in list_channels(scope) if channel.slug.startswith("topic-")]
        counted = Counter({channel.slug: channel.articles().count() for channel in topics})
        teller.did("", ", ".join(f"{slug} {items}" for slug, items in counted.items()))
    teller.did("", _("each of them as %(formats)s") % {"formats": ", ".join(FORMATS)})


def tell_mailing(demo: Demo, mailing: Mailing, progress: Progress, post: Post, teller: Teller) -> None:
    teller.say()
    teller.did(_("Edition"), f"{mailing.edition.specific.subject}")
    chosen = [demo.segments[slug] for slug in demo.content.edition["segments"]]
    for segment in demo.segments.values():
        people = audience_of(newsletter=mailing.newsletter, segments=[segment]).count()
        note = "" if segment in chosen else " (" + _("not in this sending") + ")"
        teller.did(_("Segment"), f"{people:>5}  {segment.name}{note}")
    everybody = audience_of(newsletter=mailing.newsletter, segments=chosen).count()
    once = _("each person once")
    teller.did(_("All %(count)d together") % {"count": len(chosen)}, f"{everybody:>5}  {once}")
    sums = " + ".join(f"{number} {words}" for _name, words, number in progress.rows)
    teller.did(_("Sent"), f"{progress.audience:>5}  = {sums}")
    for words, people in reasons_left_out(mailing):
        teller.did(_("Left out"), f"{people:>5}  {words}")
    for words, people in do_not_mail_reasons(mailing):
        teller.did("", f"{'':>5}  {people}: {words}")
    versions = Counter(mailing.variants.values_list("language", flat=True))
    teller.did(_("Versions rendered"), f"{versions.total():>5}  {_per_language(versions)}")
    teller.did(_("In the mailbox"), f"{post.total:>5}  {_per_language(post.by_language)}")


def tell_addresses(demo: Demo, teller: Teller) -> None:
    base = settings.BASE_URL
    teller.say()
    for language, home in demo.homes.items():
        label = (
            _("The site")
            if language == settings.LANGUAGE_CODE
            else _("In %(language)s") % {"language": _name(language)}
        )
        teller.did(label, home.full_url or base)
    teller.did(_("Take our news"), base + reverse("feeds:index"))
    teller.did(_("Admin"), base + reverse("wagtailadmin_home"))
    teller.did(_("Mailbox"), base + reverse("sending:mailbox"))
    teller.say()
    for login in demo.logins.values():
        teller.did(str(login.role), f"{login.username:<12} {login.password}")
    teller.say()
    teller.say(_("No real mail can leave this machine: every message lies in the mailbox above."))


def _live(model: type[ArticlePage]) -> Counter[str]:
    rows = model.objects.live().order_by().values("locale__language_code").annotate(pages=Count("pk"))
    return Counter({row["locale__language_code"]: row["pages"] for row in rows})


def _by_language(counted: Mapping[str, int]) -> str:
    return f"{sum(counted.values())} = {_per_language(counted)}"


def _per_language(counted: Mapping[str, int]) -> str:
    """“8 en + 8 es + 8 fr”, the main language first."""
    order = [code for code, _language in settings.LANGUAGES]
    return " + ".join(f"{counted[code]} {code}" for code in order if counted.get(code))


def _items(count: int) -> str:
    return ngettext("%(count)d item", "%(count)d items", count) % {"count": count}


def _name(language: str) -> str:
    return str(get_language_info(language)["name_translated"])
