"""Whatever README.md and docs/ name exists: settings, make targets, commands, files, addresses, names in the code.

Words in backquotes are looked at one by one; in fenced blocks only settings and commands are. The checker itself is
tried on a text full of things that do not exist.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, URLResolver, get_resolver, resolve
from django.utils import translation

from newsroom.settings.environment import ANYMAIL_PREFIX, VARIABLES
from stories.feeds import channels
from stories.feeds.formats import FORMATS

HOUSE = settings.BASE_DIR
README = HOUSE / "README.md"
DOCUMENTS = [README, *sorted((HOUSE / "docs").rglob("*.md"))]
PACKAGES = ("newsroom", "newsletter", "stories")

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
# Where a command may begin: "git make python3" is a list of packages.
MAKE = re.compile(r"(?:^|&& |/usr/bin/)make ((?:[A-Z]+=\S+ )*)([a-z.]+)((?: [A-Z]+=\S+)*)", re.MULTILINE)
MANAGE = re.compile(r"\bmanage\.py ([a-z_]+)")
MODULE = re.compile(r"\bpython3? -m ([\w.]+)")
SETTING = re.compile(r"(?<![\w./$<-])[A-Z][A-Z0-9_]{2,}(?![\w.])")
ASSIGNMENT = re.compile(r"^(?:export |Environment=)?([A-Z][A-Z0-9_]{2,})=", re.MULTILINE)
FUNCTION = re.compile(r"(\w+)\(\)")
CLASS = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+")
DOTTED = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
FILE = re.compile(
    r"[\w.*<>-]*\.(?:py|md|toml|html|mjml|css|png|lock|sqlite3|txt)|Makefile|Procfile|\.env|\.ci"
)

# In capitals like a setting, and none: a stand-in for any name, a time zone, what WSGI calls the client's address,
# the variable Django's createsuperuser reads, which new_newsroom reads too, Lighthouse's own, and one of its categories.
NO_SETTINGS = {"NAME", "UTC", "REMOTE_ADDR", "DJANGO_SUPERUSER_PASSWORD", "CHROME_PATH", "SEO"}
# Views that answer to any address below theirs, and so prove nothing.
CATCH_ALL = {"wagtail_serve", "feeds:unknown"}


# --- What there is ----------------------------------------------------------------------------------
@cache
def makefile() -> str:
    return (HOUSE / "Makefile").read_text()


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z.]+):(?!=)", makefile(), re.MULTILINE))


def known_settings() -> set[str]:
    of_make = re.findall(r"^([A-Z]+) \?=", makefile(), re.MULTILINE)
    of_processes = re.findall(r"\$\{([A-Z]+):-", (HOUSE / "Procfile").read_text())
    return {*VARIABLES, *of_make, *of_processes}


@cache
def code() -> str:
    return "\n".join(
        path.read_text() for package in PACKAGES for path in sorted((HOUSE / package).rglob("*.py"))
    )


def is_setting(name: str) -> bool:
    return name in known_settings() or name.startswith(ANYMAIL_PREFIX)


def is_module(name: str) -> bool:
    path = HOUSE / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


def is_in_code(dotted: str) -> bool:
    """A module, or something a module defines."""
    module, _dot, name = dotted.rpartition(".")
    if is_module(dotted):
        return True
    for path in (HOUSE / f"{module.replace('.', '/')}.py", HOUSE / module.replace(".", "/") / "__init__.py"):
        if path.is_file() and re.search(rf"\b{name}\b", path.read_text()):
            return True
    return False


def is_file(name: str) -> bool:
    """A file or folder of the tree, or one that a running newsroom keeps in VAR_DIR or writes beside the tree."""
    if name.split("/")[0] == "var":
        return _is_kept(name.rstrip("/"))
    if name == ".env":
        return ".env" in make_targets()
    pattern = re.sub(r"<[^>]*>", "*", name).rstrip("/")
    return any(True for _path in HOUSE.glob(pattern))


def _is_kept(name: str) -> bool:
    folders = {Path(path).name for path in (settings.STATIC_ROOT, settings.MEDIA_ROOT, settings.MAILBOX_DIR)}
    if name == "var" or name.removeprefix("var/") in folders:
        return True
    writers = makefile() + code() + (HOUSE / "tests" / "databases.py").read_text()
    # The Makefile writes whole paths; the code joins them from VAR_DIR and a name in quotes.
    return bool(re.search(rf"\b{re.escape(name)}\b|[\"']{re.escape(Path(name).name)}[\"']", writers))


def is_address(path: str) -> bool:
    """An address some view of ours answers to. Pages live in the database: of those only the front pages are known."""
    path = re.sub(r"<([^>|]*)[^>]*>", lambda match: match[1] if "|" in match[0] else "1", path)
    codes = [code for code, _name in settings.LANGUAGES]
    if path in {"/", settings.STATIC_URL, settings.MEDIA_URL, *(f"/{code}/" for code in codes[1:])}:
        return True
    first = path.split("/")[1]
    with translation.override(first if first in codes else codes[0]):
        try:
            match = resolve(path)
        except Resolver404:
            return _is_prefix(path)
    # Wagtail's admin has one, too, and it has no name but its function's.
    if match.view_name in CATCH_ALL or getattr(match.func, "__name__", "") == "default":
        return _is_prefix(path)
    if match.app_name == "feeds" and "extension" in match.kwargs:
        return match.kwargs["extension"] in FORMATS and _is_channel(match.kwargs["channel"])
    return True


def _is_prefix(path: str) -> bool:
    included = (pattern for pattern in get_resolver().url_patterns if isinstance(pattern, URLResolver))
    return any(f"/{pattern.pattern}" == path for pattern in included)


def _is_channel(slug: str) -> bool:
    return any(slug == name or (name.endswith("-") and slug.startswith(name)) for name in channels._sources)


# --- What the documents name --------------------------------------------------------------------------
def faults(text: str, folder: Path = HOUSE) -> list[str]:
    """Whatever the text names and is not there; `folder` is where its relative links start."""
    fenced = "\n".join(FENCE.findall(text))
    spans = SPAN.findall(FENCE.sub("", text))
    found = [*_commands(fenced), *(name for name in ASSIGNMENT.findall(fenced) if not _fits_setting(name))]
    for span in spans:
        found += _commands(span)
        found += _names(span)
    found += [link for link in LINK.findall(FENCE.sub("", text)) if not (folder / link).exists()]
    return found


def _commands(text: str) -> Iterator[str]:
    for before, target, after in MAKE.findall(text):
        if target not in make_targets():
            yield f"make {target}"
        yield from (name for name in re.findall(r"([A-Z]+)=", before + after) if not is_setting(name))
    for command in MANAGE.findall(text):
        if command not in get_commands():
            yield f"manage.py {command}"
    for module in MODULE.findall(text):
        if module.split(".")[0] in {*PACKAGES, "tests"} and not is_module(module):
            yield f"python -m {module}"


def _names(span: str) -> Iterator[str]:
    yield from (name for name in SETTING.findall(span) if not _fits_setting(name))
    yield from (f"{name}()" for name in FUNCTION.findall(span) if not re.search(rf"\bdef {name}\(", code()))
    yield from (word for word in span.split() if not _is_there(word))
    if span.startswith("/") and " " not in span and not is_address(span):
        yield span


def _is_there(word: str) -> bool:
    """True for what is no name of anything as well: only what looks like one is looked for."""
    if CLASS.fullmatch(word):
        return re.search(rf"\b{word}\b", code()) is not None
    if DOTTED.fullmatch(word) and not FILE.fullmatch(word):
        return is_in_code(word)
    return not _looks_like_file(word) or is_file(word)


def _fits_setting(name: str) -> bool:
    return is_setting(name) or name in NO_SETTINGS


def _looks_like_file(word: str) -> bool:
    if word.startswith(("/", "<")) or "://" in word or "…" in word:
        return False
    first, slash, _rest = word.partition("/")
    if not slash:
        return bool(FILE.fullmatch(word)) and word != "manage.py"
    last = word.rstrip("/").rpartition("/")[2]
    return word.endswith("/") or bool(FILE.fullmatch(last)) or (HOUSE / first).exists() or first == "var"


# --- The tests ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(HOUSE)))
def test_whatever_a_document_names_exists(document: Path) -> None:
    assert faults(document.read_text(), document.parent) == []


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.read_text().splitlines()) < 200


def test_every_decision_is_in_the_list_and_says_its_status() -> None:
    folder = HOUSE / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text()))
    records = {path.name for path in folder.glob("*.md")} - {"README.md"}
    assert records <= listed
    for name in records:
        text = (folder / name).read_text()
        assert re.search(r"^Status: (accepted|superseded)", text, re.MULTILINE), name
        for part in ("Context", "Decision", "Consequences"):
            assert f"\n## {part}\n" in text, f"{name} lacks {part}"


NOT_THERE = [
    "`MAILBOX_COLOUR`",
    "`MAIL=mailbox OVEN_URL=hot`",
    "`make bread`",
    "`make run COLOUR=9000`",
    "`manage.py bake_bread`",
    "`python -m newsroom.bakery`",
    "`newsletter/sending/oven.py`",
    "`stories/bakery/`",
    "`nowhere/`",
    "`oven.py`",
    "`var/cellar`",
    "`newsletter.sending.oven`",
    "`newsletter.sending.sweep.polish`",
    "`polish_the_oven()`",
    "`LoafOfBreadPage`",
    "`/opensesame`",
    "`/es/opensesame/`",
    "`/feeds/bread`",
    "`/feeds/all.loaf`",
    "`/feeds/bread.rss`",
    "`/admin/opensesame/`",
    "[a picture](docs/screenshots/nothing.png)",
    "```sh\nmake run\nmake bread\n```",
    "```sh\npython manage.py bake_bread\n```",
    "```ini\nEnvironment=OVEN_URL=hot\n```",
]
THERE = [
    "`MAIL=smtp`, `ANYMAIL_MAILGUN_API_KEY`, `PORT`, `SERVE=0`",
    "`make demo` and `make run PORT=9000`",
    "`manage.py check --deploy`",
    "`python -m newsroom.catalogues`",
    "`newsletter/sending/sweep.py`, `stories/feeds/`, `Makefile`, `docs/settings.md`",
    "`var/media`, `var/demo/logins.toml`, `var/newsroom.sqlite3`, `.env`",
    "`newsletter.sending.sweep.sweep`, `sweep()`, `StreamField`",
    "`/`, `/es/`, `/healthz`, `/unsubscribe/<token>/`, `/feeds/<all|news>.<rss|atom>`, `/es/feeds/topic-energia.rss`",
    "`/admin/`, `/admin/sending/mailbox/`, `/anymail/`, `/anymail/mailgun/tracking/`",
    "`text/html`, `Europe/Madrid`, `https://news.example.org`",
    "```sh\napt-get install git make python3\nmake run PORT=9000\n```",
]


@pytest.mark.parametrize("text", NOT_THERE)
def test_a_name_that_does_not_exist_is_found(text: str) -> None:
    assert faults(text if "\n" in text else f"As everybody knows, {text}, and so on.")


@pytest.mark.parametrize("text", THERE)
def test_a_name_that_exists_is_left_alone(text: str) -> None:
    assert faults(text) == []
