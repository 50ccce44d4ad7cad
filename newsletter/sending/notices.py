"""Mail to the people who run the newsletters, each in the language of their admin."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from newsletter.sending.models import Mailing
from newsletter.sending.permissions import may_confirm


def tell_that_it_stopped(mailing_id: int) -> None:
    """Whoever launched it, else the administrators."""
    mailing = _mailing(mailing_id)
    if mailing.state != Mailing.State.PAUSED or not mailing.fault:
        return  # somebody was quicker
    launcher = mailing.launched_by
    if launcher is not None and launcher.is_active and launcher.email:
        people: Iterable[Any] = [launcher]
    else:
        people = _staff().filter(is_superuser=True)

    def words() -> tuple[str, str]:
        return _("Stopped: “%(edition)s”") % {"edition": mailing.edition.title}, _(
            "The sending of “%(edition)s” has stopped by itself.\n\n%(fault)s\n\n"
            "Nobody is lost and nobody gets it twice. See what happened, and go on or cancel:\n%(address)s\n"
        ) % {"edition": mailing.edition.title, "fault": mailing.fault, "address": _address(mailing)}

    _write_to(people, words)


def ask_second_persons(mailing_id: int) -> None:
    """Everybody who may agree to it."""
    mailing = _mailing(mailing_id)
    if mailing.state != Mailing.State.ASKED:
        return

    def words() -> tuple[str, str]:
        return _("Please look: “%(edition)s”") % {"edition": mailing.edition.title}, _(
            "%(person)s wants to send “%(edition)s”. “%(newsletter)s” is sent only when a second person agrees.\n\n"
            "Look at it, then agree or cancel:\n%(address)s\n"
        ) % {
            "person": _name_of(mailing.launched_by),
            "edition": mailing.edition.title,
            "newsletter": mailing.newsletter,
            "address": _address(mailing),
        }

    _write_to((person for person in _staff() if may_confirm(person, mailing)), words)


def _mailing(pk: int) -> Mailing:
    return Mailing.objects.select_related("edition", "newsletter", "launched_by").get(pk=pk)


def _staff() -> Any:
    return get_user_model().objects.filter(is_active=True).exclude(email="").order_by("pk")


def _name_of(person: Any) -> str:
    return (person.get_full_name() or person.get_username()) if person is not None else _("Somebody")


def _address(mailing: Mailing) -> str:
    return settings.BASE_URL + reverse("sending:mailing", args=[mailing.pk])


def _write_to(people: Iterable[Any], words: Callable[[], tuple[str, str]]) -> None:
    for person in people:
        profile = getattr(person, "wagtail_userprofile", None)
        with translation.override(profile.get_preferred_language() if profile else settings.LANGUAGE_CODE):
            subject, message = words()
            send_mail(subject=subject, message=message, from_email=None, recipient_list=[person.email])
