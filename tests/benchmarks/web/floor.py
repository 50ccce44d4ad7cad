"""`python -m tests.benchmarks.web.floor`: the least the same server can do. Constants that look like kept pages, in status, headers
and size, answered from where kept pages are: before Django, which is loaded all the same. newsroom.web serves them, so that
processes, threads, and what it does before it forks, are the newsroom's own."""

import json
import os
from collections.abc import Callable
from typing import Any

import newsroom.wsgi  # noqa: F401
from newsroom.web import main

# By path: status, headers, body.
CONSTANTS = {
    path: (status, [(name, value) for name, value in headers], [b"x" * length])
    for path, (status, headers, length) in json.loads(os.environ["NEWSROOM_BENCH_CONSTANTS"]).items()
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    status, headers, body = CONSTANTS[environ["PATH_INFO"]]
    start_response(status, headers)
    return body


if __name__ == "__main__":
    main(target="tests.benchmarks.web.floor:application")
