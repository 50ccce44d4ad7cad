"""`python -m newsroom.web`: the web server. The newsroom is loaded once, and the serving processes are forked from that:
they share its memory (docs/decisions/loaded-once.md)."""

import multiprocessing
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module

from granian import Granian
from granian.constants import Interfaces

from newsroom.preloading import load_before_forking

TARGET = "newsroom.wsgi:application"


def main(arguments: Sequence[str] | None = None, *, target: str = TARGET) -> None:
    """`target`: a WSGI application as module:name; importing the module sets Django up."""
    parser = ArgumentParser(
        prog="python -m newsroom.web", description="Serves the newsroom until it is told to end."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--threads", type=int, default=32, help="in each process; each may hold a database connection"
    )
    options = parser.parse_args(arguments)
    # With Django set up, and the whole of it loaded.
    import_module(target.partition(":")[0])
    load_before_forking()
    # Python 3.14 starts processes in another way, unless it is told.
    multiprocessing.set_start_method("fork")
    Granian(
        target,
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.processes,
        blocking_threads=options.threads,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
