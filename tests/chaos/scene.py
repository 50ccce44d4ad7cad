"""What a run sends: an edition in two languages, and the list it goes to."""

import random

from django.utils import timezone

from newsletter.audience.addresses import address_hash
from newsletter.audience.models import Newsletter, Subscriber, Subscription
from newsletter.editions.models import EditionPage
from newsletter.sending.launching import launch
from newsletter.sending.models import Mailing
from stories.models import SiteIdentity, SiteIdentityText
from tests.editions.factories import EditionPageFactory, newsletter_pages, text, translation_of
from tests.newsroom.factories import home_in

# Not of RESERVED_DOMAINS, which a mail server may not get, and yet nobody's: ICANN keeps it for private use.
DOMAIN = "readers.internal"
LANGUAGES = ("en", "en", "es")


def launched(people: int, *, rng: random.Random) -> Mailing:
    """A mailing to so many people, on its way."""
    edition = an_edition()
    fill_list(edition.newsletter, people, rng=rng)
    return launch(edition=edition, everyone=True)


def an_edition() -> EditionPage:
    home = home_in("en")
    identity = SiteIdentity.objects.create(
        site=home.get_site(), organisation="Weft", postal_address="4 Mill Lane, Halse"
    )
    SiteIdentityText.objects.create(identity=identity, locale=home.locale, name="Weft")
    pages = newsletter_pages()
    edition: EditionPage = EditionPageFactory(
        parent=pages["en"], body=[text("<p>Dear {{name|friend}}, the mill runs.</p>")]
    )
    translation_of(
        edition,
        parent=pages["es"],
        subject="Lo que decidieron las asambleas",
        body=[text("<p>Hola {{name|gente}}: el molino anda.</p>")],
    )
    return edition


def fill_list(newsletter: Newsletter, people: int, *, rng: random.Random) -> None:
    addresses = [f"reader{number}@{DOMAIN}" for number in range(people)]
    Subscriber.objects.bulk_create(
        Subscriber(
            email=address,
            address_hash=address_hash(address),
            name=rng.choice(["", "Ana", "Zoé “%recipient.v:delivery%”"]),
            language=rng.choice(LANGUAGES),
        )
        for address in addresses
    )
    now = timezone.now()
    Subscription.objects.bulk_create(
        Subscription(subscriber_id=pk, newsletter=newsletter, status="confirmed", confirmed_at=now)
        for pk in Subscriber.objects.filter(email__in=addresses).values_list("pk", flat=True)
    )
