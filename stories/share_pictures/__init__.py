"""The picture a link preview shows for an article that has none: its headline on its topic's paper, above the band."""

from stories.share_pictures.addresses import share_address, sheet_of
from stories.share_pictures.drawing import SIZE, Sheet, share_png

__all__ = ["SIZE", "Sheet", "share_address", "share_png", "sheet_of"]
