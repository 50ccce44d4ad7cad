"""What is sent and to whom: an edition of ordinary size in three languages, and a list that SQL fills in seconds."""

from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.models import Page

from newsletter.audience.models import Newsletter
from newsletter.editions.models import EditionPage
from newsletter.sending.models import Batch, Delivery, DeliveryEvent, Mailing, Variant
from stories.models import SiteIdentity, SiteIdentityText, StoryPage
from tests.audience.factories import SegmentFactory, kind_rule
from tests.editions.factories import (
    EditionPageFactory,
    button,
    heading,
    newsletter_pages,
    stories,
    text,
    translation_of,
)
from tests.newsroom.factories import home_in
from tests.stories.factories import AuthorFactory, ImageFactory, StoryPageFactory, TopicFactory

STORIES = 18
PARAGRAPH = (
    "<p>" + "On Thursdays the mill opens at six, and whoever comes first lights the oven. " * 8 + "</p>"
)
# Not of RESERVED_DOMAINS, which a mail server may not get, and yet nobody's: ICANN keeps it for private use.
DOMAIN = "readers.internal"

# Half read English, the others Spanish and French; one in 21 is an organisation, one in three gave no name.
# The hash is none of ours: nobody in this list is on the do-not-mail list.
FILL = """
INSERT INTO audience_subscriber
  (email, address_hash, name, language, kind, relation, tags, attributes, created_at)
WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})
SELECT 'reader' || n || '@{domain}', {hash},
  CASE WHEN n % 3 = 0 THEN '' ELSE 'Reader ' || n END,
  CASE n % 4 WHEN 0 THEN 'es' WHEN 1 THEN 'fr' ELSE 'en' END,
  CASE WHEN n % 21 = 0 THEN 'organisation' ELSE 'person' END,
  'supporter', '[]', '{{}}', {now}
FROM numbers
"""
SUBSCRIBE = """
INSERT INTO audience_subscription (subscriber_id, newsletter_id, status, rhythm, requested_at, confirmed_at)
SELECT id, {newsletter}, 'confirmed', 'every', {now}, {now} FROM audience_subscriber
WHERE id NOT IN (SELECT subscriber_id FROM audience_subscription)
"""
HASH = {"sqlite": "printf('%064x', n)", "postgresql": "lpad(to_hex(n), 64, '0')"}


def an_edition() -> EditionPage:
    """Eighteen stories with pictures, a merge field, and a block for organisations only: six versions."""
    home = home_in("en")
    identity = SiteIdentity.objects.create(
        site=home.get_site(), organisation="Weft", postal_address="4 Mill Lane, Halse"
    )
    SiteIdentityText.objects.create(identity=identity, locale=home.locale, name="Weft")
    pages = newsletter_pages()
    organisations = SegmentFactory(rules=[kind_rule("organisation")])
    chosen = some_stories()
    body = [
        text("<p>Dear {{name|friend}}, the mill runs.</p>"),
        heading("From the assemblies"),
        stories(*chosen[: STORIES // 2]),
        text(PARAGRAPH * 6),
        heading("From the villages"),
        stories(*chosen[STORIES // 2 :]),
        text("<p>The ledger is open to every member organisation.</p>", show_only_to=organisations),
        button("Read on", page=chosen[0]),
    ]
    edition: EditionPage = EditionPageFactory(parent=pages["en"], body=body)
    for code in ("es", "fr"):
        translation_of(edition, parent=pages[code], subject=f"Subject {code}", body=body)
    return edition


def some_stories() -> list[Page]:
    topics, authors = TopicFactory.create_batch(3), AuthorFactory.create_batch(3)
    return [
        StoryPageFactory(
            topics=[topics[number % 3]],
            authors=[authors[number % 3]],
            lead_image=ImageFactory(),
            standfirst="A village bought its mill, and two hundred people now share the flour. " * 3,
            body=[("paragraph", PARAGRAPH)] * 8,
        )
        for number in range(STORIES)
    ]


def a_story() -> StoryPage:
    return StoryPage.objects.live().latest("first_published_at")


def fill_list(newsletter: Newsletter, people: int) -> None:
    """Adds readers until the newsletter has so many. The list only grows."""
    already = newsletter.subscriptions.count()
    now = f"'{timezone.now():%Y-%m-%d %H:%M:%S}+00:00'"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            FILL.format(first=already + 1, last=people, domain=DOMAIN, hash=HASH[connection.vendor], now=now)
        )
        cursor.execute(SUBSCRIBE.format(newsletter=newsletter.pk, now=now))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def forget_mailings() -> None:
    """Everything a sending left behind, so that the same people can get the same edition again."""
    several = [Mailing.segments.through, Mailing.excluded_segments.through]
    emptied = [DeliveryEvent, Delivery, Batch, Variant, *several, Mailing, DBTaskResult]
    tables = [model._meta.db_table for model in emptied]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(tables)}")
            return
        with transaction.atomic():
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
