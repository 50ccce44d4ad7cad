"""Whatever people, mail scanners and mail services do, in whatever order: what must hold for a subscription."""

import re
from unittest import mock

from django.core import mail
from django.db import transaction
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from newsletter.audience import subscriptions, tokens
from newsletter.audience.addresses import address_hash
from newsletter.audience.erasure import erase
from newsletter.audience.models import Subscriber, Subscription, Suppression
from tests.audience.conftest import Clock, after_commit, work_off
from tests.audience.factories import NewsletterFactory

ADDRESS = "ana@readers.example"
BLOCKING = ["complaint", "hard_bounce", "staff"]
FROM_HERE = {"origin": "here", "network": ""}

action = st.one_of(
    st.tuples(st.just("sign_up")),
    st.tuples(st.just("follow_link"), st.integers(0, 3)),
    st.tuples(st.just("leave"), st.booleans()),
    st.tuples(st.just("suppress"), st.sampled_from([*BLOCKING, "erased"])),
    st.tuples(st.sampled_from(["staff_lifts", "erase"])),
)
# Mostly long enough for the next mail; sometimes too short, sometimes too long for a link.
pause = st.sampled_from([11, 11, 11, 1, 60 * 24 * 8])
actions = st.lists(st.tuples(action, pause), min_size=6, max_size=16)


class Story:
    """Drives the real code and, beside it, a plain account of who may be on the list."""

    def __init__(self, clock):
        self.clock = clock
        self.newsletter = NewsletterFactory()
        self.on_list = False
        self.links = []  # (token, the time it was mailed, still in use)
        self.mailed_at = []
        mail.outbox.clear()

    def blocked(self):
        return Suppression.objects.filter(reason__in=BLOCKING).exists()

    def sign_up(self):
        seen = len(mail.outbox)
        with after_commit():
            subscriptions.request_subscription(
                address=ADDRESS, newsletter=self.newsletter, language="en", text="", **FROM_HERE
            )
        work_off()
        for message in mail.outbox[seen:]:
            assert not self.blocked()
            assert all((self.clock.now - earlier).total_seconds() >= 600 for earlier in self.mailed_at)
            self.mailed_at.append(self.clock.now)
            found = re.search(r"/confirm/([^/\s]+)/", message.body)
            assert bool(found) is not self.on_list
            if found:
                self.links.append([found.group(1), self.clock.now, True])

    def follow_link(self, number):
        if not self.links:
            return
        link = self.links[number % len(self.links)]
        token, mailed_at, in_use = link
        fresh = (self.clock.now - mailed_at).total_seconds() <= 7 * 24 * 3600
        try:
            claim = tokens.read_confirmation_token(token)
        except tokens.TokenExpired:
            assert not fresh
            return
        assert fresh
        try:
            subscriptions.confirm(
                subscription_id=claim.subscription_id, requested_at=claim.requested_at, text="", **FROM_HERE
            )
        except subscriptions.ConfirmationOutdated:
            assert not in_use
        except subscriptions.AddressSuppressed:
            assert self.blocked()
        else:
            assert in_use
            assert not self.blocked()
            self.on_list = True

    def leave(self, everything):
        for subscriber in Subscriber.objects.all():
            subscriptions.unsubscribe(
                subscriber_id=subscriber.pk,
                newsletter_id=None if everything else self.newsletter.pk,
                **FROM_HERE,
            )
            self.forget_links()

    def suppress(self, reason):
        subscriptions.suppress(address_hash=address_hash(ADDRESS), reason=reason)

    def staff_lifts(self):
        Suppression.objects.all().delete()

    def erase(self):
        for subscriber in Subscriber.objects.all():
            erase(subscriber_id=subscriber.pk)
        self.forget_links()

    def forget_links(self):
        self.on_list = False
        for link in self.links:
            link[2] = False

    def check(self):
        confirmed = Subscription.objects.filter(status="confirmed")
        assert confirmed.exists() is self.on_list
        assert Subscriber.objects.count() <= 1


@hypothesis_settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=actions)
# A link from before an unsubscribe, used after a new sign-up.
@example(script=[(("sign_up",), 11), (("leave", False), 11), (("sign_up",), 11), (("follow_link", 0), 11)])
# Erased, back by a new double opt-in.
@example(script=[(("sign_up",), 11), (("erase",), 11), (("sign_up",), 11), (("follow_link", 1), 11)])
def test_only_a_fresh_confirmation_puts_somebody_on_the_list(identity, script):
    clock = Clock()
    with (
        transaction.atomic(),
        mock.patch("django.utils.timezone.now", side_effect=lambda: clock.now),
        mock.patch("django.core.signing.time.time", side_effect=lambda: clock.now.timestamp()),
    ):
        story = Story(clock)
        for (name, *arguments), minutes in script:
            getattr(story, name)(*arguments)
            story.check()
            clock.advance(minutes=minutes)
        transaction.set_rollback(True)
