"""The way of an edition out of the house: check, people, test, send, on one page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.log_actions import log

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.models import Segment
from newsletter.editions.models import EditionPage
from newsletter.editions.preflight import check_edition
from newsletter.editions.test_sends import send_test
from newsletter.editions.versions import language_versions
from newsletter.sending.forms import PeopleForm, TestSendForm, WarningsForm
from newsletter.sending.launching import LaunchRefused, canonical_edition, launch
from newsletter.sending.models import Delivery, Mailing
from newsletter.sending.people_rules import check_people
from newsletter.sending.permissions import reach_of, visible_to
from newsletter.sending.snapshot import Addressees, recipients_with_reasons
from newsletter.sending.views import send_mailings

SAMPLE_ROWS = 10
# The step on which somebody stands after a button was pressed; the four are one page.
STEP_OF = {"count": "people", "test": "test", "send": "send"}


@send_mailings
def check_and_send(request: HttpRequest, edition_id: int) -> HttpResponse:
    """A POST's `action` says which button was pressed; whatever was chosen stays chosen."""
    edition = canonical_edition(get_object_or_404(EditionPage, pk=edition_id))
    newsletter = edition.newsletter
    reach = reach_of(request.user, newsletter)
    if reach.is_empty:
        raise PermissionDenied
    action = request.POST.get("action", "")
    findings = check_edition(edition)
    warnings = [finding for finding in findings if finding.level == "warning"]
    has_errors, versions = len(warnings) < len(findings), language_versions(edition)
    with timezone.override(newsletter.zone):
        people_form = PeopleForm(
            request.POST if action else None, reach=reach, newsletter=newsletter, user=request.user
        )
        test_form = TestSendForm(
            request.POST if action == "test" else None,
            languages=list(versions),
            user=request.user,
            initial={"address": request.POST.get("address") or getattr(request.user, "email", "")},
        )
        warnings_form = WarningsForm()
        if action == "test":
            # Whom it is for is not asked of a test.
            people_form.errors.clear()
        context: dict[str, Any] = {
            "edition": edition,
            "step": STEP_OF.get(action, "check"),
            "newsletter": newsletter,
            "findings": findings,
            "warnings": warnings,
            "has_errors": has_errors,
            "versions": versions,
            "people_form": people_form,
            "test_form": test_form,
            "warnings_form": warnings_form,
            "mailings": visible_to(request.user).filter(edition=edition),
        }
        if action == "test" and test_form.is_valid():
            _send_test(request, edition, **test_form.cleaned_data)
        if action in {"count", "send"} and people_form.is_valid():
            addressees = people_form.addressees(edition_id=edition.pk, newsletter=newsletter)
            try:
                people = people_summary(addressees, languages=list(versions))
            except SegmentUnusable as fault:
                messages.error(request, str(fault))
            else:
                about_people = check_people(newsletter=newsletter, total=people["total"])
                warnings += [finding for finding in about_people if finding.level == "warning"]
                if action == "send" and warnings:
                    warnings_form = WarningsForm(request.POST)
                context |= {
                    "people": people,
                    "about_people": about_people,
                    "warnings_form": warnings_form,
                    "at": people_form.cleaned_data["at"],
                }
                seen = people_form.cleaned_data["counted"] == people["total"]
                if action == "send" and seen and (not warnings or warnings_form.is_valid()):
                    mailing = _launched(
                        request,
                        edition,
                        addressees,
                        at=people_form.cleaned_data["at"],
                        warnings=[finding.rule for finding in warnings],
                    )
                    if mailing is not None:
                        return redirect("sending:mailing", mailing.pk)
        return render(request, "sending/check_and_send.html", context)


def _launched(
    request: HttpRequest, edition: EditionPage, addressees: Addressees, *, at: Any, warnings: list[str]
) -> Mailing | None:
    """Launches it, and says why when that was not possible."""
    try:
        mailing = launch(
            edition=edition,
            segments=addressees.segments,
            excluded=addressees.excluded,
            everyone=addressees.everyone,
            user=request.user,
            at=at,
        )
    except LaunchRefused as refusal:
        messages.error(request, str(refusal))
        return None
    log(
        instance=edition,
        action="sending.launch",
        user=request.user,
        data={"mailing": mailing.pk, "warnings": warnings},
    )
    return mailing


def _send_test(
    request: HttpRequest, edition: EditionPage, *, address: str, language: str, segment: Segment | None
) -> None:
    try:
        sent = send_test(edition, addresses=[address], user=request.user, language=language, segment=segment)
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
    """How many would get it by language and segment, how many would be left out and why, and some rows of both.

    {"total": n, "by_language": [(language, of other languages, n)], "by_segment": [(name, n)],
    "left_out": [(reason, n)], "sample": people, "left_out_sample": [(person, reason)]}. Raises SegmentUnusable.
    """
    segments = addressees.segments
    people = recipients_with_reasons(addressees, languages=languages, aimed=segments)
    staying = people.filter(reason="")
    reasons = {key: str(words) for key, words in Delivery.Reason.choices}
    inside = {
        f"segment_{segment.pk}": Count("pk", filter=Q(**{f"in_{segment.pk}": True})) for segment in segments
    }
    in_segments = staying.order_by().aggregate(**inside) if inside else {}
    by_language: dict[tuple[str, bool], int] = {}
    left_out: dict[str, int] = {}
    for row in people.order_by().values("reading", "of_others", "reason").annotate(people=Count("pk")):
        if row["reason"]:
            words = reasons[row["reason"]]
            left_out[words] = left_out.get(words, 0) + row["people"]
        else:
            by_language[row["reading"], bool(row["of_others"])] = row["people"]
    return {
        "total": sum(by_language.values()),
        "by_language": [(*key, count) for key, count in sorted(by_language.items())],
        "by_segment": [(segment.name, in_segments[f"segment_{segment.pk}"]) for segment in segments],
        "left_out": sorted(left_out.items()),
        "sample": staying[:SAMPLE_ROWS],
        "left_out_sample": [
            (person, reasons[person.reason]) for person in people.exclude(reason="")[:SAMPLE_ROWS]
        ],
    }
