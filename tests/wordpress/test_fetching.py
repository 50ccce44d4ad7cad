"""Addresses chosen by strangers: none may lead back to this machine or its network."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from stories.wordpress.blocks import Picture
from stories.wordpress.fetching import Fetcher, FetchError, resolve
from stories.wordpress.picture_files import check_picture, fetch_pictures

PUBLIC = "93.184.215.14"


def png(size: tuple[int, int] = (4, 3)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "#C4261D").save(buffer, "PNG")
    return buffer.getvalue()


class _OldSite(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        match self.path:
            case "/loaf.png":
                self._answer(png())
            case "/large":
                self._answer(b"x" * 3000)
            case "/unmeasured":
                self._answer(b"x" * 3000, measured=False)
            case "/drip":
                self.send_response(200)
                self.end_headers()
                self.server.stop_dripping.wait(20)  # type: ignore[attr-defined]
            case "/squeezed":
                self._answer(b"x", **{"Content-Encoding": "gzip"})
            case "/cut":
                self._answer(b"x", **{"Content-Length": "9"})
            case "/round":
                self._redirect("/round")
            case path if path.startswith("/to/"):
                self._redirect("http://" + path.removeprefix("/to/"))
            case _:
                self.send_error(404)

    def _answer(self, body: bytes, measured: bool = True, **headers: str) -> None:
        self.send_response(200)
        if measured:
            headers = {"Content-Length": str(len(body)), **headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, location: str) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def old_site() -> Iterator[Fetcher]:
    """A fetcher for whom site.example is a public address, behind which a server on this machine answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OldSite)
    server.stop_dripping = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def names(host: str, port: int) -> list[str]:
        return [PUBLIC] if host == "site.example" else resolve(host, port)

    def wire(address: str, port: int, timeout: float) -> socket.socket:
        assert address == PUBLIC, "connected to an address that was never checked"
        return socket.create_connection(("127.0.0.1", server.server_port), timeout=timeout)

    yield Fetcher(seconds=5, resolve=names, connect=wire)
    server.stop_dripping.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def never(address: str, port: int, timeout: float) -> socket.socket:
    raise AssertionError(f"connected to {address}")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "10.0.0.8", "172.16.3.4",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "[::1]", "[::]",
        "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]",
        "[fd00::1]", "[ff02::1]", "[fec0::1]",
    ],
)  # fmt: skip
def test_addresses_of_this_machine_and_its_network_are_not_visited(host: str) -> None:
    with pytest.raises(FetchError, match="not on the public internet"):
        Fetcher(connect=never).fetch(f"http://{host}/", max_bytes=100)


@pytest.mark.parametrize("answers", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1"], ["fe80::1%eth0"]])
def test_a_name_that_leads_home_is_not_visited(answers: list[str]) -> None:
    fetcher = Fetcher(resolve=lambda host, port: answers, connect=never)
    with pytest.raises(FetchError, match="not on the public internet"):
        fetcher.fetch("https://site.example/", max_bytes=100)


def test_a_name_that_changes_its_answer_is_asked_once(old_site: Fetcher) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    fetcher = Fetcher(seconds=5, resolve=lambda host, port: next(answers), connect=old_site.connect)
    assert fetcher.fetch("http://rebinding.example/loaf.png", max_bytes=9999) == png()


@pytest.mark.parametrize("target", ["127.0.0.1/loaf.png", "169.254.169.254/latest/", "[::1]/", "localhost/"])
def test_a_redirect_home_is_not_followed(old_site: Fetcher, target: str) -> None:
    with pytest.raises(FetchError, match="not on the public internet"):
        old_site.fetch(f"http://site.example/to/{target}", max_bytes=9999)


def test_a_redirect_elsewhere_is_followed(old_site: Fetcher) -> None:
    assert old_site.fetch("http://site.example/to/site.example/loaf.png", max_bytes=9999) == png()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("large", "larger than"),
        ("unmeasured", "larger than"),
        ("squeezed", "compressed"),
        ("cut", "IncompleteRead"),
        ("round", "more than 4 redirects"),
        ("to/file.example:notaport/", "ort could not be cast"),
        ("none", "answered 404"),
    ],
)
def test_a_bad_answer_has_a_reason(old_site: Fetcher, path: str, message: str) -> None:
    with pytest.raises(FetchError, match=message):
        old_site.fetch(f"http://site.example/{path}", max_bytes=2000)


def test_a_server_that_never_finishes_is_left(old_site: Fetcher) -> None:
    hurried = Fetcher(seconds=0.3, resolve=old_site.resolve, connect=old_site.connect)
    began = time.monotonic()
    with pytest.raises(FetchError, match=r"too long|timed out"):
        hurried.fetch("http://site.example/drip", max_bytes=100)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://site.example/",
        "gopher://x/",
        "http://",
        "http://a:b@site.example/",
        "//x",
    ],
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(FetchError, match="only http and https"):
        Fetcher(connect=never).fetch(url, max_bytes=100)


def test_a_picture_is_looked_at_before_it_is_believed(old_site: Fetcher) -> None:
    files, missing = fetch_pictures(
        [
            Picture("http://site.example/loaf-300x200.png", ("http://site.example/loaf.png",)),
            Picture("http://site.example/large"),
            Picture("http://169.254.169.254/latest/meta-data/"),
        ],
        old_site,
    )
    assert {address: file.name for address, file in files.items()} == {
        "http://site.example/loaf-300x200.png": "loaf.png"
    }
    assert "no picture" in missing["http://site.example/large"]
    assert "not on the public internet" in missing["http://169.254.169.254/latest/meta-data/"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        png()[:-30],
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
    ],
)
def test_what_is_no_whole_raster_picture_is_refused(content: bytes) -> None:
    with pytest.raises(FetchError):
        check_picture(content)


def test_a_picture_with_too_many_pixels_is_refused_unopened() -> None:
    buffer = BytesIO()
    Image.new("1", (10_000, 6_000)).save(buffer, "PNG")
    with pytest.raises(FetchError, match="more than 50000000 pixels"):
        check_picture(buffer.getvalue())
