"""Loads the fictional network, publishes, sends one edition into the mailbox here, and says what happened."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from newsletter.sending.models import Mailing
from newsletter.sending.progress import progress_of
from newsroom.demo.account import tell_addresses, tell_feeds, tell_mailing, tell_publishing
from newsroom.demo.checking import letters_of, what_does_not_balance
from newsroom.demo.content_files import ContentError
from newsroom.demo.editors_day import publish_and_leave_some_waiting
from newsroom.demo.loading import Content, Demo, load
from newsroom.demo.mailing import MailingStuck, send
from newsroom.demo.refusal import DemoRefused, refuse_where_it_does_harm
from newsroom.demo.telling import Teller
from stories.wordpress.errors import DocumentError


class Command(BaseCommand):
    help = (
        "Loads a fictional network into an empty database, takes a story through approval, sends one mailing into the "
        "mailbox on this machine and says what happened. A second run starts from what is there."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        teller = Teller(self.stdout)
        try:
            content = Content.read()
            refuse_where_it_does_harm(content.network)
            teller.say(
                _("A newsroom for %(network)s, a network that does not exist.")
                % {"network": _network(content)}
            )
            demo = load(content, teller)
            publish_and_leave_some_waiting(demo, teller)
            mailing = self._send(demo, teller)
        except (ContentError, DemoRefused, DocumentError, MailingStuck) as error:
            raise CommandError(str(error)) from error
        progress, post = progress_of(mailing), letters_of(mailing)
        tell_publishing(demo, teller)
        tell_feeds(demo, teller)
        tell_mailing(demo, mailing, progress, post, teller)
        tell_addresses(demo, teller)
        if faults := what_does_not_balance(mailing, progress, post):
            raise CommandError(_("Something does not balance:") + "".join(f"\n  {fault}" for fault in faults))
        teller.say(_("Ready after %(seconds)d seconds.") % {"seconds": round(teller.seconds)})

    def _send(self, demo: Demo, teller: Teller) -> Mailing:
        edition = demo.load_edition()
        chosen = [demo.segments[slug] for slug in demo.content.edition["segments"]]
        return send(
            edition,
            chosen,
            manager=demo.logins["newsletter"].user,
            teller=teller,
            label=_("Sending"),
        )


def _network(content: Content) -> str:
    return str(content.network["identity"][content.network["default_language"]]["name"])
