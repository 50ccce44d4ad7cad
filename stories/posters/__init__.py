"""Posters for stories that have no photograph: two inks on coloured paper, drawn from motifs, seeded by the slug."""

from stories.posters.motifs import MOTIFS
from stories.posters.printing import poster_png, poster_svg

__all__ = ["MOTIFS", "poster_png", "poster_svg"]
