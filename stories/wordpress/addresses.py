"""Addresses written by strangers: made whole, or refused."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, quote, urljoin, urlsplit, urlunsplit

import idna

MAX_ADDRESS_LENGTH = 2000

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# "solidarityeconomics.org" or "example.net/a/page", but not "about.html" or "../notes".
_HOST_WITHOUT_SCHEME = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?(?:[/?#].*)?", re.IGNORECASE
)
_FILE_ENDINGS = frozenset(
    """asp aspx css csv doc docx epub gif htm html jpeg jpg js json jsp md mp3 mp4 odp ods odt pdf php png ppt pptx rtf
    shtml svg txt webp xhtml xls xlsx xml zip""".split()  # noqa: SIM905
)
# Browsers ignore these inside an address, so "java\tscript:" would run.
_IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_KEPT_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_NOT_ESCAPED = "%/:=&?~#+!$,;'@()*[]"


class Repair(StrEnum):
    NONE = "none"
    SCHEME_ADDED = "scheme-added"
    MADE_ABSOLUTE = "made-absolute"
    IN_PAGE = "in-page"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is empty when the address was refused, and "#name" when it leads to a place in the same document."""

    url: str
    repair: Repair


def repair_address(href: str, base: str) -> Address:
    """The address a link of the document at `base` means. Only http, https, mailto and tel survive."""
    href = _IGNORED_BY_BROWSERS.sub("", href).strip()
    if not href or len(href) > MAX_ADDRESS_LENGTH:
        return Address("", Repair.REFUSED)
    if href.startswith("#"):
        return Address(href, Repair.IN_PAGE)
    try:
        if scheme := _SCHEME.match(href):
            return _with_scheme(href, scheme[0][:-1].lower(), base)
        if href.startswith("//"):
            return _checked("https:" + href, Repair.SCHEME_ADDED)
        if _is_host_without_scheme(href):
            return _checked("https://" + href, Repair.SCHEME_ADDED)
        absolute = urljoin(base, href)
        return _checked(absolute, Repair.MADE_ABSOLUTE)
    except ValueError:  # idna.IDNAError is one
        return Address("", Repair.REFUSED)


def _with_scheme(href: str, scheme: str, base: str) -> Address:
    if scheme in {"http", "https"}:
        page, _, fragment = href.partition("#")
        if fragment and page.rstrip("/") == base.partition("#")[0].rstrip("/"):
            return Address("#" + fragment, Repair.IN_PAGE)
        return _checked(href, Repair.NONE)
    if scheme in _KEPT_SCHEMES:
        return Address(quote(href, safe=_NOT_ESCAPED), Repair.NONE)
    if _is_host_without_scheme(href):  # "example.org:8080/x" reads like a scheme
        return _checked("https://" + href, Repair.SCHEME_ADDED)
    return Address("", Repair.REFUSED)


def _is_host_without_scheme(href: str) -> bool:
    if not _HOST_WITHOUT_SCHEME.fullmatch(href):
        return False
    host = re.split(r"[/?#:]", href, maxsplit=1)[0]
    return host.rpartition(".")[2].lower() not in _FILE_ENDINGS or host.lower().startswith("www.")


def _checked(url: str, repair: Repair) -> Address:
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or parts.username is not None:
        return Address("", Repair.REFUSED)
    port = f":{parts.port}" if parts.port else ""  # a port that is no number raises ValueError
    host = parts.hostname
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode("ascii")
    elif ":" in host:
        host = f"[{host}]"
    whole = urlunsplit((parts.scheme.lower(), host + port, parts.path, parts.query, parts.fragment))
    return Address(quote(whole, safe=_NOT_ESCAPED), repair)


def embeddable_address(url: str) -> str | None:
    """The address a reader would open for a player's or a page's address of a known host, None for any other.

    Known: YouTube, Vimeo, SoundCloud, Spotify, Internet Archive, Dailymotion, TED, and PeerTube by the shape of its
    addresses, since anybody may run one.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or any(blank in url.strip() for blank in " \t\r\n<>\"'"):
        return None
    steps = [step for step in parts.path.split("/") if step]
    first, last = (steps[0], steps[-1]) if steps else ("", "")
    if host in {"youtube.com", "youtube-nocookie.com", "youtu.be"}:
        return _youtube(host, steps, parse_qs(parts.query))
    if host == "player.vimeo.com" and len(steps) >= 2 and first == "video":
        return f"https://vimeo.com/{last}"
    if host == "vimeo.com" and (first.isdigit() or last.isdigit()):
        return f"https://vimeo.com/{'/'.join(steps)}"
    if host == "w.soundcloud.com":
        played = parse_qs(parts.query).get("url", [""])[0]
        return played if played.startswith("https://soundcloud.com/") else url.strip()
    if host == "soundcloud.com" and len(steps) >= 2:
        return f"https://soundcloud.com/{'/'.join(steps)}"
    if host == "open.spotify.com" and len(steps) >= 2:
        return f"https://open.spotify.com/{'/'.join(steps[1:] if first == 'embed' else steps)}"
    if host == "archive.org" and len(steps) >= 2 and first in {"details", "embed"}:
        return f"https://archive.org/details/{steps[1]}"
    if host == "dailymotion.com" and "video" in steps[:2]:
        return f"https://www.dailymotion.com/video/{last}"
    if host in {"ted.com", "embed.ted.com"} and first == "talks" and len(steps) >= 2:
        return f"https://www.ted.com/talks/{last}"
    return _peertube(parts.netloc, steps)


def _youtube(host: str, steps: list[str], query: dict[str, list[str]]) -> str | None:
    if host == "youtu.be":
        video = steps[0] if len(steps) == 1 else ""
    elif steps[:1] == ["watch"]:
        video = query.get("v", [""])[0]
    elif steps[:1] == ["playlist"] or steps == ["embed", "videoseries"]:
        playlist = query.get("list", [""])[0]
        return (
            f"https://www.youtube.com/playlist?list={playlist}" if re.fullmatch(r"[\w-]+", playlist) else None
        )
    elif len(steps) == 2 and steps[0] in {"embed", "v", "shorts", "live"}:
        video = steps[1]
    else:
        return None
    return f"https://www.youtube.com/watch?v={video}" if re.fullmatch(r"[\w-]{6,}", video) else None


def _peertube(netloc: str, steps: list[str]) -> str | None:
    match steps:
        case ["videos", "watch" | "embed", video] | ["w", video] if re.fullmatch(
            r"[\w-]{20,40}", video, re.ASCII
        ):
            return (
                f"https://{netloc}/w/{video}" if steps[0] == "w" else f"https://{netloc}/videos/watch/{video}"
            )
    return None
