"""Blocks that show stories. Stories are chosen or looked up, never copied."""

from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.models import Locale
from wagtail.snippets.blocks import SnippetChooserBlock

from newsletter.editions.blocks.aiming import AimedBlock

# Ten with pictures weigh about 60 kB; Gmail cuts a mail at 102.
MOST_NEW_STORIES = 10
STORY_TYPES = ["stories.StoryPage", "stories.NewsPage", "stories.ResourcePage", "stories.EventPage"]


def newest_cards(many: int) -> list[Any]:
    """Cards of the newest stories in the editor's language, as the block picker shows them."""
    # The core's cards are made of pages, whose models hold these blocks.
    from newsletter.editions.new_stories import newest
    from newsletter.editions.story_cards import story_cards

    locale = editors_locale()
    ids = newest(locale=locale, many=many)
    cards = story_cards(ids, locale=locale)
    return [cards[pk] for pk in ids if pk in cards]


def editors_locale() -> Locale:
    """The active language, where something is published in it."""
    codes = [get_language() or settings.LANGUAGE_CODE, settings.LANGUAGE_CODE]
    return Locale.objects.filter(language_code__in=codes).order_by("pk").first() or Locale.get_default()


class EditionStoryBlock(AimedBlock):
    story = blocks.PageChooserBlock(
        page_type=STORY_TYPES,
        label=_("story"),
        help_text=_("Each reader gets the story in their language where there is one."),
    )

    class Meta:
        icon = "doc-full"
        template = "editions/blocks/stories.html"
        form_layout = ["story", "show_only_to"]
        description = _("One story with its picture and standfirst.")

    def get_preview_value(self) -> Any:
        return {"stories": newest_cards(1)}


class EditionStoriesBlock(AimedBlock):
    stories = blocks.ListBlock(
        blocks.PageChooserBlock(page_type=STORY_TYPES),
        label=_("stories"),
        min_num=1,
        help_text=_("Each reader gets the story in their language where there is one."),
    )

    class Meta:
        icon = "doc-full-inverse"
        template = "editions/blocks/stories.html"
        form_layout = ["stories", "show_only_to"]
        description = _("Stories you choose, in your order.")

    def get_preview_value(self) -> Any:
        return {"stories": newest_cards(2)}


class EditionNewStoriesBlock(AimedBlock):
    """Stories published since the newsletter's last edition: newsletter.editions.new_stories says which."""

    topics = blocks.ListBlock(
        SnippetChooserBlock("stories.Topic"),
        label=_("topics"),
        default=[],
        help_text=_("Only stories on one of these topics; without any, all new stories."),
    )
    own_topics = blocks.BooleanBlock(
        label=_("only on the topics each reader chose"),
        required=False,
        default=False,
        help_text=_(
            "Readers who chose no topic get the whole list, and so does the public archive. "
            "Where more than six topics have something new, name at most six above."
        ),
    )
    limit = blocks.IntegerBlock(
        label=_("at most"),
        default=5,
        min_value=1,
        max_value=MOST_NEW_STORIES,
        help_text=_("The newest come first. A story that is in the edition already is not shown again."),
    )

    class Meta:
        icon = "history"
        template = "editions/blocks/stories.html"
        form_layout = ["topics", "own_topics", "limit", "show_only_to"]
        description = _("Stories published since the last edition, added by themselves when it is sent.")

    def get_preview_value(self) -> Any:
        return {"stories": newest_cards(2)}
