"""What the search finds, by kind: the core's articles, and the plain pages that other rooms register."""

from dataclasses import dataclass, replace

from django.contrib.contenttypes.models import ContentType
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from stories.models import CollaborationPage, EventPage, NewsPage, ResourcePage, SeriesPage, StoryPage


@dataclass(frozen=True)
class Kind:
    """`name` stands in addresses: never rename one."""

    name: str
    label: str | Promise
    models: tuple[type[Page], ...]


PLAIN = "pages"

_kinds = {
    kind.name: kind
    for kind in (
        Kind("stories", _("Stories"), (StoryPage,)),
        Kind("news", _("News"), (NewsPage,)),
        Kind("resources", _("Resources"), (ResourcePage,)),
        Kind("events", _("Events"), (EventPage,)),
        Kind(PLAIN, _("Other pages"), (SeriesPage, CollaborationPage)),
    )
}


def register_plain_page(model: type[Page]) -> None:
    """Lets the search find pages of that type. Their whole indexed text is shown in parts: it has to be for everybody."""
    plain = _kinds[PLAIN]
    if model not in plain.models:
        _kinds[PLAIN] = replace(plain, models=(*plain.models, model))


def all_kinds() -> list[Kind]:
    return list(_kinds.values())


def kind_named(name: str) -> Kind | None:
    return _kinds.get(name)


def kind_by_content_type() -> dict[int, Kind]:
    types = {model: kind for kind in _kinds.values() for model in kind.models}
    found = ContentType.objects.get_for_models(*types)
    return {content_type.pk: types[model] for model, content_type in found.items()}
