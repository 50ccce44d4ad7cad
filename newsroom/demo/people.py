"""One login per role. Passwords are made once, for this demo alone, and kept in a file only its owner may read."""

import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from newsroom.models import User

# Nothing that looks like something else: somebody may have to read it out.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Login:
    username: str
    role: str | Promise
    password: str
    user: User


@dataclass(frozen=True)
class Person:
    """`group` is one of newsroom.roles; empty for the administrator, who may do everything."""

    username: str
    role: str | Promise
    group: str
    first_name: str
    last_name: str


PEOPLE = [
    Person("author", _("Author"), "Author", "Maeve", "Tarrant"),
    Person("editor", _("Editor"), "Editor", "Inés", "Quiroga Salvat"),
    Person("newsletter", _("Newsletter manager"), "Newsletter manager", "Aïssatou", "Ndoye-Lam"),
    Person("press", _("Press officer"), "Press officer", "Bastien", "Morvane"),
    Person("admin", _("Administrator"), "", "Owen", "Pellister"),
]


def load_people(domain: str) -> dict[str, Login]:
    """By user name."""
    kept = _read_passwords()
    passwords = {person.username: kept.get(person.username) or _new_password() for person in PEOPLE}
    if passwords != kept:
        _keep_passwords(passwords)
    return {
        person.username: Login(
            person.username, person.role, passwords[person.username], _load(person, passwords, kept, domain)
        )
        for person in PEOPLE
    }


def _load(person: Person, passwords: dict[str, str], kept: dict[str, str], domain: str) -> User:
    user, is_new = User.objects.get_or_create(
        username=person.username,
        defaults={
            "first_name": person.first_name,
            "last_name": person.last_name,
            "email": f"{person.username}@{domain}",
            "is_superuser": not person.group,
            "is_staff": not person.group,
        },
    )
    if is_new or person.username not in kept:
        user.set_password(passwords[person.username])
        user.save(update_fields=["password"])
    if is_new and person.group:
        user.groups.add(Group.objects.get(name=person.group))
    return user


def logins_file() -> Path:
    return Path(settings.VAR_DIR) / "logins.toml"


def _read_passwords() -> dict[str, str]:
    try:
        read = tomllib.loads(logins_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {str(username): str(password) for username, password in read.items()}


def _keep_passwords(passwords: dict[str, str]) -> None:
    file = logins_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f'{username} = "{password}"\n' for username, password in passwords.items())
    # Never readable by others, not even for a moment: made with its mode, then put in its place.
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(
        os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as opened:
        opened.write(lines)
    unfinished.replace(file)


def _new_password() -> str:
    """Three groups of four: some 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _place in range(4)) for _group in range(3))
