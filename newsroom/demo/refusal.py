"""When the demo must not touch what it finds."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from wagtail.models import Page

from newsletter.audience.models import Newsletter, Subscriber
from newsroom.demo.content_files import demo_key
from newsroom.models import HomePage


class DemoRefused(Exception):
    """Nothing was written. The message says why, and what to do instead."""


def refuse_where_it_does_harm(network: dict[str, Any]) -> None:
    """Raises DemoRefused where mail could leave this machine, or the database is somebody's newsroom."""
    if settings.MAIL != "mailbox":
        raise DemoRefused(
            _(
                "MAIL is set to “%(mail)s”, so mail from here goes to the real world. The demo sends more than a "
                "thousand messages: it runs with MAIL=mailbox only."
            )
            % {"mail": settings.MAIL}
        )
    missing = [code for code in network["languages"] if code not in dict(settings.LANGUAGES)]
    if missing:
        raise DemoRefused(
            _("The demo speaks %(all)s; NEWSROOM_LANGUAGES leaves out %(missing)s.")
            % {"all": ", ".join(network["languages"]), "missing": ", ".join(missing)}
        )
    if not demo_is_here() and (found := _somebodys_work()):
        raise DemoRefused(
            _(
                "The database %(database)s holds %(found)s that are not the demo's. The demo wants a database of its "
                "own: set VAR_DIR or DATABASE_URL to another place. For a newsroom of your own there is `make new`."
            )
            % {"database": settings.DATABASES["default"]["NAME"], "found": found}
        )


def demo_is_here() -> bool:
    return HomePage.objects.filter(translation_key=demo_key("home", "home")).exists()


def _somebodys_work() -> str:
    """What is in the database besides what a fresh Wagtail brings: its root and one welcome page."""
    own_pages = Page.objects.filter(depth__gt=1).exclude(pk__in=[page.pk for page in welcome_pages()])
    counts = [
        (own_pages.count(), _("pages")),
        (Subscriber.objects.count(), _("subscribers")),
        (Newsletter.objects.count(), _("newsletters")),
    ]
    return ", ".join(f"{count} {words}" for count, words in counts if count)


def welcome_pages() -> list[Page]:
    """The page Wagtail's first migration makes, as long as nobody has changed it."""
    stock = Page.objects.filter(
        depth=2, slug="home", content_type__app_label="wagtailcore", numchild=0, latest_revision=None
    )
    return [page for page in stock if page.title == "Welcome to your new Wagtail site!"]
