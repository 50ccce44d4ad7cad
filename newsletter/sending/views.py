"""How far a sending is, and a manager's hand on it."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.log_actions import log

from newsletter.sending.audit import broken_invariants
from newsletter.sending.deciding import DecisionRefused, decide, decide_all
from newsletter.sending.failures import passing_failures
from newsletter.sending.launching import LaunchRefused, agree, cancel, pause, resume
from newsletter.sending.models import Batch, Mailing
from newsletter.sending.permissions import may_confirm, may_steer, visible_to
from newsletter.sending.progress import progress_of, progress_of_each, reasons_left_out
from newsletter.sending.retrying import AT_REST
from newsletter.sending.version_list import version_rows

SECONDS_BETWEEN_LOOKS = 4
# The whole audit of more people takes longer than a page that looks again every few seconds should; the sums, from
# the batches, stand there always.
AUDITED_WHILE_MOVING = 50_000
# Whoever has more batches in doubt than that decides about all of them at once.
DOUBTS_SHOWN = 50
see_mailings = permission_required("sending.view_mailing", raise_exception=True)
send_mailings = permission_required("sending.add_mailing", raise_exception=True)


@see_mailings
def mailings(request: HttpRequest) -> HttpResponse:
    every = visible_to(request.user).select_related("edition", "newsletter", "launched_by")
    page = Paginator(every, 30).get_page(request.GET.get("p"))
    progress = progress_of_each(list(page))
    return render(
        request,
        "sending/mailings.html",
        {"rows": [(mailing, progress[mailing.pk]) for mailing in page], "page": page},
    )


@see_mailings
def mailing(request: HttpRequest, mailing_id: int) -> HttpResponse:
    shown = get_object_or_404(visible_to(request.user).select_related("edition", "newsletter"), pk=mailing_id)
    moving = shown.state in {Mailing.State.PREPARING, Mailing.State.SENDING}
    in_doubt = shown.batches.filter(state__in=Batch.IN_DOUBT)
    audited = not moving or (shown.audience or 0) <= AUDITED_WHILE_MOVING
    versions = version_rows(shown)
    with timezone.override(shown.newsletter.zone):
        response = render(
            request,
            "sending/mailing.html",
            {
                "mailing": shown,
                "progress": progress_of(shown),
                "reasons": reasons_left_out(shown),
                "versions": versions,
                "by_topics": any(version.topics for version in versions),
                "in_doubt": in_doubt[:DOUBTS_SHOWN],
                "more_in_doubt": max(in_doubt.count() - DOUBTS_SHOWN, 0),
                "may_send": may_steer(request.user, shown),
                "may_agree": may_confirm(request.user, shown),
                "moving": moving,
                "broken": broken_invariants(shown) if audited else [],
                "may_be_retried": shown.state in AT_REST and passing_failures(shown.pk).count(),
            },
        )
    if moving:
        # With its address: after #people, which the form leaves behind, a browser only scrolls.
        response["Refresh"] = f"{SECONDS_BETWEEN_LOOKS}; url={request.path}"
    return response


@send_mailings
@require_POST
def steer(request: HttpRequest, mailing_id: int) -> HttpResponse:
    """Agree, pause, resume, cancel."""
    steered = get_object_or_404(Mailing, pk=mailing_id)
    if not may_steer(request.user, steered):
        raise PermissionDenied
    action = request.POST.get("action", "")
    verbs: dict[str, Callable[[Mailing], bool]] = {
        "agree": partial(agree, user=request.user),
        "pause": pause,
        "resume": resume,
        "cancel": cancel,
    }
    if action not in verbs:
        messages.error(request, _("This page does not know the button that was pressed."))
    elif _steered(request, verbs[action], steered):
        log(
            instance=steered.edition,
            action=f"sending.{action}",
            user=request.user,
            data={"mailing": steered.pk},
        )
    return redirect("sending:mailing", steered.pk)


def _steered(request: HttpRequest, verb: Callable[[Mailing], bool], mailing: Mailing) -> bool:
    """Does it, and says why when that was not possible."""
    try:
        done = verb(mailing)
    except LaunchRefused as refusal:
        messages.error(request, str(refusal))
        return False
    if not done:
        messages.warning(request, _("The sending had moved on meanwhile; nothing was changed."))
    return done


@send_mailings
@require_POST
def decide_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """A person settles a batch in doubt."""
    batch = get_object_or_404(
        Batch.objects.select_related("mailing__newsletter", "mailing__edition"), pk=batch_id
    )
    about = {"people": batch.people, "first_delivery": batch.first_delivery}
    return _decided(request, batch.mailing, partial(decide, batch), about=about)


@send_mailings
@require_POST
def decide_all_batches(request: HttpRequest, mailing_id: int) -> HttpResponse:
    """A person settles all that is in doubt."""
    mailing = get_object_or_404(Mailing.objects.select_related("newsletter", "edition"), pk=mailing_id)
    progress = progress_of(mailing)
    about = {"people": progress.unknown + progress.parked}
    return _decided(request, mailing, partial(decide_all, mailing), about=about)


def _decided(
    request: HttpRequest, mailing: Mailing, verb: Callable[..., int], *, about: dict[str, int]
) -> HttpResponse:
    """Decides, logs it, and says why when that was not possible."""
    if not may_steer(request.user, mailing):
        raise PermissionDenied
    action = request.POST.get("action", "")
    if action not in {"count_as_sent", "send_again"}:
        messages.error(request, _("This page does not know the button that was pressed."))
        return redirect("sending:mailing", mailing.pk)
    try:
        decided = verb(count_as_sent=action == "count_as_sent")
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        if decided:
            log(
                instance=mailing.edition,
                action=f"sending.{action}",
                user=request.user,
                data={"mailing": mailing.pk, **about},
            )
        else:
            messages.warning(request, _("This had been decided already; nothing was changed."))
    return redirect("sending:mailing", mailing.pk)
