"""What became of a mailing: the figures, who got it and who did not, and a second try."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from wagtail.log_actions import log

from newsletter.sending.delivery_list import FILTERS, as_csv, deliveries, what_became, why
from newsletter.sending.launching import LaunchRefused
from newsletter.sending.models import Mailing
from newsletter.sending.permissions import may_steer, visible_to
from newsletter.sending.report import as_csv as report_csv
from newsletter.sending.report import report_of
from newsletter.sending.retrying import retry
from newsletter.sending.views import see_mailings, send_mailings

ROWS = 100


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None


@see_mailings
def delivery_list(request: HttpRequest, mailing_id: int) -> HttpResponseBase:
    """The list, or with ?format=csv the whole of it as a file."""
    shown = get_object_or_404(visible_to(request.user).select_related("edition"), pk=mailing_id)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else ""
    # PostgreSQL takes no NUL.
    address = request.GET.get("q", "").replace("\x00", "").strip()[:254]
    batch = _number(request.GET.get("batch", ""))
    rows = deliveries(shown, chosen=chosen, address=address, batch=batch)
    if request.GET.get("format") == "csv":
        log(instance=shown.edition, action="sending.export", user=request.user, data={"mailing": shown.pk})
        return StreamingHttpResponse(
            as_csv(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="sending-{shown.pk}.csv"'},
        )
    page = Paginator(rows, ROWS).get_page(request.GET.get("p"))
    return render(
        request,
        "sending/deliveries.html",
        {
            "mailing": shown,
            "page": page,
            "rows": [(delivery, what_became(delivery), why(delivery)) for delivery in page],
            "filters": FILTERS.items(),
            "chosen": chosen,
            "address": address,
            "batch": batch,
        },
    )


@see_mailings
def report(request: HttpRequest, mailing_id: int) -> HttpResponseBase:
    """What became of it, or with ?format=csv the same figures as a file."""
    shown = get_object_or_404(visible_to(request.user).select_related("edition", "newsletter"), pk=mailing_id)
    figures = report_of(shown)
    if request.GET.get("format") == "csv":
        return HttpResponse(
            report_csv(figures),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="report-{shown.pk}.csv"'},
        )
    return render(request, "sending/report.html", {"mailing": shown, "report": figures})


@send_mailings
@require_POST
def try_again(request: HttpRequest, mailing_id: int) -> HttpResponse:
    first = get_object_or_404(Mailing.objects.select_related("edition", "newsletter"), pk=mailing_id)
    if not may_steer(request.user, first):
        raise PermissionDenied
    try:
        second = retry(first, user=request.user)
    except LaunchRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("sending:mailing", first.pk)
    log(
        instance=first.edition,
        action="sending.retry",
        user=request.user,
        data={"mailing": second.pk, "retry_of": first.pk},
    )
    return redirect("sending:mailing", second.pk)
