"""Four readers of one page: `python -m tests.benchmarks.sending.visitors --port 8000 --path /x/ --seconds 15`.

Each has a connection that is kept, and asks for the page again when it has come, after a pause if one is given.
Prints the milliseconds that each request took, as JSON.
"""

import argparse
import http.client
import json
import sys
import threading
import time

CLIENTS = 4


def read(port: int, path: str, *, until: float, pause: float, times: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while time.monotonic() < until:
        began = time.perf_counter()
        connection.request("GET", path, headers={"Host": "localhost"})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} was answered with {response.status}.")
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(pause)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--pause", type=float, default=0.0)
    options = parser.parse_args()
    until = time.monotonic() + options.seconds
    times: list[float] = []
    readers = [
        threading.Thread(
            target=read,
            args=(options.port, options.path),
            kwargs={"until": until, "pause": options.pause, "times": times},
        )
        for _number in range(CLIENTS)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    sys.stdout.write(json.dumps(times))


if __name__ == "__main__":
    main()
