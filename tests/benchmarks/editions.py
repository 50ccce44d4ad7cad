"""One version of an edition with ten stories, rendered as HTML and plain text."""

from typing import Any

from mjml import mjml2html

from newsletter.editions import rendering
from newsletter.editions.rendering import render_version
from tests.benchmarks.measuring import Measurement, measure
from tests.editions.factories import EditionPageFactory, heading, newsletter_pages, stories
from tests.stories.factories import ImageFactory, StoryPageFactory

STORIES = 10


def measurements() -> list[Measurement]:
    parent = newsletter_pages()["en"]
    chosen = [StoryPageFactory(lead_image=ImageFactory()) for _number in range(STORIES)]
    edition = EditionPageFactory(parent=parent, body=[heading("From the assemblies"), stories(*chosen)])

    def render() -> object:
        return render_version(edition, newsletter=parent.newsletter, shown_segments=frozenset())

    mjml = _mjml_of(render)
    return [
        Measurement(
            f"one version, {STORIES} stories, HTML and text",
            measure(render),
            "MJML to HTML alone",
            measure(lambda: mjml2html(mjml, disable_comments=False, fonts={}, social_icon_origin="")),
            unit="versions",
        )
    ]


def _mjml_of(render: Any) -> str:
    """The MJML a rendering hands on."""
    handed_on: list[str] = []
    original = rendering.mjml2html

    def remember(mjml: str, **options: Any) -> object:
        handed_on.append(mjml)
        return original(mjml, **options)

    rendering.mjml2html = remember
    try:
        render()
    finally:
        rendering.mjml2html = original
    return handed_on[0]
