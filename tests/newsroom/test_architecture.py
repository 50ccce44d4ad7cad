"""Who may import whom is written in pyproject.toml; here it is proved that breaking it is noticed."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

PACKAGES = ["newsroom", "newsletter", "stories"]

# What a hurried developer might write: into this module, an import of that one.
VIOLATIONS = [
    ("stories.licences", "newsletter.audience.addresses"),
    ("stories.licences", "newsroom.health"),
    ("newsletter.audience.addresses", "newsroom.health"),
    ("newsletter.audience.addresses", "newsletter.editions.merge_fields"),
    ("newsletter.audience.addresses", "newsletter.sending.models"),
    ("newsletter.editions.merge_fields", "newsletter.sending.models"),
    ("stories.licences", "stories.feeds.urls"),
    ("stories.models.vocabulary", "stories.wordpress.apps"),
    ("stories.models.vocabulary", "stories.finding.urls"),
    ("stories.feeds.urls", "stories.wordpress.apps"),
    ("stories.feeds.urls", "stories.finding.urls"),
    ("stories.finding.words", "stories.feeds.urls"),
    ("stories.wordpress.apps", "stories.feeds.urls"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


def copy_of_the_house(folder: Path) -> Path:
    shutil.copy(settings.BASE_DIR / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(
            settings.BASE_DIR / package,
            folder / package,
            ignore=lambda _folder, names: {*names} - _code(names),
        )
    return folder


def _code(names: list[str]) -> set[str]:
    return {
        name
        for name in names
        if name.endswith(".py") or ("." not in name and name not in {"static", "content"})
    }


def plant(folder: Path, module: str, imported: str) -> None:
    path = folder / f"{module.replace('.', '/')}.py"
    path.write_text(f"{path.read_text()}\nimport {imported}\n")


@pytest.fixture(scope="module")
def report_on_a_broken_house(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = copy_of_the_house(tmp_path_factory.mktemp("house"))
    for module, imported in VIOLATIONS:
        plant(folder, module, imported)
    # A module nobody has listed anywhere.
    (folder / "stories" / "brand_new.py").write_text("import stories.feeds.urls\n")
    ended = lint_imports(folder)
    assert ended.returncode == 1, ended.stderr
    return ended.stdout


def test_the_house_stands_as_it_is() -> None:
    ended = lint_imports(settings.BASE_DIR)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(("module", "imported"), VIOLATIONS)
def test_an_import_in_the_wrong_direction_is_named(
    module: str, imported: str, report_on_a_broken_house: str
) -> None:
    assert f"{module} -> {imported} " in report_on_a_broken_house


def test_a_new_module_of_the_core_is_held_to_the_same(report_on_a_broken_house: str) -> None:
    assert "stories.brand_new -> stories.feeds.urls " in report_on_a_broken_house


def contract(kind: str) -> dict[str, Any]:
    contracts = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    return next(contract for contract in contracts if contract["type"] == kind)


def test_every_room_of_stories_is_in_the_contracts() -> None:
    rooms = {f"stories.{path.parent.name}" for path in (settings.BASE_DIR / "stories").glob("*/apps.py")}
    assert set(contract("independence")["modules"]) == rooms
    assert set(contract("protected")["protected_modules"]) == rooms
    assert set(contract("protected")["allowed_importers"]) == rooms | {"newsroom", "newsletter"}


def test_every_room_is_an_app_of_its_own() -> None:
    rooms = {
        ".".join(path.relative_to(settings.BASE_DIR).parent.parts)
        for package in PACKAGES
        for path in (settings.BASE_DIR / package).rglob("apps.py")
    }
    assert rooms == {
        app.rsplit(".apps.", 1)[0] for app in settings.INSTALLED_APPS if app.split(".")[0] in PACKAGES
    }
