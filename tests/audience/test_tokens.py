import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience import tokens
from newsletter.audience.tokens import LinkSigner
from tests.audience.factories import SubscriptionFactory

ids = st.integers(min_value=1, max_value=2**63 - 1)


@given(subscriber_id=ids, newsletter_id=ids)
def test_an_unsubscribe_token_says_who_and_what(subscriber_id, newsletter_id):
    token = tokens.unsubscribe_token(subscriber_id, newsletter_id)
    assert tokens.read_unsubscribe_token(token) == (subscriber_id, newsletter_id)


@given(subscriber_id=ids)
def test_a_token_of_one_purpose_is_no_token_of_another(subscriber_id):
    preferences, unsubscribe = (
        tokens.preferences_token(subscriber_id),
        tokens.unsubscribe_token(subscriber_id, 1),
    )
    for token, read in [
        (preferences, tokens.read_unsubscribe_token),
        (preferences, tokens.read_confirmation_token),
        (unsubscribe, tokens.read_preferences_token),
        (unsubscribe, tokens.read_confirmation_token),
    ]:
        with pytest.raises(tokens.TokenInvalid):
            read(token)


@given(token=st.text(max_size=80))
def test_what_we_did_not_sign_is_refused(token):
    for read in (
        tokens.read_unsubscribe_token,
        tokens.read_preferences_token,
        tokens.read_confirmation_token,
    ):
        with pytest.raises(tokens.TokenInvalid):
            read(token)


def test_a_changed_number_breaks_the_signature():
    token = tokens.unsubscribe_token(12, 3)
    with pytest.raises(tokens.TokenInvalid):
        tokens.read_unsubscribe_token(token.replace("12-3", "13-3", 1))


def test_links_outlive_a_new_secret_key_but_not_a_new_subscriber_key(settings):
    token = tokens.preferences_token(7)
    settings.SECRET_KEY = "another secret key, longer than thirty-two characters"
    assert tokens.read_preferences_token(token) == 7
    settings.SUBSCRIBER_KEY = "another subscriber key, longer than thirty-two characters"
    with pytest.raises(tokens.TokenInvalid):
        tokens.read_preferences_token(token)


@pytest.mark.django_db
def test_a_confirmation_link_is_good_for_seven_days(clock):
    subscription = SubscriptionFactory(pending=True)
    token = tokens.confirmation_token(subscription)
    clock.advance(days=6, hours=23)
    subscription.refresh_from_db()
    assert tokens.read_confirmation_token(token) == tokens.Confirmation(
        subscription.pk, subscription.requested_at
    )
    clock.advance(hours=2)
    with pytest.raises(tokens.TokenExpired) as expired:
        tokens.read_confirmation_token(token)
    assert expired.value.subscription_id == subscription.pk


def test_an_unsubscribe_link_never_expires(clock):
    token = tokens.unsubscribe_token(12, 3)
    clock.advance(days=20 * 365)
    assert tokens.read_unsubscribe_token(token) == (12, 3)


def test_addresses_are_absolute_and_in_the_readers_language(settings):
    settings.BASE_URL = "https://weft.example"
    assert tokens.unsubscribe_url(12, 3, "en").startswith("https://weft.example/unsubscribe/12-3.")
    assert tokens.unsubscribe_url(12, 3, "es").startswith("https://weft.example/es/unsubscribe/12-3.")
    assert tokens.preferences_url(12, "fr").startswith("https://weft.example/fr/preferences/12.")
    assert tokens.sign_up_url("monthly", "es") == "https://weft.example/es/subscribe/monthly/"


def test_a_language_that_was_switched_off_falls_back_to_the_sites_own():
    assert "/unsubscribe/12-3." in tokens.unsubscribe_url(12, 3, "pt")
    assert "/pt/" not in tokens.unsubscribe_url(12, 3, "pt")


@pytest.mark.django_db
def test_the_links_of_a_mailing_cost_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        for subscriber_id in range(1, 50):
            tokens.unsubscribe_url(subscriber_id, 3, "es")
            tokens.preferences_url(subscriber_id, "es")


@given(st.binary(max_size=200) | st.text(max_size=200), st.text(min_size=1, max_size=100))
def test_our_signatures_are_djangos(value: bytes | str, key: str) -> None:
    ours, djangos = LinkSigner(key=key, salt="salt"), Signer(key=key, salt="salt", algorithm="sha256")
    assert ours.signature(value) == djangos.signature(value)
