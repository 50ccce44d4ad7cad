import pytest
from wagtail.models import Page

from newsroom.models import HomePage, InfoPage
from stories.wordpress import targets


@pytest.fixture
def page_target(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages become plain pages under the first home page, whatever the newsroom registered."""

    def home() -> Page | None:
        return HomePage.objects.order_by("path").first()

    target = targets.Target(model=InfoPage, default_parent=home, fill=lambda page, document: None)
    monkeypatch.setitem(targets._targets, "page", target)
