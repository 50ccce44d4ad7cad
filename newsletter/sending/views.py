"""Check, people, test, send: and then how far it is."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from wagtail.log_actions import log

from newsletter.audience.conditions import SegmentUnusable
from newsletter.editions.models import EditionPage
from newsletter.editions.preflight import check_edition
from newsletter.editions.test_sends import send_test
from newsletter.editions.versions import language_versions
from newsletter.sending.audit import broken_invariants
from newsletter.sending.deciding import DecisionRefused, decide
from newsletter.sending.failures import passing_failures
from newsletter.sending.forms import PeopleForm, TestSendForm
from newsletter.sending.launching import LaunchRefused, cancel, canonical_edition, launch, pause, resume
from newsletter.sending.models import Batch, Delivery, Mailing
from newsletter.sending.progress import progress_of, reasons_left_out
from newsletter.sending.retrying import AT_REST
from newsletter.sending.snapshot import Addressees, recipients_with_reasons

SAMPLE_ROWS = 10
SECONDS_BETWEEN_LOOKS = 4
# The whole audit of more people takes longer than a page that looks again every few seconds should; the sums, from
# the batches, stand there always.
AUDITED_WHILE_MOVING = 50_000
see_mailings = permission_required("sending.view_mailing", raise_exception=True)
send_mailings = permission_required("sending.add_mailing", raise_exception=True)


@see_mailings
def mailings(request: HttpRequest) -> HttpResponse:
    every = Mailing.objects.select_related("edition", "newsletter", "launched_by")
    page = Paginator(every, 30).get_page(request.GET.get("p"))
    return render(
        request,
        "sending/mailings.html",
        {"rows": [(mailing, progress_of(mailing)) for mailing in page], "page": page},
    )


@send_mailings
def check_and_send(request: HttpRequest, edition_id: int) -> HttpResponse:
    """The way of an edition out of the house on one page; a POST's `action` says which button was pressed."""
    edition = canonical_edition(get_object_or_404(EditionPage, pk=edition_id))
    newsletter = edition.newsletter
    if not newsletter.may_be_sent_by(request.user):
        raise PermissionDenied
    action = request.POST.get("action", "")
    people_form = PeopleForm(request.POST if action in {"count", "send"} else None)
    test_form = TestSendForm(
        request.POST if action == "test" else None, initial={"address": getattr(request.user, "email", "")}
    )
    context: dict[str, Any] = {
        "edition": edition,
        "newsletter": newsletter,
        "findings": check_edition(edition),
        "versions": language_versions(edition),
        "people_form": people_form,
        "test_form": test_form,
        "mailings": Mailing.objects.filter(edition=edition),
    }
    context["has_errors"] = any(finding.level == "error" for finding in context["findings"])
    if action == "test" and test_form.is_valid():
        _send_test(request, edition, address=test_form.cleaned_data["address"])
        return redirect("sending:check_and_send", edition.pk)
    if action in {"count", "send"} and people_form.is_valid():
        addressees = people_form.addressees(edition_id=edition.pk, newsletter=newsletter)
        if action == "send":
            try:
                mailing = launch(
                    edition=edition,
                    segments=addressees.segments,
                    excluded=addressees.excluded,
                    everyone=addressees.everyone,
                    user=request.user,
                    at=people_form.cleaned_data["at"],
                )
            except LaunchRefused as refusal:
                messages.error(request, str(refusal))
            else:
                log(
                    instance=edition, action="sending.launch", user=request.user, data={"mailing": mailing.pk}
                )
                return redirect("sending:mailing", mailing.pk)
        else:
            try:
                context["people"] = people_summary(addressees, languages=list(context["versions"]))
            except SegmentUnusable as fault:
                messages.error(request, str(fault))
    return render(request, "sending/check_and_send.html", context)


def _send_test(request: HttpRequest, edition: EditionPage, *, address: str) -> None:
    try:
        sent = send_test(edition, addresses=[address], user=request.user)
    except Exception as error:  # whatever the mail service answers, the manager has to read it
        messages.error(request, _("The mail service did not take the test: %(error)s") % {"error": error})
        return
    messages.success(
        request,
        ngettext(
            "One test message is on its way to %(to)s.",
            "%(n)s test messages are on their way to %(to)s.",
            sent,
        )
        % {"n": sent, "to": address},
    )


def people_summary(addressees: Addressees, *, languages: list[str]) -> dict[str, Any]:
    """How many would get it by language, how many would be left out and why, and ten rows to recognise them by."""
    people = recipients_with_reasons(addressees, languages=languages)
    reasons = dict(Delivery.Reason.choices)
    counted = people.order_by().values("reading", "reason").annotate(people=Count("pk"))
    by_language: dict[str, int] = {}
    left_out: dict[str, int] = {}
    for row in counted:
        if row["reason"]:
            words = str(reasons[row["reason"]])
            left_out[words] = left_out.get(words, 0) + row["people"]
        else:
            by_language[row["reading"]] = by_language.get(row["reading"], 0) + row["people"]
    return {
        "total": sum(by_language.values()),
        "by_language": sorted(by_language.items()),
        "left_out": sorted(left_out.items()),
        "sample": people.filter(reason="")[:SAMPLE_ROWS],
    }


@see_mailings
def mailing(request: HttpRequest, mailing_id: int) -> HttpResponse:
    shown = get_object_or_404(Mailing.objects.select_related("edition", "newsletter"), pk=mailing_id)
    moving = shown.state in {Mailing.State.PREPARING, Mailing.State.SENDING}
    audited = not moving or (shown.audience or 0) <= AUDITED_WHILE_MOVING
    response = render(
        request,
        "sending/mailing.html",
        {
            "mailing": shown,
            "progress": progress_of(shown),
            "reasons": reasons_left_out(shown),
            "variants": shown.variants.order_by("language", "shown_segments"),
            "in_doubt": shown.batches.filter(state__in=[Batch.State.UNKNOWN, Batch.State.PARKED]),
            "may_send": shown.newsletter.may_be_sent_by(request.user),
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
    """Pause, resume, cancel."""
    steered = get_object_or_404(Mailing, pk=mailing_id)
    if not steered.newsletter.may_be_sent_by(request.user):
        raise PermissionDenied
    action = request.POST.get("action", "")
    verbs = {"pause": pause, "resume": resume, "cancel": cancel}
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
    if not batch.mailing.newsletter.may_be_sent_by(request.user):
        raise PermissionDenied
    action = request.POST.get("action", "")
    if action not in {"count_as_sent", "send_again"}:
        messages.error(request, _("This page does not know the button that was pressed."))
    elif _decided(request, batch, count_as_sent=action == "count_as_sent"):
        log(
            instance=batch.mailing.edition,
            action=f"sending.{action}",
            user=request.user,
            data={
                "mailing": batch.mailing_id,
                "people": batch.people,
                "first_delivery": batch.first_delivery,
            },
        )
    return redirect("sending:mailing", batch.mailing_id)


def _decided(request: HttpRequest, batch: Batch, *, count_as_sent: bool) -> bool:
    """Decides, and says why when that was not possible."""
    try:
        decided = decide(batch, count_as_sent=count_as_sent)
    except DecisionRefused as refusal:
        messages.error(request, str(refusal))
        return False
    if not decided:
        messages.warning(request, _("This had been decided already; nothing was changed."))
    return decided
