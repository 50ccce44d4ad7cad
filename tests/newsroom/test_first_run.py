import stat
from pathlib import Path

from newsroom.first_run import write_dotenv


def test_the_first_run_writes_two_long_keys_for_the_owner_alone(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    assert write_dotenv(dotenv)
    lines = [line.split("=", 1) for line in dotenv.read_text().splitlines() if "=" in line and line[0] != "#"]
    keys = dict(lines)
    assert keys.keys() == {"SECRET_KEY", "SUBSCRIBER_KEY"}
    assert min(len(key) for key in keys.values()) >= 32
    assert keys["SECRET_KEY"] != keys["SUBSCRIBER_KEY"]
    assert stat.S_IMODE(dotenv.stat().st_mode) == 0o600


def test_a_second_run_leaves_the_keys_alone(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("SUBSCRIBER_KEY=kept\n")
    assert not write_dotenv(dotenv)
    assert dotenv.read_text() == "SUBSCRIBER_KEY=kept\n"
