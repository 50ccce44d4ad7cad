"""`python -m tests.newsroom.page_server`: the newsroom as one process serves it. Prints its port once it listens."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def main() -> None:
    from newsroom.wsgi import application

    with make_server("127.0.0.1", 0, application, handler_class=Silent) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
