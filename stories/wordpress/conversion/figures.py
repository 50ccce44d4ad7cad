"""Pictures and players with a caption: <figure>, WordPress's wp-caption boxes and classic galleries."""

from dataclasses import replace

from stories.wordpress.blocks import MAX_CAPTION, Block, Embed, Picture
from stories.wordpress.conversion.inline import BREAK, Line, Style, lines_of, links_of, text_of
from stories.wordpress.conversion.reader import BodyReader
from stories.wordpress.markup import Element
from stories.wordpress.pictures import alignment


def read_figure(reader: BodyReader, element: Element, style: Style) -> None:
    """A caption goes with a lone picture or player; beside anything else it becomes a paragraph."""
    if reader.gathering is not None:
        reader.read_apart(element, style)
        return
    around, reader.captions = reader.captions, []
    with reader.captured() as blocks:
        reader.read(element.children, style)
    captions, reader.captions = reader.captions, around
    blocks = [_aligned(block, element) for block in blocks]
    if len(captions) == 1 and len(blocks) == 1 and (captioned := _with_caption(blocks[0], captions[0][1])):
        reader.append(captioned)
        return
    for index, block in enumerate([*blocks, None]):
        for place, lines in captions:
            if place == index:
                reader.report.add("long-caption", " ".join(map(text_of, lines)))
                reader.append_paragraph(lines)
        if block is not None:
            reader.append(block)


def read_caption(reader: BodyReader, element: Element, style: Style) -> None:
    if reader.gathering is not None:
        reader.read_apart(element, style)
        return
    reader.flush()
    if reader.captions is None or not all(isinstance(block, Picture | Embed) for block in reader.blocks):
        reader.read_apart(element, style)
        return
    with reader.gathered(BREAK) as runs:
        reader.read(element.children, style)
    lines = [line for line in lines_of(runs) if line]
    lifted, reader.lifted = reader.lifted, []
    for block, _had_words in lifted:
        reader.append(block)
    if lines:
        reader.captions.append((len(reader.blocks), lines))


def _with_caption(block: Block, lines: list[Line]) -> Block | None:
    caption = " ".join(map(text_of, lines))
    if links_of(lines) or len(caption) > MAX_CAPTION or not isinstance(block, Picture | Embed):
        return None
    return replace(block, caption=caption)


def _aligned(block: Block, element: Element) -> Block:
    if isinstance(block, Picture) and not block.alignment:
        return replace(block, alignment=alignment(element.attributes))
    return block
