"""Fetching what strangers' documents point at, without letting them point at this machine or its network.

Every address is resolved once, checked, and connected to as checked: a name that answers differently the second time
(DNS rebinding) gains nothing. Redirects go through the same check.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext as _

MAX_REDIRECTS = 4
_CHUNK = 64 * 1024
_USER_AGENT = "Mozilla/5.0 (compatible; newsroom-import/1.0)"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, float], socket.socket]


class FetchError(Exception):
    """The message says why nothing came, in words for the person who started the import."""


def resolve(host: str, port: int) -> list[str]:
    """Every address of the host, as the system gives them: "0x7f.1" and "2130706433" come out as 127.0.0.1."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for _family, _kind, _protocol, _name, sockaddr in found))


def connect(address: str, port: int, timeout: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=timeout)


def is_public(address: IPAddress) -> bool:
    """Whether the address is somewhere out there; false for this machine, its network, and ways of writing those."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """`seconds` is for the whole fetch, redirects included: a server that drips bytes does not outlive it."""

    seconds: float = 30.0
    resolve: Resolve = resolve
    connect: Connect = connect

    def fetch(self, url: str, *, max_bytes: int) -> bytes:
        """The body behind an http or https address. Raises FetchError."""
        deadline = time.monotonic() + self.seconds
        for _attempt in range(MAX_REDIRECTS + 1):
            try:
                outcome = self._fetch_once(url, max_bytes, deadline)
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = str(error) or type(error).__name__
                raise FetchError(_("%(url)s: %(reason)s") % {"url": url, "reason": reason}) from error
            if isinstance(outcome, bytes):
                return outcome
            url = outcome
        raise FetchError(_("%(url)s: more than %(count)d redirects.") % {"url": url, "count": MAX_REDIRECTS})

    def _fetch_once(self, url: str, max_bytes: int, deadline: float) -> bytes | str:
        """The body, or the address of a redirect."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise FetchError(_("%(url)s: only http and https addresses are fetched.") % {"url": url[:200]})
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        address = self._checked_address(parts.hostname, port)
        # The socket is ours, so that it leads to the address that was checked and nowhere else.
        sock = self.connect(address, port, _left(deadline))
        # A timeout of the socket is for one read only; this ends the whole exchange.
        cut = threading.Timer(_left(deadline), lambda: _hang_up(sock))
        cut.daemon = True
        cut.start()
        try:
            if secure:
                sock = ssl.create_default_context().wrap_socket(
                    sock, server_hostname=parts.hostname, do_handshake_on_connect=False
                )
                sock.do_handshake()
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            with closing(_ask(sock, parts.netloc, target)) as response:
                if response.status in {301, 302, 303, 307, 308}:
                    return urljoin(url, response.headers.get("Location", ""))
                if response.status != 200:
                    names = {"url": url, "status": response.status}
                    raise FetchError(_("%(url)s: the server answered %(status)d.") % names)
                if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise FetchError(_("%(url)s: the server answered compressed, unasked.") % {"url": url})
                body = _read_body(response, max_bytes)
                _left(deadline)
                return body
        except (OSError, http.client.HTTPException):
            _left(deadline)  # says that it took too long, where that is the cause
            raise
        finally:
            cut.cancel()
            sock.close()

    def _checked_address(self, host: str, port: int) -> str:
        addresses = self.resolve(host, port)
        if not addresses:
            raise FetchError(_("%(host)s: no such host.") % {"host": host})
        for address in addresses:
            # One private address among public ones is an attack too: the connection might have chosen it.
            if not is_public(ipaddress.ip_address(address.partition("%")[0])):
                raise FetchError(
                    _(
                        "%(host)s leads to %(address)s, which is not on the public internet; it was not visited."
                    )
                    % {"host": host, "address": address}
                )
        return addresses[0]


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(_("it took too long."))
    return left


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _ask(sock: socket.socket, host: str, target: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("")
    connection.sock = sock
    headers = {"Host": host, "User-Agent": _USER_AGENT, "Accept-Encoding": "identity", "Connection": "close"}
    connection.request("GET", target, headers=headers)
    return connection.getresponse()


def _read_body(response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    too_large = FetchError(_("The answer is larger than %(limit)d MB.") % {"limit": max_bytes // 1024**2})
    if (response.length or 0) > max_bytes:
        raise too_large
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise too_large
    if response.length:
        raise http.client.IncompleteRead(bytes(body[:0]), response.length)
    return bytes(body)
