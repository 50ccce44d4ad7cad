"""Amazon SES, up to the socket: boto3 talks to a server on this machine."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from anymail.exceptions import AnymailAPIError
from django.core.mail import EmailMessage, get_connection

from newsletter.sending.dialects import result_of_error
from newsletter.sending.outcomes import Verdict


class Server(ThreadingHTTPServer):
    """Counts the calls and answers all of them alike."""

    daemon_threads = True
    status = 500
    body = b'{"message": "no"}'
    kind = "InternalFailure"
    calls = 0


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.calls += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("x-amzn-ErrorType", self.server.kind)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


@pytest.fixture
def ses(settings: Any) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "newsletter.sending.dialects.amazon_ses.EmailBackend"
        settings.ANYMAIL = {
            "AMAZON_SES_CLIENT_PARAMS": {
                "endpoint_url": f"http://127.0.0.1:{server.server_port}",
                "region_name": "eu-west-1",
                "aws_access_key_id": "id",
                "aws_secret_access_key": "secret",
                # What somebody may have set: it must not come back.
                "config": {"retries": {"max_attempts": 4}},
            }
        }
        yield server
        server.shutdown()


def send() -> None:
    EmailMessage("-", "-", "news@weft.example", ["ana@readers.example"], connection=get_connection()).send()


@pytest.mark.parametrize(
    ("status", "kind", "verdict"),
    [
        (500, "InternalFailure", Verdict.UNKNOWN),
        (429, "TooManyRequestsException", Verdict.DEFERRED),
        (400, "SendingPausedException", Verdict.HALT),
    ],
)
def test_a_message_that_may_have_been_taken_is_not_sent_again_behind_our_back(
    ses: Server, status: int, kind: str, verdict: Verdict
) -> None:
    ses.status, ses.kind = status, kind
    with pytest.raises(AnymailAPIError) as raised:
        send()
    assert ses.calls == 1
    assert result_of_error(raised.value).verdict is verdict


def test_a_message_is_sent(ses: Server) -> None:
    ses.status, ses.body = 200, b'{"MessageId": "id"}'
    send()
    assert ses.calls == 1


def test_nobody_there_means_nothing_was_sent(ses: Server) -> None:
    ses.shutdown()
    ses.server_close()
    with pytest.raises(AnymailAPIError) as raised:
        send()
    assert result_of_error(raised.value).verdict is Verdict.DEFERRED
