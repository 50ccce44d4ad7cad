"""What the head of an article says to machines."""

from dataclasses import dataclass

from django import template
from django.utils.safestring import SafeString
from wagtail.models import Page

from stories.context import Frame
from stories.models import ArticlePage
from stories.remembering import remembered
from stories.structured_data import Crumb, Surroundings, author_address, page_data, script_safe
from stories.templatetags.stories_tags import PageMeta, share_picture_of

register = template.Library()


@dataclass(frozen=True)
class ArticleHead:
    """`section` is the title of the section it stands in, `authors` are addresses, `data` is JSON-LD for a script element."""

    section: str
    authors: list[str]
    data: SafeString


@register.simple_tag(takes_context=True)
def article_head(context: template.Context, frame: Frame, meta: PageMeta) -> ArticleHead | None:
    """None for what is no published article: a draft shown to somebody tells machines nothing."""
    page, request = context.get("page"), context["request"]
    shown_as_draft = getattr(request, "is_preview", False) or "review" in context
    if not isinstance(page, ArticlePage) or not page.live or shown_as_draft:
        return None
    parent = page.url_path.removesuffix(f"{page.slug}/")
    trail = remembered(f"trail:{parent}", lambda: _trail(page))
    corrections = page.corrections_page
    around = Surroundings(
        identity=frame.identity,
        name=frame.words.name,
        root_url=frame.root_url,
        home_url=frame.root_url + frame.home_url,
        url=meta.url,
        canonical=meta.canonical,
        picture=share_picture_of(page, frame),
        trail=trail,
        corrections_policy=(corrections.get_full_url(request) if corrections else None)
        or (f"{meta.url}#ledger" if frame.words.corrections_policy else ""),
        original=_address_of_original(page, frame),
    )
    addresses = (author_address(author, frame.root_url) for author in page.author_list)
    return ArticleHead(
        section=trail[-1].title if len(trail) > 1 else "",
        authors=[address for address in addresses if address],
        data=script_safe(page_data(page, around)),
    )


def _trail(page: Page) -> tuple[Crumb, ...]:
    above = ((ancestor.title, ancestor.full_url) for ancestor in page.get_ancestors().live())
    return tuple(Crumb(title, url) for title, url in above if url)


def _address_of_original(page: ArticlePage, frame: Frame) -> str:
    if page.original is None:
        return ""
    code = page.original.locale.language_code
    return next((frame.root_url + link.url for link in frame.translations if link.code == code), "")
