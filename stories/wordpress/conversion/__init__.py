"""From a WordPress document's HTML to blocks. Nothing visible is lost on the way; parity.py counts that it was not."""

from dataclasses import replace

from django.utils.translation import gettext as _

from stories.sanitising import sanitise_rich_text
from stories.wordpress.blocks import Block, Paragraph, Table
from stories.wordpress.conversion.elements import HANDLERS
from stories.wordpress.conversion.reader import BodyReader
from stories.wordpress.conversion.shortcodes import open_captions
from stories.wordpress.errors import DocumentError
from stories.wordpress.markup import read_markup
from stories.wordpress.report import Report

# bleach takes more than twice the time for twice the length.
LONGEST_PARAGRAPH = 200_000


def convert(html: str, *, base: str) -> tuple[list[Block], Report]:
    """Blocks in the order of the text, and what was put right, dropped or kept back.

    `base` is the document's own address: relative links mean what they meant there. Raises DocumentError for HTML that
    is cut off or nested too deeply.
    """
    report = Report()
    source, captions = open_captions(html)
    if captions:
        report.add("caption-shortcode", str(captions))
    root = read_markup(source)
    reader = BodyReader(root, source, base, report, HANDLERS)
    reader.read(root.children)
    reader.flush()
    return [_sanitised(block) for block in reader.blocks], report


def _sanitised(block: Block) -> Block:
    if isinstance(block, Table):
        return replace(
            block, rows=tuple(tuple(sanitise_rich_text(cell) for cell in row) for row in block.rows)
        )
    if not isinstance(block, Paragraph):
        return block
    if len(block.html) > LONGEST_PARAGRAPH:
        raise DocumentError(
            _("A paragraph or list is longer than %(limit)d characters. It begins: %(beginning)s")
            % {"limit": LONGEST_PARAGRAPH, "beginning": block.html[:80]}
        )
    return Paragraph(sanitise_rich_text(block.html))


__all__ = ["convert"]
