"""The least the same server can do: a constant of the same size, from where kept pages are answered."""

import json
import os

STATUS, HEADERS, LENGTH = json.loads(os.environ["NEWSROOM_BENCH_CONSTANT"])
BODY = [b"x" * LENGTH]
HEADERS = [(name, value) for name, value in HEADERS]


def application(_environ, start_response):  # type: ignore[no-untyped-def]
    start_response(STATUS, HEADERS)
    return BODY
