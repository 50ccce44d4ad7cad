"""A pytest plugin (`-p tests.environment`) that is loaded before the settings: the tests' own environment.

Nothing of a developer's machine reaches the tests: no .env file, no database, no mail server. Every process,
every xdist worker too, has a folder of its own for what the newsroom writes; it is gone afterwards.
"""

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest

VAR_DIR = Path(tempfile.mkdtemp(prefix="newsroom-tests-"))
# Where collectstatic would write; WhiteNoise warns when it is missing, and a warning is an error here.
(VAR_DIR / "static").mkdir()

ENVIRONMENT = {
    "NEWSROOM_DOTENV": "",
    "SECRET_KEY": "a secret key that only the tests know, 123456789",
    "SUBSCRIBER_KEY": "a subscriber key that only the tests know, 123456789",
    # The address of Wagtail's first site, so that a page's own address and BASE_URL agree.
    "BASE_URL": "http://localhost",
    "VAR_DIR": str(VAR_DIR),
    # A test's own transaction never ends, so that nothing would be told of its changes.
    "PAGE_CACHE_MB": "0",
    "MAIL": "mailbox",
    "MAIL_FROM": "newsroom@weft.example",
}

LEFT_AT_THEIR_DEFAULTS = [
    "BOUNCE_ADDRESS",
    "BOUNCE_MAILBOX",
    "CACHE_URL",
    "DATABASE_URL",
    "DEBUG",
    "EMAIL_HOST",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_HOST_USER",
    "EMAIL_PORT",
    "EMAIL_USE_SSL",
    "EMAIL_USE_TLS",
    "EXTRA_HOSTS",
    "NEWSROOM_LANGUAGES",
    "TASKS_URL",
    "TIME_ZONE",
    "TRUSTED_PROXIES",
    "WEBSUB_HUB_URL",
]

for _name in [name for name in os.environ if name in LEFT_AT_THEIR_DEFAULTS or name.startswith("ANYMAIL_")]:
    del os.environ[_name]
os.environ.update(ENVIRONMENT)


# As it is, Python looks for rubbish so often that it takes a tenth of the tests' time.
gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    gc.freeze()


def remove_files() -> None:
    shutil.rmtree(VAR_DIR, ignore_errors=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    remove_files()
