"""The Spanish and French catalogues: whole, true to the placeholders, and what people really see."""

import ast
import gettext
import html
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import polib
import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import trans_real, trim_whitespace
from wagtail.users.models import UserProfile

from newsletter.audience.mails import answer_message
from newsletter.audience.subscriptions import Answer
from newsletter.editions.rendering import render_version
from newsroom import catalogues
from tests.audience.factories import SubscriberFactory, SubscriptionFactory
from tests.editions.factories import EditionPageFactory, newsletter_pages, stories
from tests.newsroom.factories import home_in
from tests.stories.factories import NewsPageFactory, SectionPageFactory, StoryPageFactory

LANGUAGES = ["es", "fr"]
PLACEHOLDER = re.compile(r"%\(\w+\)[.\d]*[a-z]|%%|\{\{[^}]*\}\}|</?[a-z][^>]*>|`[^`]*`")

# (context or None, message): what a catalogue files a translation under.
Key = tuple[str | None, str]

# gettext's functions, and which of their arguments are context, singular and plural.
NAMES = {"_": "gettext", "_g": "gettext", "lazy": "gettext", "gettext_noop": "gettext"}
MESSAGES = {"gettext": [0], "ngettext": [0, 1], "pgettext": [1], "npgettext": [1, 2]}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    code: str = request.param
    return code


@pytest.fixture
def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(catalogues.LOCALE_DIR / language / "LC_MESSAGES" / "django.po"))


@pytest.fixture
def speaking(language: str) -> Iterator[str]:
    """The language, with its catalogue as it is in the working copy."""
    if catalogues.compile_stale():
        trans_real._translations = {}
        trans_real._default = None
    with translation.override(language):
        yield language


# --- The files --------------------------------------------------------------------------------------
def test_every_message_is_translated_and_nothing_is_left_over(catalogue: polib.POFile) -> None:
    assert not [entry.msgid for entry in catalogue.untranslated_entries()]
    assert not [entry.msgid for entry in catalogue if any(not text for text in _translations(entry))]
    assert not [entry.msgid for entry in catalogue.fuzzy_entries()]
    assert not [entry.msgid for entry in catalogue.obsolete_entries()]
    assert not catalogue.metadata_is_fuzzy


def test_a_translation_keeps_the_placeholders_and_the_tags(catalogue: polib.POFile) -> None:
    broken = [
        text
        for entry in catalogue
        for text in _translations(entry)
        if _placeholders(text) not in (_placeholders(entry.msgid), _placeholders(entry.msgid_plural))
    ]
    assert not broken


def test_a_translation_begins_and_ends_as_its_message_does(catalogue: polib.POFile) -> None:
    for entry in catalogue:
        for text in _translations(entry):
            assert text.startswith(" ") == entry.msgid.startswith(" "), entry.msgid
            assert text.endswith((" ", "\n")) == entry.msgid.endswith((" ", "\n")), entry.msgid
            assert text.endswith(".") or not entry.msgid.endswith(".") or len(entry.msgid) < 10, entry.msgid


def test_french_never_breaks_the_line_before_its_tall_punctuation() -> None:
    catalogue = polib.pofile(str(catalogues.LOCALE_DIR / "fr" / "LC_MESSAGES" / "django.po"))
    for entry in catalogue:
        for text in _translations(entry):
            words = re.sub(r"<[^>]*>|https?://|\{\{[^}]*\}\}|\d+(:\d\d)+", "", text)
            assert not re.search(r"[^\u202f][;:!?»]|«[^\u202f]|\w'\w", words), text


def test_the_compiled_catalogues_load_with_all_plural_forms(language: str, tmp_path: Path) -> None:
    copytree(catalogues.LOCALE_DIR, tmp_path / "locale", ignore=lambda *_: ["django.mo"])
    catalogues.compile_stale(tmp_path / "locale")
    loaded = gettext.translation("django", tmp_path / "locale", [language])
    people = {"es": ("persona", "personas", "de personas"), "fr": ("personne", "personnes", "de personnes")}
    for number, words in zip((1, 2, 1_000_000), people[language], strict=True):
        text = loaded.ngettext("%(people)s person", "%(people)s people", number)
        assert text % {"people": number} == f"{number} {words}"


def test_our_plurals_and_those_of_django_work_side_by_side(speaking: str) -> None:
    minutes = {"es": ["1 minuto", "2 minutos"], "fr": ["1 minute", "2 minutes"]}[speaking]
    assert [
        translation.ngettext("%(num)d minute", "%(num)d minutes", number) % {"num": number}
        for number in (1, 2)
    ] == minutes
    assert "de person" in translation.ngettext("%(people)s person", "%(people)s people", 3_000_000)


# --- The code ---------------------------------------------------------------------------------------
def test_everything_the_code_marks_for_translation_is_in_the_catalogue(catalogue: polib.POFile) -> None:
    """When this fails: manage.py makemessages -l es -l fr, then translate what is empty."""
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue}
    used = set(_in_python()) | set(_in_templates())
    assert used - known == set()
    assert known - used == set()


def _in_python() -> Iterator[Key]:
    for room in ("newsroom", "newsletter", "stories"):
        for path in (settings.BASE_DIR / room).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(call, ast.Call):
                    yield from _of_call(call)


def _of_call(call: ast.Call) -> Iterator[Key]:
    name = getattr(call.func, "id", getattr(call.func, "attr", "")).removesuffix("_lazy")
    name = NAMES.get(name, name)
    texts = [argument.value if isinstance(argument, ast.Constant) else None for argument in call.args]
    if name in MESSAGES and len(texts) > (at := MESSAGES[name][0]) and isinstance(texts[at], str):
        yield (str(texts[0]) if name.endswith("pgettext") else None), texts[at]


def _in_templates() -> Iterator[Key]:
    engine = engines["django"]
    folder = settings.BASE_DIR / "templates"
    for path in folder.rglob("*"):
        if path.suffix in {".html", ".txt", ".mjml"}:
            template = engine.get_template(str(path.relative_to(folder))).template
            for node in template.nodelist.get_nodes_by_type(TranslateNode):
                if message := node.filter_expression.var.literal:  # else a variable is translated
                    yield _context(node), str(message)
            for block in template.nodelist.get_nodes_by_type(BlockTranslateNode):
                text = block.render_token_list(block.singular)[0]
                yield _context(block), trim_whitespace(text) if block.trimmed else text


def _context(node: TranslateNode | BlockTranslateNode) -> str | None:
    return str(node.message_context.var) if node.message_context else None


# --- What people see --------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_public_pages_speak_the_language(
    speaking: str, catalogue: polib.POFile, client: Client, identity: Any
) -> None:
    newsletter = newsletter_pages()[speaking].newsletter
    section = SectionPageFactory(parent=home_in(speaking), title="Taller")
    story = StoryPageFactory(parent=section, title="Molino")
    NewsPageFactory(parent=section, title="Horno")
    for address in (
        f"/{speaking}/",
        story.url,
        reverse("audience:subscribe"),
        reverse("audience:sign_up", args=[newsletter.slug]),
        reverse("audience:sent"),
        reverse("feeds:index"),
        f"/{speaking}/nowhere/",
    ):
        page = client.get(address).content.decode()
        assert f'<html lang="{speaking}"' in page
        assert not _english(page, catalogue), address


@pytest.mark.django_db
def test_mails_speak_the_language(speaking: str, catalogue: polib.POFile, identity: Any) -> None:
    pages = newsletter_pages()
    subscription = SubscriptionFactory(
        newsletter=pages[speaking].newsletter, subscriber=SubscriberFactory(language=speaking)
    )
    edition = EditionPageFactory(parent=pages[speaking], body=[stories(StoryPageFactory(title="Molino"))])
    version = render_version(edition, newsletter=edition.newsletter, shown_segments=frozenset())
    texts = [version.html, version.text]
    for answer in Answer:
        message = answer_message(answer, subscription)
        texts += [str(message.subject), str(message.body), str(message.alternatives[0][0])]
    for text in texts:
        assert not _english(text, catalogue)


@pytest.mark.django_db
def test_the_admin_speaks_the_language_of_the_person(
    speaking: str, catalogue: polib.POFile, client: Client, identity: Any, newsletter_manager_user: Any
) -> None:
    UserProfile.objects.create(user=newsletter_manager_user, preferred_language=speaking)
    client.force_login(newsletter_manager_user)
    edition = EditionPageFactory(parent=newsletter_pages()["en"])
    for address in (
        reverse("sending:check_and_send", args=[edition.pk]),
        reverse("sending:mailings"),
        reverse("wagtailsnippets_audience_segment:add"),
        reverse("wagtailadmin_pages:add", args=["editions", "editionpage", edition.get_parent().pk]),
    ):
        response = client.get(address)
        assert response.status_code == 200, address
        assert not _english(response.content.decode(), catalogue), address


def _english(page: str, catalogue: polib.POFile) -> set[str]:
    """Our own messages that stand on the page untranslated: whole where they are short, anywhere where they are long."""
    soup = BeautifulSoup(page, "html.parser")
    for other in soup.select(f"script, style, body [lang]:not([lang={translation.get_language()}])"):
        other.decompose()
    seen = {" ".join(text.split()) for text in soup.stripped_strings}
    for name in ("aria-label", "placeholder", "title", "content"):
        seen |= {str(element[name]) for element in soup.find_all(attrs={name: True})}
    everything = "\n".join(seen)
    messages = {html.unescape(entry.msgid) for entry in catalogue if entry.msgid not in _translations(entry)}
    return {text for text in messages if text in seen or (len(text) > 25 and text in everything)}


def _translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _placeholders(text: str) -> list[str]:
    found = PLACEHOLDER.findall(text)
    # What stands after the bar of a merge field is words.
    return sorted(re.sub(r"\|[^}]*", "", part) for part in found)
