"""Every environment variable the settings read, in one place.

docs/settings.md lists the same names; tests/newsroom/test_settings.py holds the two together.
A file named .env in the project's folder is read first; real environment variables win over it.
"""

import os
from pathlib import Path
from typing import Any

import environ

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# Name: (type, default).
VARIABLES: dict[str, tuple[type, Any]] = {
    "NEWSROOM_DOTENV": (str, str(BASE_DIR / ".env")),
    "SECRET_KEY": (str, ""),
    "SUBSCRIBER_KEY": (str, ""),
    "DEBUG": (bool, False),
    "BASE_URL": (str, "http://localhost:8000"),
    "EXTRA_HOSTS": (list, []),
    "TRUSTED_PROXIES": (list, ["127.0.0.1", "::1"]),
    "NEWSROOM_LANGUAGES": (list, ["en", "es", "fr"]),
    "TIME_ZONE": (str, "UTC"),
    "DATABASE_URL": (str, ""),
    "TASKS_URL": (str, ""),
    "CACHE_URL": (str, ""),
    "PAGE_CACHE_MB": (int, 64),
    "VAR_DIR": (str, ""),
    "MAIL": (str, "mailbox"),
    "MAIL_FROM": (str, "newsroom@localhost"),
    "EMAIL_HOST": (str, "localhost"),
    "EMAIL_PORT": (int, 25),
    "EMAIL_HOST_USER": (str, ""),
    "EMAIL_HOST_PASSWORD": (str, ""),
    "EMAIL_USE_TLS": (bool, False),
    "EMAIL_USE_SSL": (bool, False),
    "BOUNCE_ADDRESS": (str, ""),
    "BOUNCE_MAILBOX": (str, ""),
    "WEBSUB_HUB_URL": (str, ""),
}

env = environ.Env(**VARIABLES)

# Anymail's own settings keep the names its documentation uses, one family for all vendors.
ANYMAIL_PREFIX = "ANYMAIL_"


def read_dotenv() -> None:
    """Reads the file NEWSROOM_DOTENV names; none where it names nothing, as the tests ask for."""
    dotenv = os.environ.get("NEWSROOM_DOTENV", VARIABLES["NEWSROOM_DOTENV"][1])
    if dotenv and Path(dotenv).exists():
        env.read_env(dotenv)


def anymail_settings() -> dict[str, str]:
    """The ANYMAIL_* variables as Anymail's ANYMAIL setting wants them: without the prefix.

    An empty one is none: Anymail would take an empty key for a key, and anybody could sign with it.
    """
    return {
        name.removeprefix(ANYMAIL_PREFIX): value
        for name, value in environ.Env.ENVIRON.items()
        if name.startswith(ANYMAIL_PREFIX) and value
    }
