"""An event's form: its moments are typed and read on the clocks of the place."""

from contextlib import AbstractContextManager
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from stories.forms import ArticleForm
from stories.sanitising import sanitise_rich_text

MOMENTS = ("starts_at", "ends_at")
# The others are old names and abbreviations, which say nothing of summer time.
REGIONS = {
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
}

Choices = list[tuple[str, Any]]


class EventForm(ArticleForm):
    """Begins and ends in the chosen time zone, whatever the server's or the editor's own is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "time_zone" in self.fields:
            self.fields["time_zone"].widget.choices = zone_choices(self.instance.time_zone)
        if not self.is_bound:
            zone = ZoneInfo(self.instance.time_zone)
            for name in MOMENTS:
                # Without a zone of its own a moment is shown as it stands.
                if moment := self.initial.get(name):
                    self.initial[name] = timezone.make_naive(moment, zone)

    def full_clean(self) -> None:
        with self._clocks_of_the_place():
            super().full_clean()
            # Remembered by the form; asked later, it would compare with the server's clocks.
            if self.is_bound:
                self.changed_data  # noqa: B018

    def clean_recap(self) -> str:
        """Whatever was pasted, only what the editor offers remains."""
        return sanitise_rich_text(self.cleaned_data["recap"])

    def _clocks_of_the_place(self) -> AbstractContextManager[None]:
        chosen = self.data.get(self.add_prefix("time_zone"), "")
        name = chosen if chosen in available_timezones() else self.instance.time_zone
        return timezone.override(ZoneInfo(name))


def zone_choices(current: str) -> Choices:
    """IANA names grouped by their region. `current` is among them, whatever it is."""
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in REGIONS)
    groups: Choices = [
        (region, [(name, name.partition("/")[2].replace("_", " ")) for name in zones])
        for region, zones in groupby(names, key=lambda name: name.partition("/")[0])
    ]
    others = ["UTC"] if current in {"UTC", *names} else ["UTC", current]
    return [*((name, name) for name in others), *groups]
