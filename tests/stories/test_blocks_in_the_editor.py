"""The block chooser: what an editor sees before choosing."""

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from stories.blocks import ArticleBody
from stories.models import StoryPage
from tests.newsroom.factories import UserFactory
from tests.stories.factories import StoryPageFactory

pytestmark = pytest.mark.django_db

NAMES = list(ArticleBody().child_blocks)
# Readers of a closed question see its title, of a picture its drawing, and so on: what each preview has to show.
SHOWN = {
    "paragraph": "p",
    "heading": "h2",
    "image": "figure img",
    "quote": "blockquote",
    "pull_quote": ".pull-quote p",
    "call_out": ".paper p",
    "accordion": "details summary",
    "table": "table td",
    "numbers": "dd",
    "timeline": "ol li",
    "gallery": "figure li img",
    "audio": "audio",
    "embed": "figure a",
    "button": "a.button",
    "document": "a[download]",
    "related_stories": "ul a",
    "sign_up": "form input",
    "quarantined": ".notice",
}


@pytest.fixture
def editor_client(client):
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_previewed_in_an_empty_newsroom_and_says_when_to_use_it(name, editor_client, identity):
    offered = StoryPage.body.field.stream_block.child_blocks[name]
    assert offered.is_previewable
    assert str(offered.get_description())
    response = editor_client.get(reverse("wagtailadmin_block_preview"), {"id": offered.definition_prefix})
    assert response.status_code == 200
    page = BeautifulSoup(response.content, "html.parser")
    shown = page.select_one(f"main .prose {SHOWN[name]}")
    assert shown is not None
    assert shown.get_text(strip=True) or shown.name in {"img", "input", "audio"}
    assert page.select('link[rel=stylesheet][href$=".css"]')


def test_the_blocks_are_offered_in_groups_the_most_common_first(editor_client, identity):
    groups = [
        (str(group), [block.name for block in members])
        for group, members in StoryPage.body.field.stream_block.grouped_child_blocks()
    ]
    assert groups[0] == ("", ["paragraph", "heading", "image", "quote"])
    assert [name for name, _members in groups[1:]] == [
        "Beside the text",
        "Figures and facts",
        "Pictures and sound",
        "Links and sign-up",
        "What an import left",
    ]


def test_the_editor_opens_with_the_footnote_button(editor_client, identity):
    response = editor_client.get(reverse("wagtailadmin_pages:edit", args=[StoryPageFactory().pk]))
    assert response.status_code == 200
    assert "Footnote: write the note into the sentence" in response.content.decode()
