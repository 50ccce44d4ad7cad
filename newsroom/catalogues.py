"""`python -m newsroom.catalogues`: compiles the translations (locale/*/LC_MESSAGES/*.po) where they changed.

Django's compilemessages needs GNU gettext on the machine; polib is one module of Python and does the same.
`--check` compiles nothing and fails when a message has no translation.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import polib

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


def catalogues(folder: Path = LOCALE_DIR) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/*.po"))


def stale(folder: Path = LOCALE_DIR) -> list[Path]:
    """The catalogues that were never compiled, or changed since."""
    return [
        path
        for path in catalogues(folder)
        if not path.with_suffix(".mo").exists()
        or path.with_suffix(".mo").stat().st_mtime < path.stat().st_mtime
    ]


def compile_stale(folder: Path = LOCALE_DIR) -> list[Path]:
    paths = stale(folder)
    for path in paths:
        compiled = path.with_suffix(".mo")
        # Renamed into place: a server that starts at this moment reads the old one or the new one.
        building = compiled.with_suffix(".building")
        polib.pofile(str(path)).save_as_mofile(str(building))
        building.replace(compiled)
    return paths


def gaps(folder: Path = LOCALE_DIR) -> Iterator[str]:
    """One line for every message without a translation, and for every one only guessed (fuzzy)."""
    for path in catalogues(folder):
        catalogue = polib.pofile(str(path))
        language = path.parent.parent.name
        for entry in catalogue.untranslated_entries():
            yield f"{language}: no translation of {entry.msgid!r}"
        for entry in catalogue.fuzzy_entries():
            yield f"{language}: only a guess for {entry.msgid!r}"


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        lines = list(gaps())
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return 1 if lines else 0
    for path in compile_stale():
        sys.stdout.write(f"{path.parent.parent.name}: translations compiled\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
