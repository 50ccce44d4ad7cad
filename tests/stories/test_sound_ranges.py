"""A sound is served in parts, as players ask for it."""

import pytest
from django.core.files.base import ContentFile
from django.http import HttpResponseBase
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from wagtail.documents.models import Document
from wagtail.models import Collection, CollectionViewRestriction

from stories.sound_ranges import _RANGE, AT_MOST, _bounds

WHOLE = bytes(range(250)) * 4

pytestmark = pytest.mark.django_db


@pytest.fixture
def sound() -> Document:
    return Document.objects.create(title="Bell", file=ContentFile(WHOLE, name="bell.mp3"))


def ask(client: Client, document: Document, **headers: str) -> HttpResponseBase:
    return client.get(document.url, headers=headers)


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response)


@pytest.mark.parametrize(
    ("asked", "part", "said"),
    [
        ("bytes=0-", WHOLE, "bytes 0-999/1000"),
        ("bytes=0-1", WHOLE[:2], "bytes 0-1/1000"),
        ("bytes=990-2000", WHOLE[990:], "bytes 990-999/1000"),
        ("bytes=-10", WHOLE[-10:], "bytes 990-999/1000"),
        ("bytes=-5000", WHOLE, "bytes 0-999/1000"),
    ],
)
def test_the_part_asked_for_is_sent(client, sound, asked, part, said):
    response = ask(client, sound, range=asked)
    assert response.status_code == 206
    assert body(response) == part
    assert response["Content-Range"] == said
    assert response["Content-Length"] == str(len(part))
    assert response["Content-Type"] == "audio/mpeg"


def test_a_long_sound_comes_in_parts_of_a_megabyte(client):
    long = Document.objects.create(title="Assembly", file=ContentFile(b"a" * (AT_MOST + 5), name="long.m4a"))
    response = ask(client, long, range="bytes=0-")
    assert response["Content-Range"] == f"bytes 0-{AT_MOST - 1}/{AT_MOST + 5}"
    rest = ask(client, long, range=f"bytes={AT_MOST}-")
    assert body(rest) == b"a" * 5


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5-2", "bytes=-0", "bytes=-"])
def test_a_part_that_is_not_there_is_refused_with_the_size(client, sound, asked):
    response = ask(client, sound, range=asked)
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize("asked", ["", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b", "bytes=٣-"])
def test_anything_else_gets_the_whole(client, sound, asked):
    response = ask(client, sound, range=asked)
    assert response.status_code == 200
    assert body(response) == WHOLE


def test_a_part_of_a_file_that_was_replaced_is_not_mixed_with_the_new_one(client, sound):
    assert ask(client, sound, range="bytes=5-9", if_range='"of another file"').status_code == 200
    etag = ask(client, sound)["ETag"]
    assert ask(client, sound, range="bytes=5-9", if_range=etag).status_code == 206


def test_other_documents_are_sent_whole(client):
    minutes = Document.objects.create(title="Minutes", file=ContentFile(WHOLE, name="minutes.pdf"))
    assert ask(client, minutes, range="bytes=0-1").status_code == 200


def test_a_sound_for_members_is_not_given_away_in_parts(client, sound):
    members = Collection.get_first_root_node().add_child(name="Members")
    CollectionViewRestriction.objects.create(collection=members, restriction_type="login")
    Document.objects.update(collection=members)
    assert ask(client, sound, range="bytes=0-1").status_code == 302


def test_a_sound_whose_file_is_gone_is_not_found(client, sound):
    sound.file.storage.delete(sound.file.name)
    assert ask(client, sound, range="bytes=0-1").status_code == 404


@given(st.from_regex(_RANGE, fullmatch=True), st.integers(min_value=0, max_value=10**6))
def test_no_part_reaches_beyond_the_file(asked, size):
    found = _RANGE.fullmatch(asked)
    first, last = _bounds(found["first"], found["last"], size)
    assert first > last or 0 <= first <= last < size
