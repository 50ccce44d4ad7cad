from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from stories.blocks.footnote_button import register_footnotes
from stories.models import Author, Organisation, Place, Topic
from stories.page_guide import GUIDE_URL_NAME, page_guide
from stories.page_links import register_page_links
from stories.quality import hooks as quality_hooks  # noqa: F401
from stories.reviewing import hooks as reviewing_hooks  # noqa: F401
from stories.sound_ranges import part_of_sound
from stories.translating import hooks as translating_hooks  # noqa: F401


class TopicViewSet(SnippetViewSet):
    model = Topic
    icon = "tag"
    list_display = ["name", "paper", "slug"]


class PlaceViewSet(SnippetViewSet):
    model = Place
    icon = "site"
    list_display = ["name", "region", "country"]


class AuthorViewSet(SnippetViewSet):
    model = Author
    icon = "user"
    list_display = ["name", "role"]


class OrganisationViewSet(SnippetViewSet):
    model = Organisation
    icon = "group"
    list_display = ["name", "relation", "place", "since"]
    list_filter = ["relation", "place"]
    search_fields = ["name"]
    list_per_page = 50


@register_snippet
class VocabularyViewSetGroup(SnippetViewSetGroup):
    items = (TopicViewSet, PlaceViewSet, AuthorViewSet, OrganisationViewSet)
    menu_label = _("Topics, places, authors")
    menu_name = "vocabulary"
    menu_icon = "tag"
    menu_order = 300


@hooks.register("register_admin_urls")
def register_page_guide() -> list[URLPattern]:
    return [path("which-page/", page_guide, name=GUIDE_URL_NAME)]


@hooks.register("register_help_menu_item")
def page_guide_menu_item() -> MenuItem:
    return MenuItem(
        _("Which page to choose"), reverse(GUIDE_URL_NAME), name="page-guide", icon_name="help", order=900
    )


@hooks.register("insert_global_admin_css")
def admin_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("stories/admin.css"))


hooks.register("register_rich_text_features", register_footnotes)
# After Wagtail's own, whose place it takes.
hooks.register("register_rich_text_features", register_page_links, order=1)

# After Wagtail's own, which ask who may have the document.
hooks.register("before_serve_document", part_of_sound, order=100)
