"""`python -m newsroom.first_run`: writes .env with fresh keys, unless there is one. Needs Django not at all."""

import os
import secrets
import sys
from pathlib import Path

DOTENV = Path(__file__).resolve().parent.parent / ".env"

CONTENT = """\
# Settings of this newsroom; docs/settings.md explains each name. Keep a copy of this file with your backups.

# Signs sessions and password links. A new one logs everybody out and harms nothing else.
SECRET_KEY={secret_key}

# Signs the links in every newsletter ever sent and keys the do-not-mail list. Never change or lose it.
SUBSCRIBER_KEY={subscriber_key}
"""


def write_dotenv(path: Path = DOTENV) -> bool:
    """True when the file was written, False when there was one. Only its owner may read it."""
    content = CONTENT.format(secret_key=secrets.token_urlsafe(48), subscriber_key=secrets.token_urlsafe(48))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    return True


def set_in_dotenv(path: Path, values: dict[str, str]) -> None:
    """Sets these variables and leaves every other line as it is."""
    lines = path.read_text().splitlines() if path.exists() else []
    kept = [line for line in lines if line.split("=", 1)[0].strip() not in values]
    building = path.with_name(f"{path.name}.building")
    building.touch(mode=0o600)
    building.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in values.items())]) + "\n")
    building.replace(path)


if __name__ == "__main__":
    wrote = write_dotenv()
    sys.stdout.write(
        f"{DOTENV.name}: {'written, with fresh keys' if wrote else 'is there already, left as it is'}\n"
    )
