from typing import Any

from newsletter.editions.models import EditionPage


def form_of(edition: EditionPage) -> dict[str, Any]:
    """The form of an edition of headings and of new stories on all topics as it was loaded, with nothing changed."""
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
            f"{prefix}-type": block.block_type,
            f"{prefix}-id": block.id,
            f"{prefix}-value-show_only_to": segment.pk if segment else "",
        }
        if block.block_type == "new_stories":
            fields |= {f"{prefix}-value-topics-count": 0, f"{prefix}-value-limit": block.value["limit"]}
            # A browser leaves out a box that is not ticked.
            fields |= {f"{prefix}-value-own_topics": "on"} if block.value["own_topics"] else {}
        elif block.block_type != "divider":
            fields[f"{prefix}-value-text"] = block.value["text"]
    for formset in form.formsets.values():
        fields |= {
            f"{formset.prefix}-TOTAL_FORMS": "0",
            f"{formset.prefix}-INITIAL_FORMS": "0",
            f"{formset.prefix}-MIN_NUM_FORMS": "0",
            f"{formset.prefix}-MAX_NUM_FORMS": "",
        }
    return fields
