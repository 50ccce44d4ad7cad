from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from tests.stories.factories import ImageFactory

pytestmark = pytest.mark.django_db


def test_an_uploaded_picture_is_served_and_may_be_kept(client: Client) -> None:
    rendition = ImageFactory().get_rendition("width-400")
    response = client.get(rendition.url)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "public, max-age=604800"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content)[:2] == b"\xff\xd8"


def test_a_picture_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    rendition = ImageFactory().get_rendition("width-400")
    first = client.get(rendition.url)
    first.close()
    assert client.get(rendition.url, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304


@pytest.mark.parametrize(
    "address",
    [
        "/media/documents/board.pdf",
        "/media/images/../documents/board.pdf",
        "/media/images/%2e%2e/documents/board.pdf",
        "/media/",
        "/media/images/",
    ],
)
def test_documents_are_not_served_past_their_permission_check(
    address: str, client: Client, settings: Any
) -> None:
    default_storage.save("documents/board.pdf", ContentFile(b"%PDF"))
    default_storage.save("images/mill.jpg", ContentFile(b"jpeg"))
    assert client.get(address).status_code == 404
