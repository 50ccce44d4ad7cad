"""What a newsroom of one's own still needs before it is one: the list on the administrators' front page.

Most of it ticks itself. What only a person can know stands in the log of the site's identity, as do the test mail and
the look at the domain's DNS records; there is no table of its own.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.checks import CheckMessage
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Locale, ModelLogEntry

from newsletter.audience.models import NewsletterText
from newsletter.sending.checks import check_backend_loads, check_mail_leaves
from newsroom import checks
from newsroom.admin_home.jobs import story_desks
from newsroom.demo.refusal import demo_is_here
from newsroom.models import InfoPage, User
from stories.models import SiteIdentity, SiteIdentityText, StoryPage

TEST_MAIL = "newsroom.test_mail"
KEYS_KEPT = "newsroom.keys_kept"
PUT_AWAY = "newsroom.checklist_put_away"
LOOKED_UP = "sending.looked_up"


class NotYet(Exception):
    """Something that is required is not done."""


@dataclass(frozen=True)
class Step:
    """`why` says what goes wrong without it. `action` is what a person ticks; `command` is for the terminal."""

    key: str
    title: str
    why: str
    done: bool
    required: bool = True
    label: str = ""
    url: str = ""
    command: str = ""
    action: str = ""


def is_shown(user: Any) -> bool:
    """To administrators, until one of them puts it away; never in the demo."""
    identity = SiteIdentity.current()
    if not user.is_superuser or identity.pk is None or demo_is_here():
        return False
    return PUT_AWAY not in _noted(identity)


def steps(user: Any) -> list[Step]:
    """Required ones first, each in the order one would do them."""
    identity = SiteIdentity.current()
    every = [
        *_about_us(identity),
        *_content(user),
        *_machine(_noted(identity), address=user.email),
        *_people(),
    ]
    return sorted(every, key=lambda step: not step.required)


def keep_keys(*, user: Any) -> None:
    log(instance=SiteIdentity.current(), action=KEYS_KEPT, user=user)


def put_away(*, user: Any) -> None:
    """Raises NotYet while something required is to be done."""
    if not all(step.done for step in steps(user) if step.required):
        raise NotYet
    log(instance=SiteIdentity.current(), action=PUT_AWAY, user=user)


def note_test_mail(*, newsletter_id: int) -> None:
    """A test mail was accepted by the mail service that is configured now."""
    identity = SiteIdentity.current()
    if identity.pk:
        log(instance=identity, action=TEST_MAIL, data={"mail": settings.MAIL, "newsletter": newsletter_id})


def _noted(identity: SiteIdentity) -> set[str]:
    """What the log says was done. A test mail counts only for the mail service it went through."""
    entries = ModelLogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(SiteIdentity),
        object_id=str(identity.pk),
        action__in=[TEST_MAIL, KEYS_KEPT, PUT_AWAY, LOOKED_UP],
    )
    return {
        entry.action
        for entry in entries
        if entry.action != TEST_MAIL or entry.data.get("mail") == settings.MAIL
    }


def _about_us(identity: SiteIdentity) -> list[Step]:
    url = reverse("wagtailsettings:edit", args=["stories", "siteidentity"])
    label = _("Site identity")
    languages = Locale.objects.count()
    described = SiteIdentityText.objects.filter(identity=identity).exclude(boilerplate="").count()
    return [
        Step(
            "postal_address",
            _("Your postal address"),
            _("Many countries require it in every newsletter, and mail services refuse mail without it."),
            bool(identity.postal_address.strip()),
            label=label,
            url=url,
        ),
        Step(
            "boilerplate",
            _("Who you are, in every language"),
            _(
                "60 to 90 words that stand in the footer and that the media may print. Until then readers guess."
            ),
            described >= languages,
            label=label,
            url=url,
        ),
        Step(
            "logo",
            _("A logo"),
            _(
                "Search engines and feed readers show it beside your stories. The woven band stands in for it."
            ),
            identity.logo_id is not None,
            required=False,
            label=label,
            url=url,
        ),
    ]


def _content(user: Any) -> list[Step]:
    desk = next(iter(story_desks(user)), None)
    undescribed = NewsletterText.objects.filter(description="").exists()
    return [
        Step(
            "first_story",
            _("A first story"),
            _("The front page, the feeds and the newsletter are made of stories."),
            StoryPage.objects.live().exists(),
            label=_("Write a story"),
            url=desk.url if desk else reverse("wagtailadmin_explore_root"),
        ),
        Step(
            "newsletter_words",
            _("What subscribers get, in every language"),
            _("It stands beside the sign-up form: people join what they can imagine."),
            not undescribed,
            required=False,
            label=_("Newsletters"),
            url=reverse("newsletter:index"),
        ),
        Step(
            "plain_page",
            _("A page about you"),
            _("Readers and journalists look for one: who you are, how you decide, how to reach you."),
            InfoPage.objects.live().exists(),
            required=False,
            label=_("Pages"),
            url=reverse("wagtailadmin_explore_root"),
        ),
    ]


def _machine(noted: set[str], *, address: str) -> list[Step]:
    return [
        _by_check("address", _("An address on the web"), checks.check_address()),
        _by_check("mail_from", _("A sender of your own domain"), checks.check_sender()),
        _by_check("mail_service", _("A mail service"), [*check_mail_leaves(), *check_backend_loads()]),
        Step(
            "test_mail",
            _("A test mail that arrives"),
            _(
                "Whatever is wrong with the mail service shows before anybody waits for a newsletter. In the terminal:"
            ),
            TEST_MAIL in noted and settings.MAIL != "mailbox",
            command=f"python manage.py send_test_mail {address}".strip(),
        ),
        Step(
            "deliverability",
            _("SPF, DKIM and DMARC"),
            _(
                "Without these records of your domain, large mail providers turn newsletters away or call them spam."
            ),
            LOOKED_UP in noted,
            label=_("Deliverability"),
            url=reverse("sending:deliverability"),
        ),
        Step(
            "keys",
            _("A copy of the keys in another place"),
            _(
                "SUBSCRIBER_KEY, in the file .env, signs the unsubscribe link of every mail and the do-not-mail list. "
                "If it is lost, none of them works any more, and nobody can make it anew."
            ),
            KEYS_KEPT in noted,
            label=_("We have a copy"),
            action="keys_kept",
        ),
        Step(
            "hub",
            _("A hub for your feeds"),
            _("It tells those who follow your feeds at once. Set WEBSUB_HUB_URL in the file .env."),
            bool(settings.WEBSUB_HUB_URL),
            required=False,
        ),
    ]


def _by_check(key: str, title: str, messages: list[CheckMessage]) -> Step:
    """Done when `check --deploy` has nothing to say about it; else in its words."""
    return Step(key, title, " ".join(f"{message.msg} {message.hint}" for message in messages), not messages)


def _people() -> list[Step]:
    return [
        Step(
            "second_administrator",
            _("A second administrator"),
            _("When the only one is ill or leaves, nobody else can let people in."),
            User.objects.filter(is_superuser=True, is_active=True).count() > 1,
            label=_("Add a person"),
            url=reverse("wagtailusers_users:add"),
        )
    ]
