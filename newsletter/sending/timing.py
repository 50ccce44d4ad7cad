"""Every span of time the outbox works with, in one place. They hang together; the comments say how.

Modules read them as `timing.LEASE`, so that a test which waits for real processes can shorten them.
"""

from datetime import timedelta

# A batch belongs to its worker for so long; each commit while it works renews it.
LEASE = timedelta(seconds=120)
# A call begins, and ends, within half the lease: whoever finds the lease expired knows that it is over.
CALL = LEASE / 2
# What a mail service has to take up the connection; nothing was sent yet, so it is tried again.
CONNECT = timedelta(seconds=10)
# A connection that was idle for longer is opened anew: the other end may have closed it, and what is written
# to a closed connection is in doubt.
KEPT_OPEN = timedelta(seconds=4)
# A wake-up that has not been answered for so long was lost with its worker.
FORGOTTEN = timedelta(minutes=10)
# No task of ours runs for so long: one that does was killed, and the queue does not know.
STUCK = timedelta(minutes=15)
# A batch in doubt may still be settled by the mail service's reports and record; after this a person is asked.
PARK_AFTER = timedelta(minutes=30)
# The service's own record lags behind; it is asked when the batch has been in doubt for so long.
ASK_AFTER = timedelta(minutes=1)
# For so long the service keeps its record: a batch of which a report proves only one recipient is asked about until
# the record answers. https://postmarkapp.com/support/article/838 (45 days unless somebody pays for another time)
RECORD_KEPT = timedelta(days=45)
# The pause before the same call is made again, doubling from the first to the longest.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
# A recipient who is told "later" so often, which takes four hours with these pauses, is given up: a person may try
# them again. Who lists unknown senders grey takes them after minutes.
MOST_TRIES = 10
