from pathlib import Path
from typing import Any

import pytest

from newsroom import catalogues, checks
from stories.models import SiteIdentity


def ids(messages: list[Any]) -> list[str]:
    return [message.id for message in messages]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://localhost:8000", ["newsroom.W001"]),
        ("http://news.example.org", ["newsroom.W002"]),
        ("https://news.example.org", []),
    ],
)
def test_the_address_must_be_public_and_private_to_listen_to(
    address: str, expected: list[str], settings: Any
) -> None:
    settings.BASE_URL = address
    assert ids(checks.check_address()) == expected


def test_one_key_for_both_purposes_is_found(settings: Any) -> None:
    assert checks.check_keys_differ() == []
    settings.SECRET_KEY = settings.SUBSCRIBER_KEY
    assert ids(checks.check_keys_differ()) == ["newsroom.W003"]


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("newsroom@localhost", ["newsroom.W004"]),
        ("Weft <post@weft.example>", []),
        ("post@weft.example", []),
    ],
)
def test_a_sender_nobody_would_accept_is_found(sender: str, expected: list[str], settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = sender
    assert ids(checks.check_sender()) == expected


def test_a_site_without_name_is_found(db: None) -> None:
    assert ids(checks.check_identity()) == ["newsroom.W006"]


def test_a_site_without_postal_address_is_found(identity: SiteIdentity) -> None:
    assert checks.check_identity() == []
    identity.postal_address = " "
    identity.save()
    assert ids(checks.check_identity()) == ["newsroom.W007"]


def test_every_message_says_what_to_do(settings: Any, db: None) -> None:
    settings.BASE_URL = "http://localhost"
    settings.DEFAULT_FROM_EMAIL = "newsroom@localhost"
    for message in [*checks.check_address(), *checks.check_sender(), *checks.check_identity()]:
        assert message.hint


def a_catalogue(folder: Path, translation: str) -> Path:
    path = folder / "es" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        f'msgid "Stories"\nmsgstr "{translation}"\n'
    )
    return path


def test_translations_are_compiled_once_without_tools_of_the_system(tmp_path: Path) -> None:
    path = a_catalogue(tmp_path, "Historias")
    assert catalogues.compile_stale(tmp_path) == [path]
    assert b"Historias" in path.with_suffix(".mo").read_bytes()
    assert catalogues.compile_stale(tmp_path) == []


def test_a_message_without_translation_is_named(tmp_path: Path) -> None:
    a_catalogue(tmp_path, "")
    assert list(catalogues.gaps(tmp_path)) == ["es: no translation of 'Stories'"]
    a_catalogue(tmp_path, "Historias")
    assert list(catalogues.gaps(tmp_path)) == []


def test_uncompiled_translations_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_catalogue(tmp_path, "Historias")
    monkeypatch.setattr(catalogues.stale, "__defaults__", (tmp_path,))
    assert ids(checks.check_catalogues()) == ["newsroom.W008"]
    catalogues.compile_stale(tmp_path)
    assert path.with_suffix(".mo").exists()
    assert checks.check_catalogues() == []
