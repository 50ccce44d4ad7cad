from typing import Any

import pytest
from django.test import Client

from newsletter.editions.models import NewsletterPage
from newsroom.models import User
from stories.models import SiteIdentity
from tests.editions.factories import newsletter_pages


@pytest.fixture
def homes_of_newsletter(identity: SiteIdentity, homes: dict[str, Any]) -> dict[str, NewsletterPage]:
    """The newsletter's page in the three languages, on a site that says who it is."""
    return newsletter_pages()


@pytest.fixture
def editor(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client
