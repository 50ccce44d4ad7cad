"""An IMAP server with one folder, as small as the bounce mailbox's reader allows (RFC 9051)."""

import datetime
import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "bounces@news.weft.example", 'a "quoted" pass/word'
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass
class Stored:
    raw: bytes
    flags: set[str] = field(default_factory=set)
    arrived: datetime.date = field(default_factory=datetime.date.today)


class ImapServer(socketserver.ThreadingTCPServer):
    """`said` is what clients wrote, with "(clear)" before what was not encrypted."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, context: ssl.SSLContext, *, tls_at_once: bool, starttls: bool = True, keywords: bool = True
    ) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.context, self.tls_at_once, self.starttls, self.keywords = (
            context,
            tls_at_once,
            starttls,
            keywords,
        )
        self.letters: dict[int, Stored] = {}
        self.said: list[str] = []
        self.hang_up_on: str | None = None

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def keep(self, *letters: bytes) -> None:
        for raw in letters:
            self.letters[len(self.letters) + 1] = Stored(raw)

    def flags(self) -> list[set[str]]:
        return [letter.flags for letter in self.letters.values()]


class Conversation(socketserver.BaseRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        self.secure = False
        if self.server.tls_at_once and not self.encrypt():
            return
        self.stream = self.request.makefile("rb")
        self.send(b"* OK ready")
        while line := self.stream.readline():
            text = line.decode().rstrip("\r\n")
            self.server.said.append(text if self.secure else f"(clear) {text}")
            tag, _space, command = text.partition(" ")
            if self.server.hang_up_on and self.server.hang_up_on in command:
                return
            answer = self.answer(command)
            self.send(f"{tag} {answer}".encode())
            if command == "LOGOUT":
                return
            if command == "STARTTLS" and answer.startswith("OK"):
                if not self.encrypt():
                    return
                self.stream = self.request.makefile("rb")

    def encrypt(self) -> bool:
        """False where the client does not trust us."""
        try:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        except OSError:
            return False
        self.secure = True
        return True

    def send(self, line: bytes) -> None:
        self.request.sendall(line + b"\r\n")

    def answer(self, command: str) -> str:
        word = command.split()[0]
        if word == "CAPABILITY":
            self.send(b"* CAPABILITY IMAP4rev1" + (b" STARTTLS" if self.server.starttls else b""))
        elif word == "LOGIN":
            quoted = PASSWORD.replace('"', '\\"')
            if command != f'LOGIN {USER} "{quoted}"':
                return "NO [AUTHENTICATIONFAILED] Authentication failed."
        elif word == "SELECT":
            if command != 'SELECT "Bounces/Weft news"':
                return "NO no such folder"
            self.send(b"* %d EXISTS" % len(self.server.letters))
            self.send(
                b"* OK [PERMANENTFLAGS (\\Seen \\Deleted" + (b" \\*" if self.server.keywords else b"") + b")]"
            )
            return "OK [READ-WRITE] selected"
        elif word == "LOGOUT":
            self.send(b"* BYE")
        elif command.startswith("UID "):
            return self.by_uid(command.removeprefix("UID "))
        elif word != "STARTTLS":
            return "BAD unknown"
        return "OK done"

    def by_uid(self, command: str) -> str:
        if searched := re.fullmatch(
            r"SEARCH (?:UNKEYWORD (\w+)|(UNSEEN)) UNDELETED SINCE (\d\d)-(\w{3})-(\d{4})", command
        ):
            without = searched[1] or "\\Seen"
            since = datetime.date(int(searched[5]), MONTHS.index(searched[4]) + 1, int(searched[3]))
            found = [
                str(uid)
                for uid, letter in self.server.letters.items()
                if not letter.flags & {without, "\\Deleted"} and letter.arrived >= since
            ]
            self.send(" ".join(["* SEARCH", *found]).encode())
        elif fetched := re.fullmatch(r"FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            uid = int(fetched[1])
            raw = self.server.letters[uid].raw[: int(fetched[2])]
            self.send(b"* %d FETCH (UID %d BODY[]<0> {%d}" % (uid, uid, len(raw)))
            self.request.sendall(raw)
            self.send(b")")
        elif stored := re.fullmatch(r"STORE (\d+) \+FLAGS\.SILENT \((.*)\)", command):
            flags = set(stored[2].split())
            if not self.server.keywords and flags - {"\\Seen", "\\Deleted"}:
                return "NO no keywords here"
            self.server.letters[int(stored[1])].flags |= flags
        else:
            return "BAD unknown"
        return "OK done"


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody has signed but itself: its file, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    return file, context


@contextmanager
def running(server: ImapServer) -> Iterator[ImapServer]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
