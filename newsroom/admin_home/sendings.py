"""Editions on their way: what a newsletter manager has to decide, what goes by itself, and what became of the last."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.sending.halting import too_many
from newsletter.sending.models import Batch, Mailing, Sender
from newsletter.sending.pace import domain_of
from newsletter.sending.permissions import within_reach
from newsletter.sending.progress import Progress, progress_of_each, reasons_left_out
from newsroom.admin_home.items import Button, Item, Today, in_words
from newsroom.admin_home.pages import name_of

# Among so many of the latest, the last one that this person could have sent is looked for.
LOOKED_THROUGH = 50
# Bounces and complaints come for so long after a sending.
STILL_MATTERS = timedelta(days=14)
# A mail service asks for some seconds' patience all the time.
LONG_WAIT = timedelta(minutes=5)
State = Mailing.State


def sendings_of(user: Any, now: datetime) -> Today:
    """Only mailings this person could have sent: whoever may send to one segment sees that segment's."""
    if not user.has_perms(["sending.add_mailing", "sending.view_mailing"]):
        return Today()
    in_doubt = Batch.objects.filter(state=Batch.State.PARKED).values("mailing")
    open_ones = _mailings().filter(Q(state__in=Mailing.OPEN_STATES) | Q(pk__in=in_doubt))
    finished = _mailings().filter(state=State.SENT).order_by("-finished_at", "-pk")
    looked_at = [*open_ones[:LOOKED_THROUGH], *finished[:LOOKED_THROUGH]]
    mine = within_reach(user, list({mailing.pk: mailing for mailing in looked_at}.values()))
    over = [mailing for mailing in mine if mailing.state == State.SENT]
    last = max(
        over, key=lambda mailing: (mailing.finished_at or mailing.created_at, mailing.pk), default=None
    )
    progress = progress_of_each(mine)
    today = Today(needs=_held_domains(user, now))
    for mailing in mine:
        if progress[mailing.pk].parked:
            today.needs.append(_unsure(mailing, progress[mailing.pk]))
        _add_open(today, mailing, progress[mailing.pk], user=user, now=now)
    if last is not None:
        _add_last(today, last, progress[last.pk], now=now)
    return today


def _mailings() -> QuerySet[Mailing]:
    return Mailing.objects.select_related("edition", "newsletter", "launched_by").defer(
        "edition__body", "revisions", "segments_seen"
    )


def _add_open(today: Today, mailing: Mailing, progress: Progress, *, user: Any, now: datetime) -> None:
    match mailing.state:
        case State.ASKED if mailing.launched_by_id != user.pk:
            today.needs.append(_asked(mailing, now=now))
        case State.ASKED:
            words = _("Waits for a second person: somebody else who may send it has to agree.")
            today.under_way.append(_item(mailing, words, _("See it or cancel")))
        case State.PAUSED:
            today.needs.append(_paused(mailing, progress))
        case State.SCHEDULED if mailing.scheduled_for:
            words = _("Goes out %(moment)s; you can cancel until then.") % {
                "moment": in_words(mailing.scheduled_for, now=now, zone=mailing.newsletter.zone)
            }
            today.under_way.append(_item(mailing, words, _("See it or cancel")))
        case State.PREPARING:
            words = _("The versions are being made, then the people are counted.")
            today.under_way.append(_item(mailing, words, _("See how far it is")))
        case State.SENDING:
            today.under_way.append(_item(mailing, sum_in_words(progress), _("See how far it is")))


def _asked(mailing: Mailing, *, now: datetime) -> Item:
    words = _("%(person)s wants to send this and asks for a second person, %(moment)s.") % {
        "person": name_of(mailing.launched_by) if mailing.launched_by else _("Somebody"),
        "moment": in_words(mailing.created_at, now=now, zone=mailing.newsletter.zone),
    }
    return _item(mailing, words, _("Read it, then agree"))


def _paused(mailing: Mailing, progress: Progress) -> Item:
    words = (
        _("It stopped: %(why)s") % {"why": _(mailing.fault)} if mailing.fault else _("Somebody paused it.")
    )
    return Item(
        _("Sending"),
        mailing.edition.draft_title,
        words,
        (
            Button(_("Go on sending"), reverse("sending:steer", args=[mailing.pk]), action="resume"),
            Button(_("See it or cancel"), _address(mailing)),
        ),
        (sum_in_words(progress),) if mailing.audience is not None else (),
        is_fault=bool(mailing.fault),
    )


def _unsure(mailing: Mailing, progress: Progress) -> Item:
    words = ngettext(
        "Unsure whether it arrived for %(people)s person: you decide.",
        "Unsure whether it arrived for %(people)s people: you decide.",
        progress.parked,
    ) % {"people": intcomma(progress.parked)}
    return _item(mailing, words, _("Decide"), is_fault=True)


def _add_last(today: Today, mailing: Mailing, progress: Progress, *, now: datetime) -> None:
    """The sum of the last sending, why some were left out of it, and whether too many bounced afterwards."""
    report = Button(_("Report"), reverse("sending:report", args=[mailing.pk]))
    finished = mailing.finished_at or mailing.created_at
    left_out = ", ".join(f"{reason} ({intcomma(people)})" for reason, people in reasons_left_out(mailing))
    details = [_("Left out: %(reasons)s.") % {"reasons": left_out}] if left_out else []
    moment = {"moment": in_words(finished, now=now, zone=mailing.newsletter.zone)}
    words = _("Sent %(moment)s:") % moment + f" {sum_in_words(progress)}"
    who = Button(_("Who got it, and who did not"), reverse("sending:deliveries", args=[mailing.pk]))
    today.under_way.append(
        Item(_("Last sending"), mailing.edition.draft_title, words, (report, who), tuple(details))
    )
    if finished > now - STILL_MATTERS:
        sender = Sender.objects.filter(domain=domain_of(mailing.newsletter)).first()
        fault = too_many(mailing, sender or Sender())
        if fault:
            today.needs.append(
                Item(_("Sending"), mailing.edition.draft_title, fault, (report,), is_fault=True)
            )


def _held_domains(user: Any, now: datetime) -> list[Item]:
    if not user.has_perm("sending.change_sender"):
        return []
    return [
        Item(
            _("Sending domain"),
            sender.domain,
            _("The mail service asked us to wait until %(moment)s.")
            % {"moment": in_words(sender.held_until or now, now=now)},
            (Button(_("See it or go on now"), reverse("sending_domains:edit", args=[sender.pk])),),
            (sender.held_because[:200],) if sender.held_because else (),
            is_fault=True,
        )
        for sender in Sender.objects.filter(held_until__gt=now + LONG_WAIT)
    ]


def sum_in_words(progress: Progress) -> str:
    """Such as “1,184 people = 1,171 accepted by the mail service + 13 left out”."""
    people = ngettext("%(people)s person", "%(people)s people", progress.audience) % {
        "people": intcomma(progress.audience)
    }
    return f"{people} = " + " + ".join(f"{intcomma(count)} {words}" for _name, words, count in progress.rows)


def _item(mailing: Mailing, words: str, label: str, *, is_fault: bool = False) -> Item:
    return Item(
        _("Sending"),
        mailing.edition.draft_title,
        words,
        (Button(label, _address(mailing)),),
        is_fault=is_fault,
    )


def _address(mailing: Mailing) -> str:
    return reverse("sending:mailing", args=[mailing.pk])
