import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import requests
import urllib3

from newsletter.sending.models import Batch
from newsletter.sending.transport import Adapter, Deadline, NothingWritten, TooLate, Watchdog

LONGEST = 20.0  # seconds for the whole question
MOST_BYTES = 8 * 1024 * 1024
FAULTS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,  # of a body that breaks off
    OSError,
    ValueError,
    NothingWritten,
    TooLate,
)


class RecordUnavailable(Exception):
    """The record could not be asked, or what it said makes no sense. Nothing is known."""


class Record(ABC):
    """What a mail service itself has written down about the calls it took."""

    # Each message of a call is taken or turned down for itself; otherwise the call as a whole.
    takes_each_message_alone: ClassVar[bool] = False

    @abstractmethod
    def accepted_of(self, batch: Batch, *, addresses: Mapping[int, str]) -> set[int]:
        """Ids of the batch's deliveries that the record shows as accepted. `addresses` is {delivery id: address}; the
        address of somebody who was erased since is empty.

        Raises RecordUnavailable.
        """


def get_json(url: str, **params: Any) -> Any:
    """Raises RecordUnavailable."""
    watchdog = Watchdog()
    try:
        with requests.Session() as session, watchdog.watching(Deadline.within(LONGEST)):
            for scheme in ("https://", "http://"):
                session.mount(scheme, Adapter(watchdog))
            with session.get(url, allow_redirects=False, stream=True, **params) as response:
                if response.status_code != 200:
                    raise RecordUnavailable(f"{response.status_code} {response.reason}")
                body = response.raw.read(MOST_BYTES + 1, decode_content=True)
                if len(body) > MOST_BYTES:
                    raise RecordUnavailable("too long")
                return json.loads(body)
    except FAULTS as error:
        raise RecordUnavailable(f"{type(error).__name__}: {error}"[:500]) from error
    finally:
        watchdog.stop()
