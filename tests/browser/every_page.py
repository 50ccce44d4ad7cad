"""One address of every public template, with as much on it as it can show."""

import json
from datetime import timedelta

from django.utils import timezone

from newsletter.audience.models import Newsletter
from newsletter.audience.tokens import (
    confirmation_url,
    fresh_url,
    new_address_url,
    preferences_url,
    unsubscribe_url,
)
from newsletter.editions.archive import archive_edition
from newsroom.models import InfoPage
from stories.models import Correction, CorrectionsPage, FooterLink, MenuLink, Navigation, StoryPage
from stories.reviewing.links import make_link
from tests.audience.factories import SubscriberFactory, SubscriptionFactory
from tests.editions import factories as editions
from tests.newsroom.factories import UserFactory, home_in
from tests.stories.every_block import every_block
from tests.stories.factories import (
    AuthorFactory,
    CollaborationPageFactory,
    EventPageFactory,
    ImageFactory,
    NewsPageFactory,
    OrganisationFactory,
    OrganisationsPageFactory,
    PlaceFactory,
    ResourcePageFactory,
    SeriesPageFactory,
    StoryPageFactory,
    TopicFactory,
    index_everything,
)

Addresses = dict[str, str]


def every_page(newsletter: Newsletter) -> Addresses:
    """By a name for the tests' messages. English, with translations of the story and the newsletter."""
    story = full_story()
    addresses = {
        "home": "/",
        **_published(story),
        **_lists_of_many(story),
        **_of_the_newsletter(newsletter),
        "not here": "/nowhere/",
    }
    index_everything()
    return addresses


def full_story() -> StoryPage:
    """A story with every block, picture, author, translation and correction it may have."""
    topics = [
        TopicFactory(name="Power for everybody", paper="canary"),
        TopicFactory(name="Housing and everything around it", paper="sky"),
    ]
    story = StoryPageFactory(
        title="The cooperative electrification of Llanfairpwllgwyngyll",
        slug="electrification",
        dateline=PlaceFactory(name="Llanfair"),
        places=[PlaceFactory()],
        topics=topics,
        authors=[AuthorFactory(), AuthorFactory()],
        translator=AuthorFactory(),
        lead_image=ImageFactory(),
        body=json.dumps(every_block()),
    )
    Correction.objects.create(page=story, text="We wrote seven loaves; there were eight.")
    StoryPageFactory(language="es", slug="electrificacion", translation_key=story.translation_key)
    return StoryPage.objects.get(pk=story.pk)


def _published(story: StoryPage) -> Addresses:
    place = PlaceFactory(name="Port Esk")
    event = EventPageFactory(place=place, venue="Hemp store", topics=[TopicFactory()])
    over = EventPageFactory(
        starts_at=timezone.now() - timedelta(days=10), place=place, recap="<p>Nineteen came.</p>"
    )
    news = NewsPageFactory(places=[place], topics=[TopicFactory()])
    retracted = NewsPageFactory(title="What was not so")
    Correction.objects.create(
        page=retracted, kind=Correction.Kind.RETRACTION, text="The ledger was another one."
    )
    series = SeriesPageFactory(told=[story, StoryPageFactory()])
    partner = OrganisationFactory()
    home = home_in("en")
    draft = StoryPageFactory(live=False, authors=[AuthorFactory()], body=story.body)
    draft.save_revision()
    about = home.add_child(instance=InfoPage(title="About us", slug="about", body=story.body))
    corrections = home.add_child(instance=CorrectionsPage(title="Corrections", slug="corrections"))
    navigation = Navigation.objects.create(site=home.get_site())
    for link in (MenuLink, FooterLink):
        for page in (story.get_parent(), news.get_parent(), corrections):
            link.objects.create(navigation=navigation, page=page)
    return {
        "story": story.url,
        "news": news.url,
        "retracted": retracted.url,
        "section": story.get_parent().url,
        "event": event.url,
        "event that is over": over.url,
        "events": event.get_parent().url,
        "resource": ResourcePageFactory(topics=[TopicFactory()]).url,
        "series": series.url,
        "collaboration": CollaborationPageFactory(partners=[partner]).url,
        "organisations": OrganisationsPageFactory().url,
        "corrections": corrections.url,
        "about": about.url,
        "feeds": "/feeds/",
        "draft of a story, under review": make_link(draft, user=UserFactory()).address,
        "review that ended": "/review/nowhere/",
    }


def _lists_of_many(story: StoryPage) -> Addresses:
    """With a second page each."""
    topic, place, author = story.topics.all()[0], story.dateline, story.authors.all()[0]
    for _number in range(30):
        StoryPageFactory(dateline=place, topics=[topic], authors=[author])
    return {
        "topic": f"/topics/{topic.slug}/",
        "place": f"/places/{place.slug}/?page=2",
        "author": f"/authors/{author.slug}/",
        "search": "/search/",
        "found": "/search/?q=electrification",
        "found, on two pages": "/search/?q=mill",
        "found nothing": "/search/?q=unheardof",
    }


def _of_the_newsletter(newsletter: Newsletter) -> Addresses:
    home = newsletter.pages.get(locale__language_code="en")
    edition = editions.EditionPageFactory(parent=home, number=14, body=editions.every_block())
    revision = edition.get_latest_revision() or edition.save_revision()
    revision.publish()
    archive_edition(edition, revision=revision, sent_at=timezone.now())
    subscription = SubscriptionFactory(newsletter=newsletter, subscriber=SubscriberFactory())
    waiting = SubscriptionFactory(
        newsletter=newsletter, subscriber=SubscriberFactory(), status="pending", confirmed_at=None
    )
    reader = subscription.subscriber
    return {
        "newsletter": home.url,
        "edition": edition.url,
        "newsletters": "/subscribe/",
        "sign-up": f"/subscribe/{newsletter.slug}/",
        "sign-up elsewhere": f"/subscribe/{newsletter.slug}/embed/",
        "signed up": "/subscribe/sent/",
        "link again": "/preferences/",
        "link sent": "/preferences/sent/",
        "link that ended": "/confirm/nowhere/",
        "confirm": confirmation_url(waiting, "en"),
        "preferences": preferences_url(reader.pk, "en"),
        "unsubscribe": unsubscribe_url(reader.pk, newsletter.pk, "en"),
        "your data": fresh_url(reader),
        "new address": new_address_url(reader, "new@readers.example"),
    }
