"""What every test may ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import translation
from pytest_django import DjangoDbBlocker
from wagtail.models import Locale, Site

from newsroom.models import HomePage, User
from stories.models import SiteIdentity, SiteIdentityText
from tests import databases
from tests.newsroom.factories import UserFactory, make_home_pages

NAMES = {"en": "Weft", "es": "Trama", "fr": "Trame"}
WITHOUT_FLUSH = mock.patch("django.test.TransactionTestCase._fixture_teardown", return_value=None)
FIRST = pytest.StashKey[pytest.Item]()
PREPARED = pytest.StashKey[bool]()

FOR_TESTS = override_settings(
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    # No collectstatic before the tests, so no manifest to look names up in.
    STORAGES={
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
)


def pytest_configure(config: pytest.Config) -> None:
    FOR_TESTS.enable()
    # Django would empty every table after a test that ends its transactions; the next one has a copy of its own.
    WITHOUT_FLUSH.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    WITHOUT_FLUSH.stop()
    FOR_TESTS.disable()


def filled_for(item: Any) -> str:
    """The prepared database with as much as the test asks for and no more; one that asks for nothing finds it as migrated."""
    return next((name for name in reversed(databases.FILLED) if name in item.fixturenames), "migrated")


def use_its_database(item: Any) -> None:
    mark, names = item.get_closest_marker("django_db"), item.fixturenames
    if "transactional_db" in names or "live_server" in names or (mark and mark.kwargs.get("transaction")):
        databases.use_copy(filled_for(item))
    else:
        databases.use(filled_for(item))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before all fixtures: the other processes that some start are told the database's address."""
    if item.config.stash.get(PREPARED, False):
        use_its_database(item)
    else:
        item.config.stash[FIRST] = item


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """In place of pytest-django's own: copies of a database that was migrated once (tests/databases.py).

    Tests that end their transactions have another copy each; what the others do is rolled back.
    """
    needed = {filled_for(item) for item in request.session.items}
    with django_db_blocker.unblock():
        databases.prepare("migrated")
        for name in needed & databases.FILLED.keys():
            databases.prepare_with(name, databases.FILLED[name])
        use_its_database(request.config.stash[FIRST])
    request.config.stash[PREPARED] = True
    yield
    request.config.stash[PREPARED] = False
    with django_db_blocker.unblock():
        databases.connection.close()


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MAILBOX_DIR = tmp_path / "mailbox"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Wagtail keeps the sites' root paths in the cache, which outlives a test's transaction."""
    cache.clear()
    with translation.override(django_settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def articles_go_out_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rule of quality holds back what a test publishes: for what is done with articles that lack something."""
    monkeypatch.setattr("stories.quality.registry.RULES", {})


@pytest.fixture
def client() -> Client:
    """A visitor at the default site's own address."""
    return Client(SERVER_NAME="localhost")


@pytest.fixture
def mailbox(settings: Any) -> Path:
    """Mail goes to the mailbox on this machine, as in a demo; without this fixture it is in mail.outbox."""
    settings.EMAIL_BACKEND = "newsletter.sending.mailbox.backend.EmailBackend"
    return settings.MAILBOX_DIR


def all_locales() -> dict[str, Locale]:
    found = {locale.language_code: locale for locale in Locale.objects.all()}
    return {code: found.get(code) or Locale.objects.create(language_code=code) for code in NAMES}


def all_homes() -> dict[str, HomePage]:
    found = {home.locale.language_code: home for home in HomePage.objects.select_related("locale")}
    return {code: found[code] for code in NAMES} if found else make_home_pages(NAMES)


databases.FILLED["homes"] = all_homes


def the_identity(site: Site, locales: dict[str, Locale]) -> SiteIdentity:
    """Of the default site, with its names in all languages; made where there is none."""
    if found := SiteIdentity.objects.filter(site=site).first():
        return found
    identity = SiteIdentity.objects.create(
        site=site,
        organisation="Weft",
        postal_address="4 Mill Lane, Halse",
        contact_email="desk@weft.example",
    )
    for code, name in NAMES.items():
        SiteIdentityText.objects.create(identity=identity, locale=locales[code], name=name)
    return identity


@pytest.fixture
def locales(db: None) -> dict[str, Locale]:
    return all_locales()


@pytest.fixture
def homes(locales: dict[str, Locale]) -> dict[str, HomePage]:
    """The home pages of the default site, by language code: translations of each other."""
    return all_homes()


@pytest.fixture
def home(homes: dict[str, HomePage]) -> HomePage:
    return homes["en"]


@pytest.fixture
def site(home: HomePage) -> Site:
    return Site.objects.get(is_default_site=True)


@pytest.fixture
def identity(site: Site, locales: dict[str, Locale]) -> SiteIdentity:
    return the_identity(site, locales)


def _member_of(group: str) -> User:
    user: User = UserFactory(username=group.lower().replace(" ", "-"))
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def author_user(db: None) -> User:
    return _member_of("Author")


@pytest.fixture
def editor_user(db: None) -> User:
    return _member_of("Editor")


@pytest.fixture
def newsletter_manager_user(db: None) -> User:
    return _member_of("Newsletter manager")


@pytest.fixture
def press_officer_user(db: None) -> User:
    return _member_of("Press officer")


@pytest.fixture
def administrator(db: None) -> User:
    user: User = UserFactory(username="administrator", is_superuser=True, is_staff=True)
    return user
