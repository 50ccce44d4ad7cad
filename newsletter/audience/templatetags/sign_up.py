"""The small sign-up form, for any page: {% load sign_up %}{% sign_up_form "monthly" %}."""

import logging
from typing import Any

from django import template

from newsletter.audience.forms import consent_words
from newsletter.audience.forms import sign_up_form as build_form
from newsletter.audience.models import Newsletter

register = template.Library()
logger = logging.getLogger(__name__)


@register.inclusion_tag("audience/sign_up_form.html", takes_context=True)
def sign_up_form(context: template.Context, newsletter_slug: str) -> dict[str, Any]:
    """Draws nothing for a newsletter that does not exist: a story must not break because a list was closed."""
    newsletter = Newsletter.objects.filter(slug=newsletter_slug).first() if newsletter_slug else None
    if newsletter is None:
        logger.warning(
            "A page asks for a sign-up to the newsletter %r, which does not exist.", newsletter_slug
        )
        return {}
    words = newsletter.in_language()
    return {
        "newsletter": newsletter,
        "words": words,
        "consent": consent_words(words),
        "form": build_form(newsletter, number=_forms_so_far(context.get("request"))),
    }


def _forms_so_far(request: Any) -> int:
    """How many sign-up forms this page has already: every label needs an id of its own."""
    number = getattr(request, "sign_up_forms", 0) + 1
    if request is not None:
        request.sign_up_forms = number
    return number
