from typing import Any

import pytest

from newsletter.editions.models import NewsletterPage
from stories.models import SiteIdentity
from tests.editions.factories import newsletter_pages


@pytest.fixture
def homes_of_newsletter(identity: SiteIdentity, homes: dict[str, Any]) -> dict[str, NewsletterPage]:
    """The newsletter's page in the three languages, on a site that says who it is."""
    return newsletter_pages()
