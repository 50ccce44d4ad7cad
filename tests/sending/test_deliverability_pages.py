"""The deliverability page in the admin: who sees it, when it asks, and that everybody can read it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from newsletter.audience.models import Newsletter
from newsletter.sending.deliverability import views
from tests.audience.factories import NewsletterFactory
from tests.sending.deliverability_zone import GOOD_ZONE, FakeDns
from tests.sending.test_deliverability_message import MESSAGE

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client, newsletter_manager_user: Any) -> Client:
    client.force_login(newsletter_manager_user)
    return client


@pytest.fixture
def page() -> str:
    return reverse("sending:deliverability")


@pytest.fixture
def newsletter() -> Newsletter:
    return NewsletterFactory(name="Weft monthly", from_email="news@weft.coop", reply_to="desk@weft.example")


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> FakeDns:
    """In place of the real one, so that no question leaves the machine."""
    fake = FakeDns(GOOD_ZONE)
    monkeypatch.setattr(views, "Lookups", lambda: fake)
    return fake


def words_of(content: bytes) -> str:
    return re.sub(r"\s+", " ", html.fromstring(content).text_content())


def test_the_page_opens_without_asking_anybody(
    manager: Client, page: str, newsletter: Newsletter, dns: FakeDns
) -> None:
    answer = manager.get(page)
    assert answer.status_code == 200
    assert "weft.coop: Weft monthly" in words_of(answer.content)
    assert dns.asked == []


def test_pressing_the_button_says_what_was_found(
    manager: Client, page: str, newsletter: Newsletter, dns: FakeDns, settings: Any
) -> None:
    settings.MAIL, settings.EMAIL_HOST = "smtp", "mail.weft.coop"
    answer = manager.post(page, {"action": "look_up", "domain": "weft.coop", "selectors": "pic, summer"})
    words = words_of(answer.content)
    assert "What was found about weft.coop" in words
    assert "A key stands under pic._domainkey.weft.coop (2048 bits)." in words
    assert "There is no DKIM key under summer._domainkey.weft.coop." in words
    assert "The address 185.1.2.3 has the name mail.weft.coop" in words
    assert {name.partition(".")[2] for name, _kind in dns.asked} & {"weft.example", "example"} == set()


def test_the_record_to_add_can_be_copied(
    manager: Client, page: str, newsletter: Newsletter, dns: FakeDns
) -> None:
    dns.zone = {key: values for key, values in GOOD_ZONE.items() if not key[0].startswith("_dmarc")}
    answer = manager.post(page, {"action": "look_up", "domain": "weft.coop"})
    copied = html.fromstring(answer.content).xpath(
        "//dl[contains(@class, 'deliverability-record')]//code/text()"
    )
    assert copied == ["_dmarc.weft.coop", "TXT", "v=DMARC1; p=none; rua=mailto:dmarc@weft.coop"]


@pytest.mark.parametrize(
    "sent",
    [
        {"domain": "somebody-else.coop"},
        {"domain": "weft.coop", "selectors": "s1 'or'1'='1"},
        {"domain": "weft.coop", "selectors": "../pic"},
        {"domain": "weft.coop", "selectors": "a b c d e f"},
        {"domain": "weft.coop", "selectors": "é"},
        {"domain": "weft.coop", "selectors": "a" * 64},
        {},
    ],
)  # fmt: skip
def test_nothing_is_asked_but_about_our_own_domains(
    manager: Client, page: str, newsletter: Newsletter, dns: FakeDns, sent: dict[str, str]
) -> None:
    answer = manager.post(page, {"action": "look_up", **sent})
    assert answer.status_code == 200
    assert 'class="error-message"' in answer.content.decode()
    assert dns.asked == []


def test_a_selector_may_be_typed_as_the_service_shows_it(
    manager: Client, page: str, newsletter: Newsletter, dns: FakeDns
) -> None:
    manager.post(page, {"action": "look_up", "domain": "weft.coop", "selectors": "PIC._domainkey.weft.coop"})
    assert ("pic._domainkey.weft.coop", "TXT") in dns.asked


def test_a_demo_has_nothing_to_look_up(manager: Client, page: str, dns: FakeDns) -> None:
    NewsletterFactory(from_email="post@weft.example")
    answer = manager.get(page)
    assert "there is nothing to look up" in words_of(answer.content)
    assert 'value="look_up"' not in answer.content.decode()
    manager.post(page, {"action": "look_up", "domain": "weft.example"})
    assert dns.asked == []


def test_a_newsroom_without_newsletters_opens_the_page(manager: Client, page: str) -> None:
    assert "There is no newsletter yet" in words_of(manager.get(page).content)


def test_a_pasted_message_is_explained(manager: Client, page: str, dns: FakeDns) -> None:
    answer = manager.post(page, {"action": "read", "source": MESSAGE})
    words = words_of(answer.content)
    assert "The signature covers both headers" in words
    assert "mx.readers.net looked into it: DMARC holds." in words
    assert dns.asked == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "This field is required"),
        ("Dear friends", "This is not the source of a message"),
        ("From: a@weft.coop\n" + "x" * 500_000, "That is too long"),
        ("From: a@weft.coop\n\0", "Null characters are not allowed"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(manager: Client, page: str, source: str, words: str) -> None:
    assert words in words_of(manager.post(page, {"action": "read", "source": source}).content)


def test_a_strangers_markup_stays_text(manager: Client, page: str) -> None:
    source = MESSAGE.replace("weft.coop", "<script>alert(1)</script>")
    assert "<script>alert(1)" not in manager.post(page, {"action": "read", "source": source}).content.decode()


def test_the_page_is_for_those_who_see_sendings(
    client: Client, page: str, author_user: Any, newsletter_manager_user: Any
) -> None:
    assert client.get(page).status_code == 302
    client.force_login(author_user)
    assert client.get(page, headers={"x-requested-with": "XMLHttpRequest"}).status_code == 403
    assert client.post(page, {"action": "read", "source": MESSAGE}).status_code in {302, 403}
    client.force_login(newsletter_manager_user)
    assert page in client.get(reverse("wagtailadmin_home")).content.decode()


def test_the_findings_are_a_table_for_everybody(
    manager: Client, page: str, newsletter: Newsletter, dns: FakeDns, settings: Any
) -> None:
    settings.MAIL, settings.ANYMAIL = "mailgun", {}
    dns.zone = {**GOOD_ZONE, ("_dmarc.weft.coop", "TXT"): ["v=DMARC1; p=nonsense"]}
    answer = manager.post(page, {"action": "look_up", "domain": "weft.coop"})
    (table,) = html.fromstring(answer.content).xpath("//table[contains(@class, 'deliverability-findings')]")
    assert table.xpath("string(caption)").strip()
    assert len(table.xpath("thead/tr/th[@scope='col']")) == 3
    rows = table.xpath("tbody/tr")
    assert all(row.xpath("th[@scope='row']") for row in rows)
    # The state is a word; the picture beside it is for those who see it.
    levels = [row.xpath("string(td[1])").strip() for row in rows]
    assert set(levels) == {"Good", "Does not work"}
    assert all(icon.get("aria-hidden") == "true" for icon in table.xpath(".//svg"))


def test_every_field_has_a_label(manager: Client, page: str, newsletter: Newsletter) -> None:
    tree = html.fromstring(manager.get(page).content)
    for name in ("domain", "selectors", "source"):
        (field,) = tree.xpath(f"//*[@name='{name}']")
        assert tree.xpath(f"//label[@for='{field.get('id')}']")
