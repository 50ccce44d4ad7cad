import re
from datetime import timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from newsletter.audience.forms import consent_words
from newsletter.audience.models import Subscriber, Subscription, SubscriptionEvent
from tests.audience.conftest import after_commit, waiting_answers, work_off
from tests.audience.factories import (
    NewsletterFactory,
    NewsletterTextFactory,
    SubscriberFactory,
    SubscriptionFactory,
    SuppressionFactory,
)
from tests.stories.factories import PlaceFactory, TopicFactory, locale_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    """A visitor's browser, which would send a CSRF token if it had one."""
    return Client(SERVER_NAME="localhost", enforce_csrf_checks=True)


def post(browser, path="/subscribe/monthly/", **typed):
    with after_commit():
        return browser.post(path, typed, REMOTE_ADDR="192.0.2.77")


def test_the_list_of_newsletters_has_a_form_for_each(browser, monthly):
    NewsletterTextFactory(newsletter=NewsletterFactory(slug="weekly"), name="Weft Weekly")
    page = browser.get("/subscribe/").content.decode()
    assert 'action="/subscribe/monthly/"' in page
    assert 'action="/subscribe/weekly/"' in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_list_page_asks_the_database_the_same_whatever_the_size_of_the_list(
    browser, monthly, django_assert_max_num_queries
):
    for _reader in range(10):
        SubscriptionFactory(newsletter=monthly)
    browser.get("/subscribe/monthly/")
    with django_assert_max_num_queries(20):
        browser.get("/subscribe/monthly/")


def test_a_visitor_signs_up_and_is_sent_to_their_mailbox(browser, monthly):
    topic = TopicFactory(name="Housing")
    answer = post(
        browser, address="ana@readers.example", name="Ana", topics=[str(topic.translation_key)], language="en"
    )
    assert (answer.status_code, answer["Location"]) == (303, "/subscribe/sent/")
    assert browser.get("/subscribe/sent/").status_code == 200
    assert work_off() == 1
    assert mail.outbox[0].to == ["ana@readers.example"]
    reader = Subscriber.objects.get()
    assert reader.name == "Ana"
    assert [choice.topic_key for choice in reader.topic_choices.all()] == [topic.translation_key]
    event = SubscriptionEvent.objects.get(kind="requested")
    assert event.network == "192.0.2.0/24"
    assert event.origin == "/subscribe/monthly/"
    assert event.text == consent_words(monthly.in_language("en"))


def test_the_words_in_the_evidence_are_the_words_on_the_page(browser, monthly):
    page = browser.get("/subscribe/monthly/").content.decode()
    post(browser, address="ana@readers.example")
    assert SubscriptionEvent.objects.get().text in page


def test_the_small_form_needs_the_address_only(browser, monthly):
    assert post(browser, address="ana@readers.example").status_code == 303
    assert Subscription.objects.get().status == "pending"


def test_the_confirmation_comes_in_the_language_of_the_page(browser, monthly):
    NewsletterTextFactory(newsletter=monthly, locale=locale_of("es"), name="Trama Mensual")
    post(browser, path="/es/subscribe/monthly/", address="ana@readers.example", language="es")
    work_off()
    [message] = mail.outbox
    assert "Trama Mensual" in message.subject
    assert "/es/confirm/" in message.body


def states_of_an_address(newsletter):
    """An address in every state the list knows."""
    SubscriptionFactory(newsletter=newsletter, subscriber__email="confirmed@readers.example")
    SubscriptionFactory(newsletter=newsletter, subscriber__email="pending@readers.example", pending=True)
    SubscriptionFactory(newsletter=newsletter, subscriber__email="left@readers.example", unsubscribed=True)
    SubscriberFactory(email="elsewhere@readers.example")
    for reason in ("complaint", "hard_bounce", "staff", "erased"):
        SuppressionFactory(address=f"{reason}@readers.example", reason=reason)
    SuppressionFactory(address="confirmed-complaint@readers.example")
    SubscriptionFactory(newsletter=newsletter, subscriber__email="confirmed-complaint@readers.example")
    names = [
        "unknown",
        "confirmed",
        "pending",
        "left",
        "elsewhere",
        "complaint",
        "hard_bounce",
        "staff",
        "erased",
        "confirmed-complaint",
    ]
    return [f"{name}@readers.example" for name in names]


def test_nobody_can_find_out_who_is_on_the_list(browser, monthly):
    answers, pages = set(), set()
    for address in states_of_an_address(monthly):
        before = len(waiting_answers())
        answer = post(browser, address=address)
        answers.add((answer.status_code, answer.content, tuple(sorted(answer.headers.items()))))
        page = browser.get(answer["Location"])
        pages.add((page.status_code, page.content, tuple(sorted(page.headers.items()))))
        assert len(waiting_answers()) == before + 1, address
    assert len(answers) == len(pages) == 1


def test_no_page_of_the_list_sets_a_cookie(browser, monthly):
    for path in ("/subscribe/", "/subscribe/monthly/", "/subscribe/sent/"):
        assert not browser.get(path).cookies
    assert not post(browser, address="ana@readers.example").cookies
    assert not post(browser, address="no address").cookies
    assert not browser.cookies


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"address": ""}, "Write your e-mail address here."),
        ({"address": "ana"}, "exactly one @"),
        ({"address": "ana@b"}, "there must be a domain"),
        ({"address": "a" * 255 + "@readers.example"}, "longer than an address can be"),
        ({"address": "ana@readers.example\nBcc: all@readers.example"}, "U+000A line break"),
        ({"address": "ana@readers.example", "name": "Ana\nBcc: all@readers.example"}, "U+000A line break"),
        ({"address": "ana@readers.example", "name": "\u202eanA"}, "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ({"address": "ana@readers.example", "name": "A" * 121}, "at most 120 characters"),
        ({"address": "ana@readers.example", "topics": ["deleted"]}, "no longer there"),
        ({"address": "ana@readers.example", "place": str(uuid4())}, "no longer there"),
        ({"address": "ana\x00@readers.example"}, "Null characters"),
    ],
)
def test_bad_input_is_refused_in_words_and_nothing_is_kept(browser, monthly, typed, words):
    answer = post(browser, **typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Subscriber.objects.exists()
    assert not SubscriptionEvent.objects.exists()
    assert waiting_answers() == []


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(browser, monthly):
    topic = TopicFactory()
    page = post(
        browser, address='ana"><b>', name="Ana María", topics=[str(topic.translation_key)], language="en"
    ).content.decode()
    assert 'value="ana&quot;&gt;&lt;b&gt;"' in page
    assert 'value="Ana María"' in page
    assert f'value="{topic.translation_key}" id="id_topics_0" checked' in page or re.search(
        rf'value="{topic.translation_key}"[^>]*checked', page
    )
    field = re.search(r'<input type="email"[^>]*>', page).group(0)
    assert 'aria-invalid="true"' in field
    described_by = re.search(r'aria-describedby="([^"]+)"', field).group(1)
    assert re.search(rf'<p class="error" id="{described_by}">[^<]*exactly one @', page)


def test_a_program_that_fills_in_everything_gets_the_same_answer_and_nothing_happens(browser, monthly):
    answer = post(browser, address="ana@readers.example", website="https://spam.example")
    assert (answer.status_code, answer["Location"]) == (303, "/subscribe/sent/")
    assert not Subscriber.objects.exists()
    assert waiting_answers() == []


def test_an_unknown_newsletter_is_not_found(browser, identity):
    assert browser.get("/subscribe/nothing/").status_code == 404
    assert post(browser, path="/subscribe/nothing/", address="ana@readers.example").status_code == 404


def test_a_visitor_may_say_where_they_live_in_their_own_language(browser, monthly):
    halse = PlaceFactory(name="Halse")
    translated = halse.copy_for_translation(locale_of("es"))
    translated.name, translated.slug = "Halsa", "halsa"
    translated.save()
    page = browser.get("/es/subscribe/monthly/").content.decode()
    assert f'<option value="{halse.translation_key}">Halsa</option>' in page
    post(
        browser,
        path="/es/subscribe/monthly/",
        address="ana@readers.example",
        place=str(halse.translation_key),
    )
    assert Subscriber.objects.get().place_key == halse.translation_key


def test_without_places_nobody_is_asked_for_one(browser, monthly):
    assert "Where you live or work" not in browser.get("/subscribe/monthly/").content.decode()


def test_who_comes_from_a_topic_finds_it_ticked(browser, monthly):
    food, housing = TopicFactory(name="Food"), TopicFactory(name="Housing")

    def ticked(address: str) -> list[str]:
        page = BeautifulSoup(browser.get(address, follow=True).content, "html.parser")
        return [box["value"] for box in page.select("input[type=checkbox][checked]")]

    wished = f"/subscribe/?topic={food.translation_key}"
    assert ticked(wished) == [str(food.translation_key)]
    assert browser.get(wished)["Location"] == f"/subscribe/monthly/?topic={food.translation_key}"
    assert ticked("/subscribe/?topic=%22%3E%00nothing") == []
    NewsletterTextFactory(newsletter=NewsletterFactory(slug="weekly"), name="Weft Weekly")
    assert ticked(wished) == [str(food.translation_key)] * 2
    page = BeautifulSoup(browser.get(wished).content, "html.parser")
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    post(browser, address="ana@readers.example", topics=[str(food.translation_key)])
    assert [choice.topic_key for choice in Subscriber.objects.get().topic_choices.all()] == [
        food.translation_key
    ]
    assert housing.name in page.get_text()


def test_the_day_of_the_next_edition_stands_beside_the_sign_up_until_it_has_passed(browser, monthly):
    def shown() -> str:
        return browser.get("/subscribe/monthly/").content.decode()

    assert "The next edition" not in shown()
    monthly.next_edition = timezone.localdate(timezone=monthly.zone)
    monthly.save()
    assert f'The next edition: <time datetime="{monthly.next_edition.isoformat()}">' in shown()
    monthly.next_edition -= timedelta(days=1)
    monthly.save()
    assert "The next edition" not in shown()


# --- Caches -----------------------------------------------------------------------------------------
PAGES = [
    "/subscribe/",
    "/subscribe/monthly/",
    "/es/subscribe/monthly/",
    "/subscribe/monthly/embed/",
    "/subscribe/sent/",
    "/preferences/",
    "/preferences/sent/",
]


@pytest.mark.parametrize("path", PAGES)
def test_any_cache_may_keep_the_pages(browser, monthly, administrator, path):
    page = browser.get(path)
    kept = {part.strip() for part in page["Cache-Control"].split(",")}
    assert {"public", "max-age=300"} == kept
    assert "cookie" not in page.get("Vary", "").lower()
    assert not page.cookies
    assert "csrf" not in page.content.decode().lower()
    # Who is logged in gets the very same page, so a cache cannot pass on theirs.
    browser.force_login(administrator)
    again = browser.get(path)
    assert again.content == page.content
    assert not again.cookies


@pytest.mark.parametrize("path", ["/subscribe/monthly/", "/preferences/"])
def test_no_cache_keeps_an_answer_to_a_form(browser, monthly, path):
    for address in ("ana@readers.example", "no address"):
        assert post(browser, path=path, address=address)["Cache-Control"] == "no-store"


# --- The form on other sites ------------------------------------------------------------------------
def embedded(browser, path):
    page = BeautifulSoup(browser.get(path).content.decode(), "html.parser")
    return BeautifulSoup(page.find("textarea").string, "html.parser").find("form")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_form_for_other_sites_works_from_there(browser, monthly, settings, language):
    settings.BASE_URL = "https://weft.example"
    NewsletterTextFactory(newsletter=monthly, locale=locale_of("es"), name="Trama <Mensual>")
    prefix = "" if language == "en" else f"/{language}"
    form = embedded(browser, f"{prefix}/subscribe/monthly/embed/")
    assert (form["method"], form["lang"]) == ("post", language)
    assert form["action"] == f"https://weft.example{prefix}/subscribe/monthly/"
    assert not form.find_all(["script", "link", "img", "iframe"])
    assert form.find("a")["href"].startswith("https://weft.example/")
    assert consent_words(monthly.in_language("en")) in form.text or language == "es"
    for field in form.find_all("input", type=["email", "text"]):
        assert form.find("label", attrs={"for": field["id"]}), field["name"]
    typed = {field["name"]: field.get("value", "") for field in form.find_all("input")}
    assert typed["website"] == ""
    with after_commit():
        answer = browser.post(
            form["action"].removeprefix("https://weft.example"),
            {**typed, "address": "ana@readers.example"},
            headers={"origin": "https://friends.example", "referer": "https://friends.example/"},
        )
    assert (answer.status_code, answer["Location"]) == (303, f"{prefix}/subscribe/sent/")
    assert Subscriber.objects.get().language == language


def test_a_program_that_fills_in_the_form_on_another_site_changes_nothing(browser, monthly):
    form = embedded(browser, "/subscribe/monthly/embed/")
    typed = {field["name"]: "https://spam.example" for field in form.find_all("input")}
    post(browser, **{**typed, "address": "ana@readers.example"})
    assert not Subscriber.objects.exists()


def test_there_is_no_form_for_a_newsletter_that_does_not_exist(browser, identity):
    assert browser.get("/subscribe/nothing/embed/").status_code == 404


# --- The form on other pages ------------------------------------------------------------------------
def draw(slug, times=1):
    template = Template("{% load sign_up %}" + "{% sign_up_form slug %}" * times)
    return template.render(Context({"request": RequestFactory().get("/"), "slug": slug}))


def test_the_form_can_stand_on_any_page_and_twice(monthly):
    drawn = draw("monthly", times=2)
    assert drawn.count('action="/subscribe/monthly/"') == 2
    ids = re.findall(r' id="([^"]+)"', drawn)
    assert len(ids) == len(set(ids))
    assert "Get Weft Monthly" in drawn


@pytest.mark.parametrize("slug", ["closed", "", None])
def test_a_page_with_a_closed_newsletter_still_shows(identity, slug, caplog):
    assert draw(slug).strip() == ""
    assert "does not exist" in caplog.text


def test_the_form_needs_no_request(monthly):
    assert "Get Weft Monthly" in Template("{% load sign_up %}{% sign_up_form 'monthly' %}").render(Context())


# --- The mails --------------------------------------------------------------------------------------
def test_the_confirmation_mail_reads_well_in_both_forms(browser, monthly):
    post(browser, address="ana@readers.example", name="Click http://spam.example")
    work_off()
    [message] = mail.outbox
    html = message.alternatives[0].content
    url = re.search(r"http://localhost/confirm/\S+", message.body).group(0)
    assert html.count(f'href="{url}"') == 2
    assert message.from_email == "Weft <news@weft.example>"
    assert message.reply_to == ["desk@weft.example"]
    assert "4 Mill Lane, Halse" in html
    assert "4 Mill Lane, Halse" in message.body
    assert "spam.example" not in html + message.body + message.subject
    assert "<img" not in html
    assert message.extra_headers["Auto-Submitted"] == "auto-replied"
    assert message.message()["Subject"] == "Confirm: Weft Monthly"


def test_an_ampersand_in_a_name_is_not_escaped_in_plain_text(monthly):
    monthly.texts.update(name="Bread & Roses <monthly>")
    post(Client(SERVER_NAME="localhost"), address="ana@readers.example")
    work_off()
    [message] = mail.outbox
    assert "Bread & Roses <monthly>" in message.body
    assert "Bread &amp; Roses &lt;monthly&gt;" in message.alternatives[0].content
