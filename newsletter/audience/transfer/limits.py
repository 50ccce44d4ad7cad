"""How much of a file is read at most. Whatever is larger is refused with words, never half read."""

from datetime import timedelta

MAX_FILE_BYTES = 100 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 300
MAX_CELL = 10_000
"""Characters. A row with a longer one is refused."""
MAX_ROW = 1_000_000
"""Characters. A file with a longer one is not read on: it need not be text at all."""

MAX_MEMBERS = 100
MAX_WORKBOOK_PARTS = 1_000
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_STRINGS_BYTES = 64 * 1024 * 1024
MAX_STRINGS = 1_500_000
"""A workbook's shared strings are held in memory, about 100 bytes each. 100,000 people with a dozen columns that are all
different have 1,200,000, in some 50 MB."""
MAX_ELEMENTS = 500_000
"""Of a workbook's XML at once, in a row or outside of all rows: the 65,530 links a sheet may have, and more."""
MAX_WHOLE_PART_BYTES = 32 * 1024 * 1024
"""Of what is not read row by row: styles, and the addresses behind those links."""
MAX_TOKEN_BYTES = 10 * 1024 * 1024
"""One attribute or comment."""
MAX_RATIO = 100
"""How many times larger than packed a member may be. Lists of people are 3 to 20 times larger."""
SMALL_BYTES = 10 * 1024 * 1024
"""What is no larger may have any ratio."""

CHUNK = 4_000
"""Rows decided and written in one transaction: about a quarter of a second, as long as SQLite's other writers wait."""
LEASE = timedelta(minutes=2)
UNDO_FOR = timedelta(days=14)
UNUSED_FOR = timedelta(days=3)
"""After this, an upload that nobody imported is deleted."""
ASKED_PER_MINUTE = 60
