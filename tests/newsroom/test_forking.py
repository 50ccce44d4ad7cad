"""What runs behind the site on one machine: forks of one process that loaded the newsroom."""

import os
import signal
import subprocess
from contextlib import AbstractContextManager

import pytest
from django.core.management import CommandError, call_command
from django_tasks_db.models import DBTaskResult

from newsroom.management.commands.background import children
from stories.feeds.tasks import ping_hub
from tests.workers import PATIENCE, HeldService, background, line_from, talking

# Two children: one that says its process id and what it hears, past Python's buffer, which a signal may find at work; and one that
# does not get far.
HOUSEHOLD = """
import os, signal, sys
from newsroom.forking import Child, Forks
def live():
    def end(number, frame):
        os.write(1, b"told to end\\n")
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    os.write(1, b"%d\\n" % os.getpid())
    while True:
        signal.pause()
def fail():
    raise ValueError("no such thread")
children = {"live": Child("the long-lived", live), "fail": Child("the short-lived", fail)}
Forks([children[name] for name in sys.argv[1:]], say=lambda line: print(line, flush=True)).run()
"""


def household(*names: str) -> AbstractContextManager[subprocess.Popen[str]]:
    return talking("-c", HOUSEHOLD, *names)


def test_a_killed_child_is_forked_again_and_the_end_of_the_parent_ends_it_in_good_order() -> None:
    with household("live") as parent:
        first = int(line_from(parent))
        os.kill(first, signal.SIGKILL)
        assert line_from(parent) == "the long-lived was killed by SIGKILL; it starts again in 1 s"
        second = int(line_from(parent))
        assert second != first
        parent.send_signal(signal.SIGTERM)
        assert line_from(parent) == "told to end"
        assert parent.wait(PATIENCE) == 0


def test_a_child_that_fails_says_why_and_is_forked_again_after_growing_pauses() -> None:
    with household("fail") as parent:
        assert line_from(parent) == "the short-lived ended with exit code 1; it starts again in 1 s"
        assert line_from(parent) == "the short-lived ended with exit code 1; it starts again in 2 s"
        # In the middle of a pause.
        parent.send_signal(signal.SIGTERM)
        _, errors = parent.communicate(timeout=PATIENCE)
        assert errors.count("ValueError: no such thread") == 2
        assert parent.returncode == 0


def test_the_children_hear_of_the_end_once_even_when_the_whole_group_is_told() -> None:
    """Ctrl-C goes to whole process groups; a worker that is told twice breaks off its task."""
    with household("live") as parent:
        line_from(parent)
        os.killpg(parent.pid, signal.SIGINT)
        out, _ = parent.communicate(timeout=PATIENCE)
        assert out.splitlines() == ["told to end"]
        assert parent.returncode == 0


def test_children_end_with_a_parent_that_was_killed() -> None:
    with household("live") as parent:
        line_from(parent)
        parent.kill()
        # The end of the output is the end of the last process that could write to it.
        out, _ = parent.communicate(timeout=PATIENCE)
        assert out.splitlines() == ["told to end"]


@pytest.mark.django_db(transaction=True)
def test_told_to_end_what_is_in_hand_is_finished_and_the_next_is_left() -> None:
    with HeldService(held_from=1) as hub:
        ping_hub.enqueue(["first"])
        ping_hub.enqueue(["second"])
        with background(WEBSUB_HUB_URL=hub.url) as process:
            hub.until(lambda: hub.held == 1)
            process.send_signal(signal.SIGTERM)
            hub.let_go()
            assert process.wait(PATIENCE) == 0
        assert len(hub.calls) == 1
        assert DBTaskResult.objects.filter(status="READY").count() == 1


def test_whoever_signs_up_does_not_wait_behind_a_mailing() -> None:
    assert [child.name for child in children(2)] == [
        "worker 1",
        "worker 2",
        "the confirmations' worker",
        "the clock",
    ]


def test_without_a_worker_it_does_not_start() -> None:
    with pytest.raises(CommandError, match="at least 1"):
        call_command("background", workers=0)
