"""A reader with a phone: onto the list, what they choose there, and off it."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from newsletter.audience.models import Newsletter, Subscriber, Subscription, SubscriptionEvent, Suppression
from newsletter.audience.tokens import preferences_url
from newsletter.editions.models import NewsletterPage
from newsletter.sending.launching import launch
from newsroom.models import User
from tests.audience.factories import SubscriptionFactory
from tests.browser.conftest import PHONE, Visit
from tests.editions.factories import EditionPageFactory, text
from tests.sending.conftest import letters_to, run_worker
from tests.stories.factories import PlaceFactory, StoryPageFactory, TopicFactory

ADDRESS = "ana@readers.example"
Kind = SubscriptionEvent.Kind


@pytest.fixture(params=[True, False], ids=["with_scripts", "without_scripts"])
def phone(request: pytest.FixtureRequest, visit: Visit) -> Page:
    return visit(viewport=PHONE, is_mobile=True, has_touch=True, java_script_enabled=request.param)


def test_a_reader_signs_up_chooses_and_leaves(phone: Page, newsletter: Newsletter, newsroom: str) -> None:
    energy, housing = TopicFactory(name="Energy"), TopicFactory(name="Housing")
    halse, day = PlaceFactory(name="Halse"), timezone.localdate() + timedelta(days=40)
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
    phone.get_by_role("combobox", name="Where you live or work").select_option("Halse")
    phone.get_by_label("Pause until").fill(day.isoformat())
    phone.get_by_role("combobox", name="Language").select_option("Español")
    phone.get_by_role("button", name="Save").tap()
    expect(phone.get_by_role("status")).to_have_text(in_spanish("Saved."))
    expect(phone.locator("html")).to_have_attribute("lang", "es")
    expect(phone.get_by_role("combobox", name=in_spanish("Where you live or work"))).to_have_value(
        str(halse.translation_key)
    )
    expect(phone.get_by_label(in_spanish("Pause until"))).to_have_value(day.isoformat())
    expect(phone.get_by_role("checkbox", name="Energy")).to_be_checked()
    expect(phone.get_by_role("checkbox", name="Housing")).not_to_be_checked()
    reader = Subscriber.objects.get(email=ADDRESS)
    assert reader.language == "es"
    assert (reader.place_key, reader.paused_until) == (halse.translation_key, day)
    assert [choice.topic_key for choice in reader.topic_choices.all()] == [energy.translation_key]
    assert reader.subscriptions.get().rhythm == "monthly"

    phone.get_by_role("button", name=in_spanish("Leave all newsletters")).tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text(in_spanish("You are off the list"))
    assert reader.subscriptions.get().status == "unsubscribed"
    told = SubscriptionEvent.objects.filter(subscriber=reader).order_by("pk")
    assert [event.kind for event in told][2:] == [Kind.CONFIRMED, Kind.CHANGED, Kind.UNSUBSCRIBED]
    assert told.get(kind=Kind.CONFIRMED).text == "Yes, send me The Monthly Thread"


def test_a_subscribers_letter_brings_a_friend_and_is_the_way_out(
    visit: Visit, newsletter: Newsletter, admin_user: User
) -> None:
    """Sign up, confirm, choose, get an edition, pass it on, leave: all of it on a phone."""
    reader = visit(viewport=PHONE, is_mobile=True, has_touch=True)
    reader.goto("/")
    reader.get_by_label("Your e-mail address").fill(ADDRESS)
    reader.get_by_role("button", name="Get The Monthly Thread").tap()
    expect(reader.get_by_role("heading", level=1)).to_have_text("Look in your mailbox")
    run_worker()
    reader.goto(link_in(letters_to(ADDRESS)[-1].html, "/confirm/"))
    reader.get_by_role("button", name="Yes, send me The Monthly Thread").tap()
    reader.get_by_role("link", name="Choose your topics and how often").tap()
    reader.get_by_label("Your name").fill("Ana")
    reader.get_by_role("button", name="Save").tap()
    expect(reader.get_by_role("status")).to_have_text("Saved.")

    home = NewsletterPage.objects.get(newsletter=newsletter, locale__language_code="en")
    edition = EditionPageFactory(
        parent=home, subject="Three towns, one ledger", body=[text("<p>Dear {{name|friend}}.</p>")]
    )
    launch(edition=edition, everyone=True, user=admin_user)
    run_worker()
    letter = next(one for one in letters_to(ADDRESS) if one.subject == "Three towns, one ledger")
    assert "Dear Ana." in letter.text

    friend = visit(viewport=PHONE, is_mobile=True, has_touch=True)
    friend.set_content(letter.html)
    friend.get_by_role("link", name="Did somebody forward this to you? Subscribe here").tap()
    expect(friend.get_by_role("heading", level=1)).to_have_text("The Monthly Thread")
    expect(friend.get_by_text(ADDRESS)).to_have_count(0)
    friend.get_by_label("Your e-mail address").fill("bo@readers.example")
    friend.get_by_role("button", name="Get The Monthly Thread").tap()
    expect(friend.get_by_role("heading", level=1)).to_have_text("Look in your mailbox")
    run_worker()
    assert "/confirm/" in letters_to("bo@readers.example")[-1].html

    reader.set_content(letter.html)
    reader.get_by_role("link", name="Unsubscribe", exact=True).tap()
    reader.locator("main").get_by_role("button").first.tap()
    expect(reader.get_by_role("heading", level=1)).to_have_text("You are off the list")
    assert dict(Subscription.objects.values_list("subscriber__email", "status")) == {
        ADDRESS: "unsubscribed",
        "bo@readers.example": "pending",
    }


def test_a_friend_with_a_forwarded_newsletter_sees_no_data_and_the_reader_is_erased_by_their_own_mail(
    visit: Visit, newsletter: Newsletter
) -> None:
    reader = SubscriptionFactory(newsletter=newsletter, subscriber__email=ADDRESS).subscriber
    friend = visit(viewport=PHONE, is_mobile=True, has_touch=True)
    friend.goto(preferences_url(reader.pk, "en"))
    expect(friend.get_by_text("a…@readers.example")).to_be_visible()
    expect(friend.get_by_text(ADDRESS)).to_have_count(0)
    for words in ("Download", "Yes, erase me", "Erase me …"):
        expect(friend.get_by_role("link", name=words)).to_have_count(0)
    token = friend.url.rstrip("/").rpartition("/")[2]
    for path in (f"/your-data/{token}/", f"/your-data/{token}/download/", f"/your-data/{token}/erase/"):
        assert friend.request.get(path).status == 404
        assert friend.request.post(path).status == 404
    friend.get_by_role("button", name="Mail me the link to my data").tap()
    expect(friend.get_by_role("status")).to_contain_text("30 minutes")

    run_worker()
    (letter,) = letters_to(ADDRESS)
    phone = visit(viewport=PHONE, is_mobile=True, has_touch=True)
    phone.goto(link_in(letter.html, "/your-data/"))
    expect(phone.get_by_text(ADDRESS)).to_be_visible()
    with phone.expect_download() as taken:
        phone.get_by_role("link", name="Download").tap()
    held = json.loads(taken.value.path().read_text())
    assert held["subscriber"]["address"] == ADDRESS
    phone.get_by_role("link", name="Erase me …").tap()
    phone.get_by_role("button", name="Yes, erase me").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("You are erased")
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().reason == "erased"


def test_a_reader_moves_to_another_address(visit: Visit, newsletter: Newsletter) -> None:
    reader = SubscriptionFactory(newsletter=newsletter, subscriber__email=ADDRESS).subscriber
    phone = visit(viewport=PHONE, is_mobile=True, has_touch=True, java_script_enabled=False)
    phone.goto("/preferences/")
    phone.get_by_label("Your e-mail address").fill(ADDRESS)
    phone.get_by_role("button", name="Mail me my link").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Look in your mailbox")
    run_worker()
    phone.goto(link_in(letters_to(ADDRESS)[-1].html, "/preferences/"))
    phone.get_by_role("button", name="Mail me the link to my data").tap()
    expect(phone.get_by_role("status")).to_contain_text("on its way")
    run_worker()
    (letter,) = [letter for letter in letters_to(ADDRESS) if "/your-data/" in letter.html]
    phone.goto(link_in(letter.html, "/your-data/"))
    phone.get_by_label("Your new e-mail address").fill("ana@elsewhere.example")
    phone.get_by_role("button", name="Mail a link to the new address").tap()
    expect(phone.get_by_role("status")).to_contain_text("nothing changes")
    run_worker()
    (letter,) = letters_to("ana@elsewhere.example")
    phone.goto(link_in(letter.html, "/new-address/"))
    phone.get_by_role("button", name="Yes, write to this address").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("We have your new address")
    reader.refresh_from_db()
    assert reader.email == "ana@elsewhere.example"


def test_a_form_copied_onto_another_site_signs_people_up(
    visit: Visit, newsletter: Newsletter, newsroom: str, tmp_path: Path
) -> None:
    page = visit()
    page.goto(f"/subscribe/{newsletter.slug}/embed/")
    copied = page.get_by_label("HTML to copy").input_value()
    site = tmp_path / "friends.html"
    site.write_text(f"<!doctype html><meta charset=utf-8><title>Friends</title><h1>Friends</h1>{copied}")
    context = page.context
    context.unroute_all()
    page.goto(site.as_uri())
    page.get_by_label("Your e-mail address").fill(ADDRESS)
    page.get_by_role("button", name="Get The Monthly Thread").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mailbox")
    assert Subscriber.objects.get().email == ADDRESS


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
