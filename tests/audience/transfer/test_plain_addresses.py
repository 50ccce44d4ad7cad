"""The short way gives the same answers as the long one, or does not answer."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.audience.addresses import normalise_address
from newsletter.audience.transfer.plain_addresses import PLAIN, normalised

LETTERS = st.text("aZ09-_.+'@ \t\u202e\u200bé=x", max_size=30)
LABEL = st.text("abcXYZ019-", min_size=1, max_size=66)
ADDRESSES = st.builds(
    lambda local, labels: f"{local}@{'.'.join(labels)}",
    st.text("abcXYZ019_+'-.", min_size=1, max_size=70),
    st.lists(
        st.one_of(LABEL, st.sampled_from(["org", "test", "local", "xn--4dbc", "arpa", "ab--cd"])),
        min_size=1,
        max_size=5,
    ),
)


def answer(function, raw):
    try:
        return function(raw)
    except ValidationError as error:
        return [fault.code for fault in error.error_list]


@settings(max_examples=600, deadline=None)
@given(st.one_of(LETTERS, ADDRESSES, st.text(max_size=20), st.emails()))
@example("Ana@Readers.ORG")
@example("ana@1.org")
@example("ana@readers.test")
@example("ana@xn--e1afmkfd.org")
@example(f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 57}.org")
@example(f"{'a' * 65}@readers.org")
@example(f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 58}.org")
@example("ana@readers.org\n")
def test_both_ways_answer_alike(raw):
    assert answer(normalised, raw) == answer(normalise_address, raw)


@pytest.mark.parametrize("raw", ["Ana.O'Neil+news@mail.Readers.org", "x@y.z"])
def test_ordinary_addresses_go_the_short_way(raw):
    assert PLAIN.fullmatch(raw)


def test_an_internationalised_domain_is_kept():
    assert normalised("ana@BÜCHER.example.org") == "ana@bücher.example.org"
