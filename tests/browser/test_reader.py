"""A reader with a phone: onto the list, what they choose there, and off it."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from newsletter.audience.models import Newsletter, Subscriber, SubscriptionEvent
from tests.browser.conftest import PHONE, Visit
from tests.sending.conftest import letters_to, run_worker
from tests.stories.factories import StoryPageFactory, TopicFactory

ADDRESS = "ana@readers.example"
Kind = SubscriptionEvent.Kind


@pytest.fixture(params=[True, False], ids=["with_scripts", "without_scripts"])
def phone(request: pytest.FixtureRequest, visit: Visit) -> Page:
    return visit(viewport=PHONE, is_mobile=True, has_touch=True, java_script_enabled=request.param)


def test_a_reader_signs_up_chooses_and_leaves(phone: Page, newsletter: Newsletter, newsroom: str) -> None:
    energy, housing = TopicFactory(name="Energy"), TopicFactory(name="Housing")
    StoryPageFactory(topics=[energy, housing])

    phone.goto("/")
    phone.get_by_label("Your e-mail address").fill(ADDRESS)
    phone.get_by_role("button", name="Get The Monthly Thread").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Look in your mailbox")

    run_worker()
    (confirmation,) = letters_to(ADDRESS)
    assert confirmation.subject == "Confirm: The Monthly Thread"
    link = link_in(confirmation.html, "/confirm/")
    assert link.startswith(newsroom)
    assert link in confirmation.text

    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_have_text("One more click")
    assert evidence() == [Kind.REQUESTED, Kind.MAILED], "a mail scanner's visit must not confirm"
    phone.get_by_role("button", name="Yes, send me The Monthly Thread").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("You are on the list")
    assert evidence() == [Kind.REQUESTED, Kind.MAILED, Kind.CONFIRMED]

    phone.get_by_role("link", name="Choose your topics and how often").tap()
    phone.get_by_role("radio", name="at most once a month").check()
    phone.get_by_role("checkbox", name="Energy").check()
    phone.get_by_role("combobox", name="Language").select_option("Español")
    phone.get_by_role("button", name="Save").tap()
    expect(phone.get_by_role("status")).to_have_text(in_spanish("Saved."))
    expect(phone.locator("html")).to_have_attribute("lang", "es")
    expect(phone.get_by_role("checkbox", name="Energy")).to_be_checked()
    expect(phone.get_by_role("checkbox", name="Housing")).not_to_be_checked()
    reader = Subscriber.objects.get(email=ADDRESS)
    assert reader.language == "es"
    assert [choice.topic_key for choice in reader.topic_choices.all()] == [energy.translation_key]
    assert reader.subscriptions.get().rhythm == "monthly"

    phone.get_by_role("button", name=in_spanish("Leave all newsletters")).tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(in_spanish("You are off the list"))
    assert reader.subscriptions.get().status == "unsubscribed"
    told = SubscriptionEvent.objects.filter(subscriber=reader).order_by("pk")
    assert [event.kind for event in told][2:] == [Kind.CONFIRMED, Kind.CHANGED, Kind.UNSUBSCRIBED]
    assert told.get(kind=Kind.CONFIRMED).text == "Yes, send me The Monthly Thread"


def test_a_mistyped_address_is_named_beside_the_field(visit: Visit, newsletter: Newsletter) -> None:
    phone = visit(viewport=PHONE, java_script_enabled=False)
    phone.goto("/")
    # What no browser catches: it is an address, but nobody can be reached there.
    phone.get_by_label("Your e-mail address").fill("ana@readers")
    phone.get_by_role("button", name="Get The Monthly Thread").click()
    field = phone.get_by_label("Your e-mail address")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("ana@readers")
    assert not Subscriber.objects.exists()


def link_in(html: str, path: str) -> str:
    found = re.search(rf'href="([^"]*{path}[^"]*)"', html)
    assert found, f"no link to {path}"
    return found[1]


def evidence() -> list[str]:
    return list(SubscriptionEvent.objects.order_by("pk").values_list("kind", flat=True))


def in_spanish(words: str) -> str:
    with translation.override("es"):
        return gettext(words)
