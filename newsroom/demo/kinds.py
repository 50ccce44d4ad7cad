"""What the demo's events and resources have beside what every article has."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.documents.models import Document

from newsroom.demo.content_files import CONTENT, ContentError
from stories.models import EventPage, Place, ResourcePage

FILES = CONTENT / "files"


def set_event(
    page: EventPage, front: Mapping[str, Any], *, places: Mapping[tuple[str, str], Place], language: str
) -> None:
    """`starts` and `ends` are on the clocks of the place; so are `begins` and `ends_at`, `in_days` days after the loading."""
    page.time_zone = front["time_zone"]
    zone = ZoneInfo(page.time_zone)
    if "in_days" in front:
        day = timezone.localtime(timezone=zone).date() + timedelta(days=front["in_days"])
        page.starts_at, page.ends_at = (_at(day, front[name], zone) for name in ("begins", "ends_at"))
    else:
        page.starts_at, page.ends_at = (front[name].replace(tzinfo=zone) for name in ("starts", "ends"))
    page.place = places[front["place"], language] if "place" in front else None
    for name in ("venue", "online_link", "registration_link", "recording_link"):
        setattr(page, name, front.get(name, ""))


def set_resource(page: ResourcePage, front: Mapping[str, Any], *, language: str) -> None:
    """`file` names one of content/files; {language} in it stands for the page's own."""
    page.kind = front["kind"]
    page.audience = front["audience"]
    page.link = front.get("link", "")
    if "file" in front:
        page.document = _document(front["file"].format(language=language), title=front["title"])


def _at(day: Any, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone)


def _document(name: str, *, title: str) -> Document:
    """One record for each file, known again by its name."""
    path = FILES / name
    if not path.is_file():
        raise ContentError(f"There is no file {name} in {FILES}.")
    stem = PurePath(name).stem
    for document in Document.objects.filter(file__startswith=f"documents/demo-{stem}"):
        if document.file_extension == path.suffix.removeprefix("."):
            return document
    document = Document.objects.create(title=title, file=ContentFile(path.read_bytes(), name=f"demo-{name}"))
    # Wagtail's upload form writes both; without them each page that shows the size would measure it.
    document.get_file_size()
    document.get_file_hash()
    return document
