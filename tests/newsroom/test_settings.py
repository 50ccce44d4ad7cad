import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from newsroom.settings.environment import VARIABLES
from tests import environment

DOCUMENT = settings.BASE_DIR / "docs" / "settings.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
# Read by the Makefile and the Procfile, not by Django.
FOR_PROCESSES = {"PORT", "HOST", "WORKERS"}


def documented() -> dict[str, str]:
    return {name: default for name, default, _meaning in ROW.findall(DOCUMENT.read_text())}


def load(**variables: str) -> subprocess.CompletedProcess[str]:
    """Loads the settings in a process of their own."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import newsroom.settings as s; print(s.BASE_URL, s.EMAIL_BACKEND, s.ANYMAIL)",
        ],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )


def test_every_setting_is_documented_and_every_documented_setting_is_read() -> None:
    assert documented().keys() == VARIABLES.keys() | FOR_PROCESSES


def test_the_documented_defaults_are_the_real_ones() -> None:
    for name, (kind, default) in VARIABLES.items():
        words = documented()[name]
        if name in {"SECRET_KEY", "SUBSCRIBER_KEY"}:
            assert words == "none: required"
        elif name == "NEWSROOM_DOTENV":
            assert words.startswith("`.env`")
        elif name == "VAR_DIR":
            assert words.startswith("`var`")
        elif not default and kind is not bool:
            assert words.startswith("empty"), name
        else:
            written = ",".join(default) if kind is list else str(default)
            assert words.strip("`") == (written.lower() if kind is bool else written), name


def test_the_processes_read_the_documented_variables() -> None:
    procfile = (settings.BASE_DIR / "Procfile").read_text()
    for name in FOR_PROCESSES:
        assert f"${{{name}:-{documented()[name].strip('`')}}}" in procfile


def test_no_setting_of_a_developers_machine_reaches_the_tests() -> None:
    assert {*environment.ENVIRONMENT, *environment.LEFT_AT_THEIR_DEFAULTS} == VARIABLES.keys()


@pytest.mark.parametrize("name", ["SECRET_KEY", "SUBSCRIBER_KEY"])
def test_a_missing_key_is_said_in_words(name: str) -> None:
    loaded = load(**{name: ""})
    assert loaded.returncode != 0
    assert f"{name} is missing or shorter than 32 characters. `make .env`" in loaded.stderr


def test_an_unknown_language_is_said_in_words() -> None:
    assert "NEWSROOM_LANGUAGES may name en, es, fr; it names de." in load(NEWSROOM_LANGUAGES="en,de").stderr


def test_an_address_without_scheme_is_said_in_words() -> None:
    assert (
        "BASE_URL must be an http or https address, not 'news.example.org'."
        in load(BASE_URL="news.example.org").stderr
    )


def test_a_mail_services_own_settings_reach_anymail() -> None:
    loaded = load(MAIL="mailgun", ANYMAIL_MAILGUN_API_KEY="key-1", BASE_URL="https://news.example.org/")
    assert loaded.stdout == (
        "https://news.example.org newsletter.sending.dialects.mailgun.EmailBackend {'MAILGUN_API_KEY': 'key-1'}\n"
    )


def test_the_real_environment_wins_over_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / "settings"
    dotenv.write_text("MAIL=smtp\nBASE_URL=https://file.example.org\n")
    loaded = load(NEWSROOM_DOTENV=str(dotenv), MAIL="postmark", BASE_URL="https://real.example.org")
    assert loaded.stdout.startswith(
        "https://real.example.org newsletter.sending.dialects.postmark.EmailBackend"
    )


@pytest.mark.django_db
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="PostgreSQL alone makes machine code of queries."
)
def test_no_query_waits_for_machine_code() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
