"""A newsroom as large as a busy network's: thousands of stories in three languages, the same ones on every run.

`make_newsroom(stories=30_000)` fills the migrated database of this process. `python -m tests.benchmarks.web_data <path>` leaves
an SQLite file there; its pictures stand in the folder media beside it, so `VAR_DIR=<folder> DATABASE_URL=sqlite:///<path>`
serves it.
"""


def make_newsroom(*, stories: int = 30_000) -> None:
    """Home pages, sections, a vocabulary and `stories` articles in all (a third per language), with the search index.

    Takes about a minute per 30,000 on SQLite. The articles have no revisions and are in no reference index.
    """
    # The models can be imported only once Django is set up, and the command line does that after this module was read.
    from tests.benchmarks.web_data.filling import fill

    fill(stories)
