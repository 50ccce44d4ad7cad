"""A feed's bytes, built from the database. What is served of them from memory is measured in the bench `web`."""

from xml.etree import ElementTree

from wagtail.models import Locale, Site

from stories.feeds.channels import Scope, find_channel
from stories.feeds.documents import build_document
from stories.feeds.formats import FORMATS
from tests.benchmarks.measuring import Measurement, measure
from tests.stories.factories import AuthorFactory, ImageFactory, StoryPageFactory, TopicFactory

STORIES = 60
ITEMS = 50
PARAGRAPH = (
    "<p>" + "On Thursdays the mill opens at six, and whoever comes first lights the oven. " * 8 + "</p>"
)


def measurements() -> list[Measurement]:
    topics, authors, image = TopicFactory.create_batch(3), AuthorFactory.create_batch(3), ImageFactory()
    for number in range(STORIES):
        StoryPageFactory(
            topics=[topics[number % 3]],
            authors=[authors[number % 3]],
            lead_image=image,
            body=[("paragraph", PARAGRAPH)] * 6,
        )
    scope = Scope(
        Site.objects.select_related("root_page").get(is_default_site=True),
        Locale.objects.get(language_code="en"),
    )
    channel = find_channel("all", scope)

    def build(extension: str) -> bytes:
        feed_format = FORMATS[extension]
        return feed_format.write(build_document(channel, feed_format, article_count=STORIES))

    tree = ElementTree.fromstring(build("atom"))
    floor = measure(lambda: ElementTree.tostring(tree, encoding="utf-8"))
    return [
        Measurement(
            f"{FORMATS[extension].name}, {ITEMS} whole stories, from the database",
            measure(lambda extension=extension: build(extension)),
            "writing the finished XML",
            floor,
            unit="feeds",
        )
        for extension in FORMATS
    ]
