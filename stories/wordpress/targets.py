"""What a WordPress type becomes here. Other rooms register theirs, for this one may not import them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from wagtail.models import Page

from stories.wordpress.document import WordPressDocument
from stories.wordpress.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Target:
    """`fill` sets the model's own fields from a document; title, slug, dates and body are set for every target.

    `default_parent` is asked when the command names none; None means that there is no fitting place yet.
    """

    model: type[Page]
    default_parent: Callable[[], Page | None]
    fill: Callable[[Page, WordPressDocument], None]


_targets: dict[str, Target] = {}


def register_target(wordpress_type: str, target: Target) -> None:
    _targets[wordpress_type] = target


def target_for(wordpress_type: str) -> Target:
    """Raises DocumentError for a type nobody registered."""
    try:
        return _targets[wordpress_type]
    except KeyError:
        names = {"type": wordpress_type, "known": ", ".join(sorted(_targets)) or "-"}
        raise DocumentError(
            _("Nothing here takes documents of the type “%(type)s”; known are: %(known)s.") % names
        ) from None
