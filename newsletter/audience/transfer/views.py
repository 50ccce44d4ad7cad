"""Import and export in the admin: upload, columns, check, import, progress, undo; and the list as a file."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.log_actions import log

from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.models import Newsletter, SubscriberImport, Subscription
from newsletter.audience.segmentation import people_in
from newsletter.audience.transfer import files, steering
from newsletter.audience.transfer.cells import line
from newsletter.audience.transfer.exporting import as_csv
from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.formats import OWN
from newsletter.audience.transfer.forms import ColumnsForm, ExportForm, UploadForm
from newsletter.audience.transfer.outcomes import MEANINGS, UNKNOWN, Outcome, in_words
from newsletter.audience.transfer.refused import headings_over, refused_line
from newsletter.audience.transfer.rows import SubscriberFile
from newsletter.audience.transfer.undoing import why_not_undone
from newsletter.audience.visible import is_limited, people_visible_to

State = SubscriberImport.State
SECONDS_BETWEEN_LOOKS = 2
IMPORTING = ("audience.add_subscriber", "audience.add_subscription", "audience.add_suppression")
EXPORTING = ("audience.view_subscriber", "audience.view_subscription")
may_import = permission_required(IMPORTING, raise_exception=True)
may_export = permission_required(EXPORTING, raise_exception=True)


@permission_required("wagtailadmin.access_admin", raise_exception=True)
def index(request: HttpRequest) -> HttpResponse:
    """Both ways on one page; each is shown to those who may go it."""
    imports, exports = request.user.has_perms(IMPORTING), request.user.has_perms(EXPORTING)
    if not imports and not exports:
        return redirect("wagtailadmin_home")
    page = Paginator(_imports_open_to(request.user), 30).get_page(request.GET.get("p"))
    return render(
        request,
        "audience/admin/import_index.html",
        {
            "page": page if imports else None,
            "upload_form": UploadForm() if imports else None,
            "export_form": ExportForm(user=request.user) if exports else None,
        },
    )


@may_import
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            record = steering.upload(portions=file.chunks(), file_name=file.name, user=request.user)
        except FileFault as fault:
            form.add_error("file", str(fault))
        else:
            log(instance=record, action="audience.upload", user=request.user)
            return redirect("import:columns", record.pk)
    return render(request, "audience/admin/import_upload.html", {"form": form})


@may_import
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    record = _record(request, pk)
    if record.state not in {State.UPLOADED, State.CHECKED, State.FAILED} or not files.is_kept(record):
        return redirect("import:detail", record.pk)
    try:
        recognised, found, notes = steering.columns_of(record)
    except FileFault as fault:
        messages.error(request, str(fault))
        return redirect("import:detail", record.pk)
    form = ColumnsForm(
        request.POST or None, record=record, columns=found, complete=recognised.complete, user=request.user
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            steering.check(
                record,
                newsletter=chosen.get("newsletter"),
                mapping=form.mapping(),
                consent=chosen["consent"],
                assumed=chosen.get("assumed", ""),
                joins_as=chosen.get("joins_as") or SubscriberImport.JoinsAs.CONFIRMED,
            )
        except steering.ImportRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("import:detail", record.pk)
    return render(
        request,
        "audience/admin/import_columns.html",
        {"record": record, "form": form, "notes": notes, "is_own": record.file_kind == OWN},
    )


@may_import
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What the check found, or how far the import is; it looks again by itself while something moves."""
    record = _record(request, pk)
    if record.state == State.UPLOADED:
        return redirect("import:columns", record.pk)
    done = record.state not in {State.CHECKING, State.CHECKED, State.FAILED}
    report = record.report.get("done" if done else "check", {})
    counts, lines = report.get("counts", {}), report.get("lines", {})
    moving = record.state in SubscriberImport.WORKING
    response = render(
        request,
        "audience/admin/import_detail.html",
        {
            "record": record,
            "moving": moving,
            "done": done,
            "is_kept": files.is_kept(record),
            "groups": [
                {
                    "outcome": outcome,
                    "label": outcome.label,
                    "meaning": MEANINGS[outcome],
                    "count": counts.get(outcome.value, 0),
                    "lines": [
                        (file, row, address, in_words(words) if address else words)
                        for file, row, address, words in lines.get(outcome.value, [])
                    ],
                }
                for outcome in Outcome
            ],
            "refused": counts.get(Outcome.INVALID, 0) + counts.get(Outcome.DUPLICATE, 0),
            "unknown": [
                (UNKNOWN.get(what, what), word, times) for what, word, times in report.get("unknown", [])
            ],
            "notes": report.get("notes", []),
            "stayed": record.report.get("stayed", 0),
            "why_not_undone": ""
            if record.state not in {State.IMPORTED, State.STOPPED}
            else why_not_undone(record),
        },
    )
    if moving:
        response["Refresh"] = f"{SECONDS_BETWEEN_LOOKS}; url={request.path}"
    return response


STEPS = {
    "begin": steering.begin,
    "stop": steering.stop,
    "resume": steering.resume,
    "undo": steering.undo,
    "discard": steering.discard,
}


@may_import
@require_POST
def steer(request: HttpRequest, pk: int) -> HttpResponse:
    record = _record(request, pk)
    action = request.POST.get("action", "")
    if action not in STEPS:
        messages.error(request, _("This page does not know the button that was pressed."))
        return redirect("import:detail", record.pk)
    log(instance=record, action=f"audience.import_{action}", user=request.user)
    try:
        STEPS[action](record)
    except steering.ImportRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("import:detail", pk)
    if action == "discard":
        messages.success(request, _("The file was thrown away. Nothing of it is on the list."))
        return redirect("import:index")
    return redirect("import:detail", record.pk)


@may_import
def refused_rows(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows that were not taken, as they stood in the file, each with its reason: to mend and upload again."""
    record = _record(request, pk)
    if not files.is_kept(record):
        messages.error(request, _("The file was deleted; its time was over."))
        return redirect("import:detail", record.pk)
    try:
        file = SubscriberFile(record, now=timezone.now())
    except FileFault as fault:
        messages.error(request, str(fault))
        return redirect("import:detail", record.pk)
    log(instance=record, action="audience.import_refused", user=request.user)
    return _csv(_refused(file, translation.get_language()), f"import-{record.pk}-refused.csv")


def _refused(file: SubscriberFile, language: str | None) -> Iterator[str]:
    headings = headings_over(file.tables)
    yield "\ufeff" + line(headings)
    chunks = file.chunks()
    while True:
        # The request is over when these are drawn, and its language with it.
        with translation.override(language):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield "".join(refused_line(refused, headings) for refused in chunk.refused)


@may_export
def export(request: HttpRequest) -> HttpResponseBase:
    """Everybody, a segment, a newsletter's people, or (?person=) one."""
    form = ExportForm(request.GET, user=request.user)
    if not form.is_valid():
        messages.error(request, _("That segment or newsletter is not there, or not yours to export."))
        return redirect("import:index")
    segment, newsletter = form.cleaned_data["segment"], form.cleaned_data["newsletter"]
    people = people_visible_to(request.user)
    name = "subscribers"
    if person := request.GET.get("person", ""):
        if not person.isascii() or not person.isdigit() or len(person) > 18:
            return redirect("import:index")
        people = people.filter(pk=get_object_or_404(people, pk=int(person)).pk)
        name = f"subscriber-{person}"
    elif segment:
        try:
            meant = people_in(segment)
        except SegmentUnusable as fault:
            messages.error(request, str(fault))
            return redirect("import:index")
        people = people.filter(pk__in=meant.order_by().values("pk")) if is_limited(request.user) else meant
        name = f"segment-{segment.slug}"
    if newsletter:
        people = people.filter(
            Exists(Subscription.objects.filter(subscriber=OuterRef("pk"), newsletter=newsletter))
        )
        name = f"{name}-{newsletter.slug}"
    log(
        instance=segment or newsletter or request.user,
        action="audience.export",
        user=request.user,
        data={"what": name},
    )
    newsletters = [newsletter] if newsletter else Newsletter.objects.open_to(request.user)
    return _csv(as_csv(people, newsletters=newsletters), f"{name}.csv")


def _csv(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _record(request: HttpRequest, pk: int) -> SubscriberImport:
    return get_object_or_404(_imports_open_to(request.user), pk=pk)


def _imports_open_to(user: Any) -> QuerySet[SubscriberImport]:
    """Those of newsletters whose list this person may fill. A file of our own names every newsletter it fills, so a
    limited manager sees only those they brought themselves.
    """
    found = SubscriberImport.objects.select_related("newsletter", "created_by")
    if not is_limited(user):
        return found
    return found.filter(
        Q(newsletter__in=Newsletter.objects.open_to(user)) | Q(newsletter=None, created_by=user)
    )
