"""Background tasks on Redis, for several machines: the queue they are put into, and the worker that runs them.

Used when TASKS_URL is set, through django-tasks-rq. RQ's own defaults suit jobs that may be broken off and are worth
keeping; ours are wake-ups for work that stands in the database (docs/decisions/tasks-as-wake-ups.md).
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django_rq.queues import DjangoRQ
from django_tasks_rq import Job
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.exceptions import InvalidJobOperation, NoSuchJobError, StopRequested
from rq.executions import Execution
from rq.job import Job as AnyJob
from rq.job import Retry as OneMoreTime
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty
from rq.worker import SimpleWorker

logger = logging.getLogger(__name__)

TWO_WEEKS = 14 * 24 * 60 * 60
# An idle worker looks so often whether it is told to end, and whether a deferred task has become due.
LOOK_EVERY = 1
# The clocks of two machines may differ by so much (seconds): a batch that is woken before its time is not sent.
CLOCKS_DIFFER = 0.25
# Due tasks moved at one look: a worker with thousands of them begins to work after the first.
MOVED_AT_ONCE = 100


@cache
def redis() -> Redis:
    """The process's own connections. django-rq would open one for each task that is enqueued.

    A connection that broke is opened anew, once and at once: somebody waits for the page.
    """
    return Redis.from_url(
        settings.TASKS_URL, socket_timeout=10, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1)
    )


class CommittedQueue(DjangoRQ):
    """A queue that takes a task when the transaction around it commits: no worker looks for rows that are not there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "connection": redis()})

    def create_job(self, *args: Any, **kwargs: Any) -> AnyJob:
        """A task without limit of time, run once more when it failed or its worker was killed.

        What succeeded is forgotten at once; what failed twice is kept for two weeks, not for a year.
        """
        ours = {"timeout": -1, "retry": OneMoreTime(max=1), "result_ttl": 0, "failure_ttl": TWO_WEEKS}
        return super().create_job(*args, **{**kwargs, **ours})

    def enqueue_job(
        self, job: AnyJob, pipeline: Pipeline | None = None, at_front: bool = False, unique: bool = False
    ) -> AnyJob:
        self._on_commit(partial(super().enqueue_job, job, pipeline, at_front, unique))
        return job

    def schedule_job(
        self, job: AnyJob, datetime: datetime, pipeline: Pipeline | None = None, unique: bool = False
    ) -> AnyJob:
        """Not before that time. RQ cuts it down to whole seconds, and would wake a batch up to a second too early."""
        whole = datetime.replace(microsecond=0)
        if whole < datetime:
            whole += timedelta(seconds=1)
        self._on_commit(partial(super().schedule_job, job, whole, pipeline, unique))
        return job

    def _on_commit(self, put: Callable[[], object]) -> None:
        """While Redis is away the work goes on, and the sweep wakes what sleeps. Only who signs up has to be told,
        because no answer will come."""

        def put_if_redis_answers() -> None:
            try:
                put()
            except RedisError:
                if self.name == "confirmations":
                    raise
                logger.exception("A task for the queue “%s” is lost: Redis cannot be used.", self.name)

        transaction.on_commit(put_if_redis_answers)


class NoDeathPenalty(BaseDeathPenalty):
    """Nothing ends a task from outside. Calls have deadlines of their own, and an alarm in the middle of one would
    leave in doubt what was about to be known."""

    def setup_death_penalty(self) -> None:
        pass

    def cancel_death_penalty(self) -> None:
        pass


class RedisWorker(SimpleWorker):
    """Runs one task after the other in its own process, over kept connections to the database and the mail service.

    Why not as RQ does it: docs/decisions/workers-without-forks.md.
    """

    death_penalty_class = NoDeathPenalty

    @classmethod
    def of_queues(cls, names: list[str]) -> "RedisWorker":
        """Raises redis.exceptions.RedisError when Redis does not answer."""
        queues = [CommittedQueue(name, job_class=Job, serializer=JSONSerializer) for name in names]
        return cls(
            queues,
            connection=redis(),
            job_class=Job,
            queue_class=CommittedQueue,
            serializer=JSONSerializer,
            # After a minute and a half without a sign of life it counts as dead.
            worker_ttl=30,
            # What killed workers were running is looked for so often; it counts as abandoned after seven minutes.
            maintenance_interval=60,
            log_job_description=False,
        )

    def subscribe(self) -> None:
        """Takes no commands over Redis, and so needs no second connection: who started a worker tells it to end."""

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[AnyJob, Queue] | None:
        """The next task; None (with timeout None, in a burst) when there is none.

        RQ's own waits for minutes, deaf to the request to end, and leaves deferred tasks to a forked process that
        outlives a worker killed with -9.
        """
        while not self._stop_requested:
            self.enqueue_what_is_due()
            found = super().dequeue_job_and_maintain_ttl(timeout and LOOK_EVERY, LOOK_EVERY)
            if found is not None or timeout is None:
                return found
        raise StopRequested

    def enqueue_what_is_due(self) -> None:
        now = int(time.time() - CLOCKS_DIFFER)
        for queue in self.queues:
            registry = queue.scheduled_job_registry
            for job_id in registry.get_jobs_to_schedule(now, chunk_size=MOVED_AT_ONCE):
                try:
                    registry.requeue(job_id)
                except InvalidJobOperation:
                    pass  # another worker was there first
                except NoSuchJobError:
                    registry.remove(job_id)

    def perform_job(self, job: AnyJob, queue: Queue, execution: Execution) -> bool:
        close_old_connections()
        try:
            return super().perform_job(job, queue, execution)
        finally:
            close_old_connections()

    def _shutdown(self) -> None:
        """Told to end: after this task, or before the next is taken. RQ's own may lose one it has just taken."""
        self._stop_requested = True
