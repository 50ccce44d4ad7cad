"""Whether the sums come out: what the tables say against what lies in the mailbox."""

import email.parser
import email.policy
from collections import Counter
from dataclasses import dataclass
from email.utils import getaddresses

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.audience.models import Suppression
from newsletter.sending.mailbox.backend import maildir
from newsletter.sending.models import Delivery, Mailing
from newsletter.sending.progress import Progress


@dataclass(frozen=True)
class Post:
    """The letters of one mailing in the mailbox: how many per language, and per (address, language)."""

    by_language: Counter[str]
    by_reader: Counter[tuple[str, str]]

    @property
    def total(self) -> int:
        return self.by_language.total()


def letters_of(mailing: Mailing) -> Post:
    by_language: Counter[str] = Counter()
    by_reader: Counter[tuple[str, str]] = Counter()
    parser = email.parser.BytesHeaderParser(policy=email.policy.compat32)
    mark = f"{mailing.key.hex}:"
    for folder in ("new", "cur"):
        for path in (maildir() / folder).iterdir():
            with path.open("rb") as opened:
                headers = parser.parse(opened)
            if not str(headers.get("Feedback-ID", "")).startswith(mark):
                continue
            language = str(headers.get("Content-Language", ""))
            by_language[language] += 1
            for _name, address in getaddresses([str(headers.get("To", ""))]):
                by_reader[address.lower(), language] += 1
    return Post(by_language, by_reader)


def what_does_not_balance(mailing: Mailing, progress: Progress, post: Post) -> list[str]:
    """In words, each with both figures; empty when everything comes out."""
    faults = []
    if not progress.balances:
        faults.append(
            _("The sending's sums make %(sum)d, but its audience is %(audience)d.")
            % {"sum": progress.total, "audience": progress.audience}
        )
    unsure = progress.unknown + progress.parked
    if unsure:
        faults.append(
            _(
                "A worker died while it was sending: of %(count)d people nobody knows whether they have the edition. "
                "It is not sent to them again unless you decide so, at %(address)s"
            )
            % {"count": unsure, "address": settings.BASE_URL + reverse("sending:mailing", args=[mailing.pk])}
        )
    if not progress.accepted <= post.total <= progress.accepted + unsure:
        faults.append(
            _("The mailbox holds %(letters)d messages of this sending, but %(accepted)d were accepted.")
            % {"letters": post.total, "accepted": progress.accepted}
        )
    got: Counter[str] = Counter()
    for (address, _language), copies in post.by_reader.items():
        got[address] += copies
    twice = sorted(address for address, copies in got.items() if copies > 1)
    if twice:
        faults.append(
            ngettext(
                "%(count)d person got this edition more than once: %(who)s.",
                "%(count)d people got this edition more than once: %(who)s.",
                len(twice),
            )
            % {"count": len(twice), "who": ", ".join(twice[:5])}
        )
    return faults + _wrong_language(mailing, post)


def _wrong_language(mailing: Mailing, post: Post) -> list[str]:
    """People whose letter is in another language than the version they were given."""
    wanted = dict(
        Delivery.objects.filter(mailing=mailing, variant__isnull=False).values_list(
            "address", "variant__language"
        )
    )
    wrong = sorted(address for address, language in post.by_reader if wanted.get(address) != language)
    if not wrong:
        return []
    return [
        _("%(count)d messages are not in their reader's language, such as that to %(who)s.")
        % {"count": len(wrong), "who": wrong[0]}
    ]


def do_not_mail_reasons(mailing: Mailing) -> list[tuple[str, int]]:
    """[(why they are on the do-not-mail list, how many)] of those this mailing left out for that."""
    hashes = Delivery.objects.filter(mailing=mailing, reason=Delivery.Reason.SUPPRESSED).values(
        "subscriber__address_hash"
    )
    counted = Counter(Suppression.objects.filter(address_hash__in=hashes).values_list("reason", flat=True))
    words = dict(Suppression.Reason.choices)
    return [(str(words[reason]), count) for reason, count in counted.most_common()]
