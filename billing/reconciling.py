"""The provider's books against ours: every line is stored, matched with a transfer, and what differs goes to suspense.

Runs may be cut short, repeated and overlap: lines are stored once by the provider's id, and what lies in suspense is
brought in line with what differs, whatever was found before.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max, Q, Sum

from billing import gateway, matching, suspense
from billing.gateway import GatewayAway, GatewayRefused, Movement
from billing.matching import GRACE
from billing.models import BankLine, Outbox, Reconciliation, Transfer

log = logging.getLogger("tally.billing")

ALARM = "reconciliation.alarm"  # the topic of the outbox; its payload names the run
FIRST = datetime(2010, 1, 1, tzinfo=UTC)  # before the provider was founded
OVERLAP = timedelta(days=3)  # asked for again, for what its list was late to show
LOOK_BACK = timedelta(days=35)  # a payment may become available so long after it was made; only then its fee is posted
AT_HOUR = 2  # UTC: yesterday's lines are there by then
RETRY_AFTER = timedelta(hours=1)  # also: so long a run may take before another one takes over
SILENT_FOR = timedelta(hours=30)  # no run came through for so long: somebody should know
SKEW = timedelta(minutes=10)  # between the provider's clock and ours
BATCH = 500
S = Reconciliation.State


def due(*, now: datetime) -> bool:
    """Whether today's comparison is still to be made: there is something, and no run of today or under way."""
    today = (now - timedelta(hours=AT_HOUR)).replace(hour=AT_HOUR, minute=0, second=0, microsecond=0)
    runs = Reconciliation.objects.filter(started_at__gt=min(today, now - RETRY_AFTER))
    if runs.filter(Q(state=S.DONE, started_at__gte=today) | Q(started_at__gt=now - RETRY_AFTER)).exists():
        return False
    return Transfer.objects.filter(kind__in=["deposit", "payout_cleared"], created_at__lt=now - GRACE).exists()


def run_if_due(*, now: datetime, asked: bool = False) -> Reconciliation | None:
    """Today's comparison, if it was not made yet; with `asked` another one, unless one is under way."""
    under_way = Reconciliation.objects.filter(state=S.RUNNING, started_at__gt=now - RETRY_AFTER)
    return run(now=now) if due(now=now) or (asked and not under_way.exists()) else None


def run(*, now: datetime, since: datetime | None = None) -> Reconciliation:
    """Compare the provider's books up to now with ours; the row says how it went.

    From where the last complete run ended, less an overlap; from the very beginning when there was none. `since` only
    looks back further: there are no gaps. When the provider does not answer the run has failed, and what it stored
    stays. Not to be called inside a transaction.
    """
    last = Reconciliation.objects.filter(state=S.DONE).aggregate(until=Max("until"))["until"]
    start = FIRST if last is None else min(last - OVERLAP, since or last)
    row = Reconciliation.objects.create(since=start, until=now, started_at=now)
    try:
        _store(gateway.balance_transactions(since=start, until=now + SKEW), now)
        _compare(row, now)
        _weigh(row, now)
    except (GatewayAway, GatewayRefused) as away:
        _end(row, S.FAILED, now, problem=f"The payment provider did not answer: {away}"[:500])
    except Exception as fault:
        log.exception("reconciliation %s", row.pk)
        _end(row, S.FAILED, now, problem=f"{type(fault).__name__}: {fault}"[:500])
    else:
        _end(row, S.DONE, now)
    return row


def alarms(*, run: Reconciliation) -> list[str]:
    """What somebody has to look at, each a sentence."""
    found = []
    if run.state == S.FAILED:
        found.append(f"The comparison failed. {run.problem}")
    if run.found:
        found.append(
            f"{run.found} new difference{'' if run.found == 1 else 's'} between the provider's books and ours."
        )
    if run.lines_total is not None and run.bank_total != run.lines_total:
        found.append("What the provider holds is not what all of its lines sum to.")
    if run.bank_available is not None and run.bank_available < 0:
        found.append("The available balance at the provider is negative: payouts wait until money comes in.")
    return found


def _store(movements: Iterable[Movement], now: datetime) -> int:
    """Store lines not known yet; each batch is kept whatever comes after. How many are new."""
    before, pages = BankLine.objects.count(), iter(movements)
    while page := list(islice(pages, BATCH)):
        BankLine.objects.bulk_create(_lines(page, now), ignore_conflicts=True)
    return BankLine.objects.count() - before


def _lines(movements: Iterable[Movement], now: datetime) -> Iterator[BankLine]:
    for one in movements:
        yield BankLine(
            pk=one.id, type=one.type[:60], source=one.source or "", reference=one.reference or "", amount=one.amount,
            fee=one.fee, net=one.net, currency=one.currency, created_at=one.created, available_on=one.available_on,
            seen_at=now,
        )  # fmt: skip


@transaction.atomic
def _compare(row: Reconciliation, now: datetime) -> None:
    """Match, and bring suspense in line with what differs; one run at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('billing.reconciling', 0))")
    matching.match()
    suspense.clear_unplaced(now=now)
    differences = matching.differences(since=row.since - LOOK_BACK, until=row.until)
    row.found, row.settled = suspense.enter(found_in=row, differences=differences, now=now)
    row.found += suspense.enter_unplaced(found_in=row, now=now)
    of_span = BankLine.objects.filter(created_at__gte=row.since, created_at__lt=row.until)
    counts = of_span.aggregate(lines=Count("pk"), matched=Count("transfer"))
    row.lines, row.matched = counts["lines"], counts["matched"]
    waits = of_span.filter(transfer=None).exclude(suspense__state__in=["open", "asked", "resolved"])
    row.waiting = waits.count()


def _weigh(row: Reconciliation, now: datetime) -> None:
    """The last check, by totals: all lines there ever were sum to what the provider says that it holds.

    Money may move between the two questions; then the lines that are new are fetched and it is asked again. Where it
    never stands still nothing is said.
    """
    for _ in range(3):
        funds = gateway.funds()
        row.bank_total, row.bank_available = funds.available + funds.pending, funds.available
        row.lines_total = BankLine.objects.filter(currency=settings.CURRENCY).aggregate(sum=Sum("net"))["sum"] or 0
        if row.lines_total == row.bank_total:
            return
        if not _store(gateway.balance_transactions(since=row.until - SKEW, until=now + 2 * SKEW), now):
            return
    row.lines_total = None


@transaction.atomic
def _end(row: Reconciliation, state: Reconciliation.State, now: datetime, *, problem: str = "") -> None:
    row.state, row.finished_at, row.problem = state, now, problem
    row.save()
    if alarms(run=row) and (state == S.DONE or _has_been_silent(now)):
        Outbox.objects.create(topic=ALARM, payload={"run": row.pk}, created_at=now)


def _has_been_silent(now: datetime) -> bool:
    """A provider that is away for an hour is no news; told once a day when it stays away."""
    lately = Reconciliation.objects.filter(started_at__gt=now - SILENT_FOR)
    told = Outbox.objects.filter(topic=ALARM, created_at__gt=now - timedelta(hours=20))
    return not lately.filter(state=S.DONE).exists() and not told.exists()
