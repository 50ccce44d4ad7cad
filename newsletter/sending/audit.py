"""What must be true of a mailing at every moment, asked of the database in one query.

Constraints hold what a single row can say (newsletter/sending/models). This is the rest: sums, ranges that touch,
leases nobody swept, reports nobody heeded. docs/architecture.md lists the eight promises; the numbers are theirs.
"""

from datetime import timedelta

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.sending.events import RANK
from newsletter.sending.failures import NOT_RECEIVED
from newsletter.sending.models import Delivery, Mailing

# The clock sweeps every half minute; what it has not put right after so long was overlooked.
OVERLOOKED = timedelta(minutes=5)

TURNED_DOWN = ", ".join(f"'{outcome}'" for outcome in Delivery.TURNED_DOWN)
MISSED = ", ".join(f"'{outcome}'" for outcome in NOT_RECEIVED)
RANKS = " ".join(f"WHEN '{event}' THEN {rank}" for event, rank in RANK.items())

# Each column counts what is wrong; a sum that may go wrong both ways is a difference.
QUERY = f"""
WITH
  m AS (SELECT * FROM sending_mailing WHERE id = %(mailing)s),
  b AS (SELECT * FROM sending_batch WHERE mailing_id = %(mailing)s),
  d AS (SELECT * FROM sending_delivery WHERE mailing_id = %(mailing)s),
  sums AS (
    SELECT COALESCE(SUM(size), 0) AS size, COALESCE(SUM(left_out), 0) AS left_out,
           COALESCE(SUM(refused), 0) AS refused, MIN(first_delivery) AS first, MAX(last_delivery) AS last FROM b
  ),
  people AS (
    SELECT COUNT(*) AS everybody, COUNT(variant_id) AS in_batches,
           SUM(CASE WHEN outcome = 'skipped' AND variant_id IS NOT NULL THEN 1 ELSE 0 END) AS left_out,
           SUM(CASE WHEN outcome IN ({TURNED_DOWN}) THEN 1 ELSE 0 END) AS refused FROM d
  ),
  neighbours AS (
    SELECT first_delivery, LAG(last_delivery) OVER (ORDER BY first_delivery) AS last_before FROM b
  ),
  others AS (
    SELECT o.id FROM sending_mailing o JOIN m ON o.edition_id = m.edition_id
    WHERE o.id <> m.id AND o.audience IS NOT NULL
  )
SELECT
  COALESCE((SELECT audience FROM m), 0) - (SELECT everybody FROM people) AS not_in_the_list,
  CASE WHEN (SELECT audience FROM m) IS NULL THEN 0
       ELSE (SELECT audience - left_out FROM m) - (SELECT size FROM sums) END AS not_in_the_sum,
  (SELECT in_batches FROM people) - (SELECT size FROM sums) AS in_no_batch,
  (SELECT COUNT(*) FROM neighbours WHERE last_before >= first_delivery) AS in_two_batches,
  COALESCE((SELECT left_out FROM people), 0) - (SELECT left_out FROM sums) AS left_out_uncounted,
  COALESCE((SELECT refused FROM people), 0) - (SELECT refused FROM sums) AS refused_uncounted,
  CASE WHEN NOT EXISTS (SELECT 1 FROM others) THEN 0 ELSE (
    SELECT COUNT(*) FROM d
    WHERE d.outcome NOT IN ({MISSED}) AND ({{state_of_batch}}) IN ('accepted', 'submitting') AND EXISTS (
      SELECT 1 FROM sending_delivery e WHERE e.mailing_id IN (SELECT id FROM others)
      AND e.subscriber_id = d.subscriber_id AND e.outcome NOT IN ({MISSED})
      AND ({{state_of_other_batch}}) IN ('accepted', 'submitting')
    )) END AS sent_twice,
  (SELECT COUNT(*) FROM b WHERE state IN ('claimed', 'submitting') AND lease_until < %(overlooked)s) AS overlooked,
  (SELECT COUNT(*) FROM sending_deliveryevent e JOIN d ON d.id = e.delivery_id
    WHERE e.delivery_id BETWEEN (SELECT first FROM sums) AND (SELECT last FROM sums)
    AND d.outcome NOT IN ('skipped', {TURNED_DOWN})
    AND CASE e.event_type {RANKS} ELSE 0 END > CASE d.outcome {RANKS} ELSE 0 END) AS unheeded,
  (SELECT COUNT(*) FROM b WHERE state IN ('unknown', 'parked') AND EXISTS (
    SELECT 1 FROM sending_deliveryevent e JOIN d ON d.id = e.delivery_id
    WHERE e.delivery_id BETWEEN b.first_delivery AND b.last_delivery
  )) AS proved_but_in_doubt,
  (SELECT COUNT(*) FROM b, m WHERE m.state IN ('sent', 'cancelled') AND (
    b.state IN ('pending', 'claimed', 'deferred') OR b.is_repeat OR (b.state = 'submitting' AND m.state = 'sent')
  )) AS unfinished
"""  # noqa: S608
STATE_OF_BATCH = (
    "SELECT s.state FROM sending_batch s WHERE s.mailing_id = {0}.mailing_id AND s.first_delivery <= {0}.id "
    "ORDER BY s.first_delivery DESC LIMIT 1"
)


def wording() -> dict[str, str]:
    """What each column of the query means when it is not zero; %s is how much."""
    return {
        "not_in_the_list": _("Difference between the audience and the list of recipients: %s (promise 1)."),
        "not_in_the_sum": _("Difference between the audience and the sum of all states: %s (promise 1)."),
        "in_no_batch": _("Recipients in no batch: %s (promise 1)."),
        "in_two_batches": _("Batches that overlap, so that somebody would get it twice: %s (promise 2)."),
        "left_out_uncounted": _("Error in the count of people left out: %s (promise 1)."),
        "refused_uncounted": _("Error in the count of people turned down: %s (promise 1)."),
        "sent_twice": _("People who have had this edition twice, by two sendings: %s (promise 2)."),
        "overlooked": _("Batches that wait for a worker that died: %s (promise 3). Is the clock running?"),
        "unheeded": _("Reports of the mail service that were not heeded: %s (promise 7)."),
        "proved_but_in_doubt": _("Batches in doubt although reports prove them: %s (promise 7)."),
        "unfinished": _("Unfinished batches of a sending that is over: %s (promise 8)."),
    }


def broken_invariants(mailing: Mailing) -> list[str]:
    """In words, what is wrong; an empty list when all is well. One statement, so one moment."""
    sql = QUERY.format(
        state_of_batch=STATE_OF_BATCH.format("d"), state_of_other_batch=STATE_OF_BATCH.format("e")
    )
    overlooked = connection.ops.adapt_datetimefield_value(timezone.now() - OVERLOOKED)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"mailing": mailing.pk, "overlooked": overlooked})
        row = cursor.fetchone()
        columns = [column[0] for column in cursor.description]
    words = wording()
    return [words[column] % intcomma(abs(count)) for column, count in zip(columns, row, strict=True) if count]
