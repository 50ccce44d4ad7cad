"""The demo's posters, drawn in processes of their own.

Imports no model: a spawned process has no Django.
"""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from stories.posters import poster_png


@dataclass(frozen=True)
class Poster:
    key: str
    motifs: tuple[str, ...]
    papers: tuple[str, ...]


def draw(poster: Poster) -> tuple[Poster, bytes]:
    return poster, poster_png(slug=poster.key, motifs=poster.motifs, papers=poster.papers)


def drawn(posters: list[Poster]) -> Iterator[tuple[Poster, bytes]]:
    """Each with its PNG, in order. One process per core: resvg holds Python's lock while it draws."""
    workers = min(len(posters), os.cpu_count() or 1)
    if workers < 2:
        yield from map(draw, posters)
        return
    # Spawned, not forked: a fork would share the database connection.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(draw, posters)
