"""The real way through dnspython: a small name server on loopback answers, badly at times."""

import socket
import struct
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from newsletter.sending.deliverability.lookups import LONGEST_VALUE, MOST_VALUES, Lookups, Outcome

LONG = "v=DKIM1; p=" + "A" * 600


def zone(name: str, kind: str) -> "list[str] | int | bytes | None":
    """Records as text, an error code, bytes that are no answer, or None for silence."""
    if name == "silent.weft.coop.":
        return None
    if name == "garbage.weft.coop.":
        return b"\xff\xff not a message"
    if name == "broken.weft.coop.":
        return dns.rcode.SERVFAIL
    if name == "loop.weft.coop.":
        return ["loop.weft.coop. 60 IN CNAME pool.weft.coop.", "pool.weft.coop. 60 IN CNAME loop.weft.coop."]
    texts = {
        ("weft.coop.", "TXT"): ['weft.coop. 60 IN TXT "v=spf1 include:" "mailgun.org ~all"'],
        ("weft.coop.", "MX"): ["weft.coop. 60 IN MX 20 late.weft.coop.", "weft.coop. 60 IN MX 5 Early.weft.coop."],
        ("null.weft.coop.", "MX"): ["null.weft.coop. 60 IN MX 0 ."],
        ("3.2.1.185.in-addr.arpa.", "PTR"): ["3.2.1.185.in-addr.arpa. 60 IN PTR mail.weft.coop."],
        ("mail.weft.coop.", "AAAA"): ["mail.weft.coop. 60 IN AAAA 2a00:0:0::25"],
        ("key._domainkey.weft.coop.", "TXT"): [
            "key._domainkey.weft.coop. 60 IN CNAME key.service.net.",
            f'key.service.net. 60 IN TXT "{LONG[:255]}" "{LONG[255:510]}" "{LONG[510:]}"',
        ],
        ("huge.weft.coop.", "TXT"): [
            f'huge.weft.coop. 60 IN TXT {n} ' + " ".join(f'"{"x" * 250}"' for _part in range(20)) for n in range(12)
        ],
        ("many.weft.coop.", "A"): [f"many.weft.coop. 60 IN A 185.0.{n // 250}.{n % 250 + 1}" for n in range(300)],
        ("odd.weft.coop.", "TXT"): ['odd.weft.coop. 60 IN TXT "caf\\233 \\000 ok"'],
    }  # fmt: skip
    if (name, kind) in texts:
        return texts[(name, kind)]
    return [] if any(known == name for known, _kind in texts) else dns.rcode.NXDOMAIN


def reply_to(wire: bytes) -> "bytes | None":
    query = dns.message.from_wire(wire)
    question = query.question[0]
    kind = dns.rdatatype.to_text(question.rdtype)
    records = zone(question.name.to_text().lower(), kind)
    if records is None or isinstance(records, bytes):
        return records
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.RA
    if isinstance(records, int):
        reply.set_rcode(dns.rcode.from_flags(records, 0))
    else:
        for line in records:
            name, ttl, _class, type_, data = line.split(" ", 4)
            rdata = dns.rrset.from_text(name, int(ttl), "IN", type_, data)
            reply.find_rrset(reply.answer, rdata.name, rdata.rdclass, rdata.rdtype, create=True).update(rdata)
    return reply.to_wire(max_size=65535)


class NameServer:
    """UDP and, for answers that do not fit, TCP on the same port of 127.0.0.1."""

    def __init__(self) -> None:
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # TCP first: a free port of its many is nearly always free of UDP, too, and not the other way round.
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp.bind(("127.0.0.1", self.port))
        self.asked: list[str] = []
        self.threads = [threading.Thread(target=run, daemon=True) for run in (self._udp, self._tcp)]
        for thread in self.threads:
            thread.start()

    def _udp(self) -> None:
        while True:
            wire, client = self.udp.recvfrom(4096)
            if wire == b"stop":
                return
            self.asked.append(dns.message.from_wire(wire).question[0].name.to_text())
            reply = reply_to(wire)
            if reply is not None and len(reply) > 1200:
                truncated = dns.message.make_response(dns.message.from_wire(wire))
                truncated.flags |= dns.flags.TC | dns.flags.RA
                reply = truncated.to_wire()
            if reply is not None:
                self.udp.sendto(reply, client)

    def _tcp(self) -> None:
        while True:
            client, _address = self.tcp.accept()
            with client, client.makefile("rb") as stream:
                header = stream.read(2)
                if len(header) < 2:
                    return
                reply = reply_to(stream.read(struct.unpack("!H", header)[0])) or b""
                client.sendall(struct.pack("!H", len(reply)) + reply)

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", ("127.0.0.1", self.port))
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self.threads:
            thread.join(5)
        self.udp.close()
        self.tcp.close()


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    server = NameServer()
    yield server
    server.stop()


@pytest.fixture
def resolver(server: NameServer) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = server.port
    return resolver


@pytest.fixture
def ask(resolver: dns.resolver.Resolver) -> Lookups:
    return Lookups(resolver)


def test_strings_of_one_record_are_put_together(ask: Lookups) -> None:
    assert ask("weft.coop", "TXT").values == ("v=spf1 include:mailgun.org ~all",)


def test_an_alias_is_followed_to_the_key_and_a_long_key_is_whole(ask: Lookups) -> None:
    assert ask("key._domainkey.weft.coop", "TXT").values == (LONG,)


def test_mail_servers_come_best_first_and_none_at_all_is_an_empty_name(ask: Lookups) -> None:
    assert ask("weft.coop", "MX").values == ("early.weft.coop", "late.weft.coop")
    assert ask("null.weft.coop", "MX").values == ("",)


def test_names_and_addresses(ask: Lookups) -> None:
    assert ask("3.2.1.185.in-addr.arpa", "PTR").values == ("mail.weft.coop",)
    assert ask("mail.weft.coop", "AAAA").values == ("2a00::25",)


def test_no_such_name_and_no_such_record_are_told_apart(ask: Lookups) -> None:
    assert ask("nowhere.coop", "TXT").outcome is Outcome.NO_NAME
    assert ask("mail.weft.coop", "MX").outcome is Outcome.NO_RECORD


def test_a_server_in_trouble_and_aliases_in_a_circle_are_no_answer(ask: Lookups) -> None:
    assert ask("broken.weft.coop", "TXT").outcome is Outcome.FAILED
    assert ask("loop.weft.coop", "TXT").outcome is Outcome.FAILED


@pytest.mark.parametrize("name", ["silent.weft.coop", "garbage.weft.coop"])
def test_who_does_not_answer_is_not_waited_for(resolver: dns.resolver.Resolver, name: str) -> None:
    answer = Lookups(resolver, seconds_per_question=0.2)(name, "TXT")
    assert answer.outcome in {Outcome.TOO_SLOW, Outcome.FAILED}
    assert not answer.is_known


def test_when_the_time_is_up_nobody_is_asked_any_more(
    server: NameServer, resolver: dns.resolver.Resolver
) -> None:
    before = len(server.asked)
    assert Lookups(resolver, seconds_in_all=0)("weft.coop", "TXT").outcome is Outcome.TOO_SLOW
    assert len(server.asked) == before


def test_the_same_question_is_asked_once(server: NameServer, ask: Lookups) -> None:
    before = len(server.asked)
    assert ask("Weft.coop.", "TXT") == ask("weft.coop", "TXT")
    assert len(server.asked) == before + 1


def test_huge_answers_are_cut(ask: Lookups) -> None:
    assert max(len(text) for text in ask("huge.weft.coop", "TXT").values) == LONGEST_VALUE
    assert len(ask("many.weft.coop", "A").values) == MOST_VALUES


def test_bytes_that_are_no_text_do_no_harm(ask: Lookups) -> None:
    assert ask("odd.weft.coop", "TXT").values == ("caf\\xe9 \0 ok",)


@pytest.mark.parametrize("name", ["a" * 64 + ".coop", "a." * 150 + "coop", "a..coop", "\\400.coop"])
def test_names_that_cannot_be_are_not_there(ask: Lookups, name: str) -> None:
    assert ask(name, "TXT").outcome is Outcome.NO_NAME


def test_a_machine_without_name_servers_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_configuration(*_args: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", no_configuration)
    assert Lookups()("weft.coop", "TXT").outcome is Outcome.FAILED
