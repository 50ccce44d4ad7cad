"""One version of an edition as a message: rendered once for all readers who get the same.

A version holds tokens where each reader's own words go (newsletter.editions.merge_fields). For an editor's field
the sender gives two values: `name_1`, plain, in subject and text, and `name_1_html`, escaped, in the HTML. The
footer's links are the tokens `unsubscribe_url` and `preferences_url` in both.
"""

import re
from dataclasses import asdict, dataclass
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import translation
from mjml import mjml2html

from newsletter.audience.models import Newsletter
from newsletter.editions.characters import sendable_line
from newsletter.editions.frame import Letterhead, MailFrame, letterhead_of, mail_frame
from newsletter.editions.merge_fields import TOKEN, FieldCollector, token
from newsletter.editions.models import EditionPage
from newsletter.editions.parts import Cards, Part, parts_for
from newsletter.editions.plain_text import plain_text

# mrml writes one line. Beyond 998 octets (RFC 5322 §2.1.1) Python would encode the whole as quoted-printable, which is
# slow and a third longer. A line break is as good as a space before an attribute, and between words: where the next
# angle bracket opens a tag. Never in a comment, which Outlook reads.
LONG_LINE = re.compile(r"([^\n]{600,800}?) (?=style=\")|([^\n]{600,800}) (?=[^<>\n]*<)")


@dataclass(frozen=True)
class RenderedVersion:
    """`fields` says what each token of an editor's field means: {"name_1": {"field": "name", "fallback": "friend"}}."""

    subject: str
    html: str
    text: str
    fields: dict[str, dict[str, str]]


def render_version(
    edition: EditionPage,
    *,
    newsletter: Newsletter,
    shown_segments: frozenset[int] | None,
    shown_topics: frozenset[UUID] | None = None,
    label_aimed: bool = False,
    cards: Cards | None = None,
    letterhead: Letterhead | None = None,
    for_others: bool = False,
) -> RenderedVersion:
    """The edition as readers in exactly these segments get it who chose these topics, in the edition's language.

    shown_segments None shows every block whose segment exists, and label_aimed names its segment above it: both
    are for previews. shown_topics None is for who chose no topic. `cards` is cards_of() the edition for these topics,
    `letterhead` letterhead_of() it, both in its language. for_others says at the head that the reader's own language is
    missing. Nothing raises for unfinished content; newsletter.editions.preflight says what is missing.
    """
    with translation.override(edition.locale.language_code):
        collector = FieldCollector()
        subject = collector.tokenise(sendable_line(edition.subject))
        preheader = collector.tokenise(sendable_line(edition.preheader))
        parts = parts_for(
            edition,
            shown_segments=shown_segments,
            shown_topics=shown_topics,
            words=collector.tokenise,
            cards=cards,
        )
        frame = mail_frame(
            edition,
            letterhead=letterhead or letterhead_of(edition, newsletter=newsletter),
            parts=parts,
            subject=subject,
            preheader=preheader,
            for_others=for_others,
        )
        return RenderedVersion(
            subject=subject,
            html=_with_html_tokens(_html(parts, frame, label_aimed=label_aimed), set(collector.fields)),
            text=plain_text(parts, frame, label_aimed=label_aimed),
            fields={key: asdict(field) for key, field in collector.fields.items()},
        )


def _html(parts: list[Part], frame: MailFrame, *, label_aimed: bool) -> str:
    mjml = render_to_string(
        "editions/mail/edition.mjml", {"parts": parts, "frame": frame, "label_aimed": label_aimed}
    )
    # Without these two, mrml links Google's fonts and mjml.io's icons.
    html = str(mjml2html(mjml, disable_comments=False, fonts={}, social_icon_origin=""))
    return LONG_LINE.sub(r"\1\2\n", html)


def _with_html_tokens(html: str, editor_keys: set[str]) -> str:
    """Delimiters that stood in attributes as character references put back, editors' fields by their escaped values."""
    whole = html.replace("&#57344;", "\ue000").replace("&#57345;", "\ue001")
    return TOKEN.sub(
        lambda match: token(f"{match[1]}_html") if match[1] in editor_keys else match[0],
        whole,
    )
