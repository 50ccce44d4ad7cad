"""The page in the admin that tells an editor which type of page to choose."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from wagtail.models import Page, get_page_models

GUIDE_URL_NAME = "stories_page_guide"


@dataclass(frozen=True)
class GuideEntry:
    """`stands_in` names the types of page it can be made below."""

    name: str
    when: str
    example: str
    stands_in: list[str]


def guide_entries() -> list[GuideEntry]:
    """Every type somebody can make, those with an example first: they are the daily ones."""
    entries = [
        GuideEntry(
            name=str(model.get_verbose_name()),
            when=str(model.get_page_description()),
            example=str(getattr(model, "page_example", "")),
            stands_in=[
                str(parent.get_verbose_name())
                for parent in model.allowed_parent_page_models()
                if parent is not Page
            ],
        )
        for model in get_page_models()
        if model.is_creatable and model is not Page and model.allowed_parent_page_models()
    ]
    return sorted(entries, key=lambda entry: not entry.example)


def page_guide(request: HttpRequest) -> HttpResponse:
    """For everybody who may open the admin."""
    return TemplateResponse(request, "stories/admin/page_guide.html", {"entries": guide_entries()})
