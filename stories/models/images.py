from functools import lru_cache

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition, Filter, Image

from stories.licences import LICENCE_CHOICES


@lru_cache(maxsize=64)
def _filter(spec: str) -> Filter:
    """Templates and feeds ask for the same few again and again."""
    return Filter(spec)


class CreditedImage(AbstractImage):
    """A picture that says who made it, and whether others may print it.

    Wagtail's `description` holds the default alt text; `is_decorative` says that there is nothing to describe.
    (Wagtail keeps `decorative` for itself: what an image block says of one use of the picture.)
    """

    credit = models.CharField(_("credit"), max_length=255, blank=True, help_text=_("Who made the picture."))
    licence = models.CharField(_("licence"), max_length=32, blank=True, choices=LICENCE_CHOICES)
    may_be_republished = models.BooleanField(
        _("may be republished"),
        default=False,
        help_text=_("Others may print this picture with our stories."),
    )
    is_decorative = models.BooleanField(
        _("decorative"), default=False, help_text=_("The picture says nothing that the text does not say.")
    )

    admin_form_fields = (*Image.admin_form_fields, "credit", "licence", "may_be_republished", "is_decorative")

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")

    def get_rendition(self, filter: Filter | str) -> "CreditedRendition":  # noqa: A002, Wagtail's name
        found = self._fetched(filter)
        if found is None:
            found = super().get_rendition(filter)
        return found

    def get_renditions(self, *filters: Filter | str) -> dict[str, "CreditedRendition"]:
        found = [self._fetched(wanted) for wanted in filters]
        if all(found):
            return {rendition.filter_spec: rendition for rendition in found if rendition}
        made: dict[str, CreditedRendition] = super().get_renditions(*filters)
        return made

    def _fetched(self, wanted: Filter | str) -> "CreditedRendition | None":
        """One that came with the picture. Wagtail reads the filter anew each time, and writes what it finds to its cache again."""
        wanted = _filter(wanted if isinstance(wanted, str) else wanted.spec)
        key = wanted.get_cache_key(self)
        for rendition in self._get_prefetched_renditions() or ():
            if (rendition.filter_spec, rendition.focal_point_key) == (wanted.spec, key):
                found: CreditedRendition = rendition
                return found
        return None

    @property
    def alt(self) -> str:
        """The alternative text, empty for a decorative picture (WCAG 2.2, 1.1.1)."""
        return "" if self.is_decorative else (self.description or self.title)


class CreditedRendition(AbstractRendition):
    image = models.ForeignKey(CreditedImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="one_rendition_per_filter"
            )
        ]
