from typing import Any

from django.db.models import Q
from wagtail.admin.forms import WagtailAdminPageForm

TERMS = ("authors", "topics", "places")


class ArticleForm(WagtailAdminPageForm):
    """Offers every topic, place and author once: in the article's language, in another only where it has no other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = self.instance.locale_id
        for name in TERMS:
            if name not in self.fields:
                continue
            terms = self.fields[name].queryset
            own = terms.filter(locale=here)
            chosen = [term.pk for term in self.initial.get(name, [])]
            self.fields[name].queryset = terms.filter(
                Q(locale=here) | ~Q(translation_key__in=own.values("translation_key")) | Q(pk__in=chosen)
            )
