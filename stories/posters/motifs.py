"""The drawn motifs, each in a 1000 by 1000 box with its foot at the bottom edge or its middle in the middle."""

from stories.posters.motif import Motif
from stories.posters.motifs_of_commons import BALLOT, BOOK, COIN, HANDS, MEGAPHONE, ROOF, WHEEL
from stories.posters.motifs_of_livelihood import BOAT, BREAD, KETTLE, LADDER, LOOM, SEED, SUN

MOTIFS: dict[str, Motif] = {
    "hands": HANDS,
    "bread": BREAD,
    "loom": LOOM,
    "roof": ROOF,
    "wheel": WHEEL,
    "ballot": BALLOT,
    "seed": SEED,
    "megaphone": MEGAPHONE,
    "sun": SUN,
    "kettle": KETTLE,
    "coin": COIN,
    "ladder": LADDER,
    "boat": BOAT,
    "book": BOOK,
}
