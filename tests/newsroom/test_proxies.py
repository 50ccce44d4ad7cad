"""Whose address a sign-up notes when a web server stands in front."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from newsletter.audience.models import Newsletter, SubscriptionEvent
from newsroom.wsgi import application
from tests.audience.conftest import monthly  # noqa: F401


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A test's transaction lives on its connection; django.test.Client keeps that open the same way."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize(
    ("connection", "forwarded", "noted"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.0/24"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.0/24"),
        ("127.0.0.1", "", "127.0.0.0/24"),
        ("127.0.0.1", "no address", ""),
        ("192.0.2.7", "203.0.113.9", "192.0.2.0/24"),
    ],
)
def test_only_a_proxy_we_know_is_believed(
    monthly: Newsletter,  # noqa: F811
    connection: str,
    forwarded: str,
    noted: str,
) -> None:
    body = urlencode({"address": "ana@readers.example"}).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/subscribe/monthly/",
        "SERVER_NAME": "localhost",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": connection,
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    if forwarded:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    setup_testing_defaults(environ)
    answers: list[str] = []
    response = application(environ, lambda status, headers, exc_info=None: answers.append(status))
    response.close()
    assert answers == ["303 See Other"]
    assert SubscriptionEvent.objects.get(kind="requested").network == noted
