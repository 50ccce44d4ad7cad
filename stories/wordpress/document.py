"""A page or post as WordPress's REST interface gives it (/wp-json/wp/v2/pages/958), read without trusting it."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from stories.wordpress.errors import DocumentError
from stories.wordpress.tokens import Text, read_tokens

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_HTML_CHARACTERS = 5_000_000
MAX_DOCUMENTS = 1000
# WordPress writes this date when it has none.
_NO_DATE = "0000-00-00T00:00:00"
_TYPE_NAME = re.compile(r"[a-z0-9_-]{1,20}")  # register_post_type() allows 20 characters
# PostgreSQL takes no NUL, UTF-8 no lone surrogate; both can be written in JSON as \u0000 and \ud800.
_IMPOSSIBLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


@dataclass(frozen=True, slots=True)
class WordPressDocument:
    """Texts are plain, without tags or character references; dates are UTC, from the *_gmt keys alone.

    `guid` names the document for ever, whatever becomes of its address; `link` is that address.
    """

    wordpress_id: int
    wordpress_type: str
    guid: str
    link: str
    slug: str
    title: str
    published_at: datetime | None
    modified_at: datetime | None
    content_html: str
    excerpt: str
    seo_title: str
    seo_description: str
    featured_image: str
    featured_image_alt: str

    @property
    def checksum(self) -> str:
        """SHA-256 of what is used here: REST documents also hold nonces and counters that change by themselves."""
        fields = json.dumps(asdict(self), default=str, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(fields.encode()).hexdigest()


def read_documents(source: bytes) -> list[WordPressDocument | DocumentError]:
    """One entry per document of a file that holds one, or a list of them; what is wrong with one spoils no other.

    Raises DocumentError when the file as a whole cannot be read.
    """
    documents: list[WordPressDocument | DocumentError] = []
    for record in _read_records(source):
        try:
            documents.append(read_document(record))
        except DocumentError as error:
            documents.append(error)
    return documents


def _read_records(source: bytes) -> list[Any]:
    if len(source) > MAX_FILE_BYTES:
        raise DocumentError(_("The file is larger than %(limit)d MB.") % {"limit": MAX_FILE_BYTES // 1024**2})
    try:
        parsed = json.loads(source.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DocumentError(
            _("The file is not UTF-8 text: byte %(position)d cannot be read.") % {"position": error.start + 1}
        ) from error
    except RecursionError as error:
        raise DocumentError(_("The JSON is nested too deeply to be a WordPress document.")) from error
    except ValueError as error:
        raise DocumentError(_("The file is not JSON: %(error)s") % {"error": error}) from error
    records = parsed if isinstance(parsed, list) else [parsed]
    if not records:
        raise DocumentError(_("The file holds an empty list: there is no document in it."))
    if len(records) > MAX_DOCUMENTS:
        raise DocumentError(
            _("The file holds %(count)d documents, more than %(limit)d.")
            % {"count": len(records), "limit": MAX_DOCUMENTS}
        )
    return records


def read_document(record: object) -> WordPressDocument:
    """Raises DocumentError, saying which key is missing or wrong."""
    if not isinstance(record, dict):
        raise DocumentError(
            _("A document must be a JSON object, not %(found)s.") % {"found": type(record).__name__}
        )
    if "code" in record and "message" in record and "id" not in record:
        message = str(record["message"])[:200]
        raise DocumentError(
            _("The site answered with an error, not a document: %(message)s") % {"message": message}
        )
    wordpress_id = _required(record, "id", int)
    if not 0 < wordpress_id < 2**63:
        raise DocumentError(_("The key “id” must be a positive number."))
    wordpress_type = _required(record, "type", str)
    if not _TYPE_NAME.fullmatch(wordpress_type):
        raise DocumentError(
            _("The key “type” is no WordPress type: %(value).40r.") % {"value": wordpress_type}
        )
    link = _required(record, "link", str).strip()
    _check_address(link)
    content = _required(record, "content", dict)
    content_html = _text(_required(content, "rendered", str), "content.rendered")
    if content.get("protected") is True:
        raise DocumentError(_("The document is protected by a password: WordPress left its text out."))
    if len(content_html) > MAX_HTML_CHARACTERS:
        raise DocumentError(
            _("The key “content.rendered” is longer than %(limit)d characters.")
            % {"limit": MAX_HTML_CHARACTERS}
        )
    featured_image, featured_image_alt = _featured_image(record)
    seo = record.get("yoast_head_json")
    seo = seo if isinstance(seo, dict) else {}
    guid = _rendered(record, "guid").strip() or link
    if len(guid) > 500:
        raise DocumentError(_("The key “guid” is longer than 500 characters."))
    title = plain_text(_rendered(record, "title"))
    return WordPressDocument(
        wordpress_id=wordpress_id,
        wordpress_type=wordpress_type,
        guid=guid,
        link=link,
        slug=unquote(_text(_optional(record, "slug"), "slug"))[:255],
        title=title or f"{wordpress_type} {wordpress_id}",
        published_at=_moment(record, "date_gmt"),
        modified_at=_moment(record, "modified_gmt"),
        content_html=content_html,
        excerpt=plain_text(_rendered(record, "excerpt", required=False)),
        seo_title=plain_text(_text(_optional(seo, "title"), "yoast_head_json.title")),
        seo_description=plain_text(_text(_optional(seo, "description"), "yoast_head_json.description")),
        featured_image=featured_image,
        featured_image_alt=featured_image_alt,
    )


def plain_text(html: str) -> str:
    """Without tags, references decoded, blanks collapsed. Raises DocumentError for broken HTML."""
    return " ".join("".join(token.text for token in read_tokens(html) if isinstance(token, Text)).split())


def _required(record: dict[str, Any], key: str, kind: type) -> Any:
    if key not in record:
        raise DocumentError(
            _("The key “%(key)s” is missing: this is no WordPress REST document of a page or post.")
            % {"key": key}
        )
    value = record[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        names = {"key": key, "expected": kind.__name__, "found": type(value).__name__}
        raise DocumentError(_("The key “%(key)s” must be %(expected)s, not %(found)s.") % names)
    return value


def _optional(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _rendered(record: dict[str, Any], key: str, *, required: bool = True) -> str:
    """The text of {"rendered": "…"}; older sites give the bare text."""
    if not required and not isinstance(record.get(key), dict | str):
        return ""
    value = record.get(key)
    if isinstance(value, str):
        return _text(value, key)
    return _text(_required(_required(record, key, dict), "rendered", str), key)


def _text(value: str, key: str) -> str:
    if found := _IMPOSSIBLE.search(value):
        names = {"key": key, "code": f"U+{ord(found[0]):04X}"}
        raise DocumentError(_("The key “%(key)s” holds %(code)s, a character that no text can hold.") % names)
    return _CONTROL.sub(" ", value)


def _check_address(link: str) -> None:
    try:
        parts = urlsplit(link)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and len(link) <= 2000
    except ValueError:
        valid = False
    if not valid or _IMPOSSIBLE.search(link) or _CONTROL.search(link):
        raise DocumentError(_("The key “link” is no web address: %(value).80r.") % {"value": link})


def _moment(record: dict[str, Any], key: str) -> datetime | None:
    """Drafts have no date: None."""
    if key not in record:
        _required(record, key, str)
    value = record[key]
    if value is None or value == _NO_DATE:
        return None
    problem = DocumentError(_("The key “%(key)s” is no date: %(value).40r.") % {"key": key, "value": value})
    if not isinstance(value, str):
        raise problem
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise problem from error


def _featured_image(record: dict[str, Any]) -> tuple[str, str]:
    """Address and alt text: from the embedded media when the document was asked for with _embed, else from Yoast."""
    embedded = record.get("_embedded")
    media = embedded.get("wp:featuredmedia") if isinstance(embedded, dict) else None
    if isinstance(media, list) and media and isinstance(media[0], dict):
        address = _optional(media[0], "source_url")
        if address:
            return _text(address, "source_url"), plain_text(
                _text(_optional(media[0], "alt_text"), "alt_text")
            )
    seo = record.get("yoast_head_json")
    pictures = seo.get("og_image") if isinstance(seo, dict) and record.get("featured_media") else None
    if isinstance(pictures, list) and pictures and isinstance(pictures[0], dict):
        return _text(_optional(pictures[0], "url"), "og_image"), ""
    return "", ""
