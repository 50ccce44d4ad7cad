from typing import Any

from newsletter.editions.models import EditionPage


def form_of(edition: EditionPage) -> dict[str, Any]:
    """The edition's form as it was loaded, with nothing changed."""
    form = EditionPage.get_edit_handler().get_form_class()(instance=edition, parent_page=edition.get_parent())
    fields: dict[str, Any] = {
        "title": edition.title,
        "slug": edition.slug,
        "number": edition.number or "",
        "subject": edition.subject,
        "preheader": edition.preheader,
        "body-count": len(edition.body),
    }
    for at, block in enumerate(edition.body):
        prefix = f"body-{at}"
        segment = block.value["show_only_to"]
        fields |= {
            f"{prefix}-deleted": "",
            f"{prefix}-order": at,
            f"{prefix}-type": "heading",
            f"{prefix}-id": block.id,
            f"{prefix}-value-text": block.value["text"],
            f"{prefix}-value-show_only_to": segment.pk if segment else "",
        }
    for formset in form.formsets.values():
        fields |= {
            f"{formset.prefix}-TOTAL_FORMS": "0",
            f"{formset.prefix}-INITIAL_FORMS": "0",
            f"{formset.prefix}-MIN_NUM_FORMS": "0",
            f"{formset.prefix}-MAX_NUM_FORMS": "",
        }
    return fields
