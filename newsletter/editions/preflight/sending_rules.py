"""Rules about what the law and the mail services want, and about who would get what."""

from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.audience.addresses import normalise_address
from newsletter.audience.conditions import SegmentUnusable
from newsletter.audience.models import Segment
from newsletter.audience.segmentation import segment_query
from newsletter.editions.merge_fields import token
from newsletter.editions.own_topics import too_many_topics
from newsletter.editions.parts import parts_for
from newsletter.editions.preflight.reading import blocks_of
from newsletter.editions.preflight.registry import CheckedEdition, CheckedVersion, Fault, Rule
from stories.models import SiteIdentity

# Each segment doubles the versions of a language: five are thirty-two.
MAX_AIMED_SEGMENTS = 5
GMAIL_LIMIT = 102_000  # bytes; what comes after is hidden behind "view entire message"
HTML_LIMIT = 100_000


def sender_is_set(checked: CheckedEdition) -> Iterator[Fault]:
    try:
        normalise_address(checked.newsletter.from_email)
    except ValidationError:
        message = _("The newsletter “%(name)s” has no sender's address. Enter one in its settings.")
        yield Fault(message % {"name": checked.newsletter.name})


def postal_address_is_there(checked: CheckedEdition) -> Iterator[Fault]:
    if not SiteIdentity.current().postal_address.strip():
        yield Fault(
            _(
                "There is no postal address, and many countries require one. Enter it under Settings, Site identity."
            )
        )


def unsubscribe_link_is_there(checked: CheckedEdition) -> Iterator[Fault]:
    link = token("unsubscribe_url")
    for version in checked.versions:
        for rendered in (version.smallest, version.fullest):
            if link not in rendered.html or link not in rendered.text:
                message = _(
                    "The link to unsubscribe is missing. The mail templates were changed: put it back."
                )
                yield Fault(message, version)
                break


def segments_exist(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for block, name in blocks_of(version):
            segment = block.value["show_only_to"]
            if segment is not None and segment._state.adding:
                message = _(
                    "%(where)s: the segment it was meant for was deleted, so nobody gets it. "
                    "Choose another segment, or clear the choice to show it to everybody."
                )
                yield Fault(message % {"where": name}, version, block.id)


def segments_are_usable(checked: CheckedEdition) -> Iterator[Fault]:
    for segment in _aimed_segments(checked):
        try:
            segment_query(segment)
        except SegmentUnusable as fault:
            yield Fault(str(fault))


def segments_are_few(checked: CheckedEdition) -> Iterator[Fault]:
    aimed = _aimed_segments(checked)
    if len(aimed) > MAX_AIMED_SEGMENTS:
        yield Fault(
            ngettext(
                "Blocks are aimed at %(n)s segment; at most %(max)s are possible, because each doubles the versions.",
                "Blocks are aimed at %(n)s segments; at most %(max)s are possible, because each doubles the versions.",
                len(aimed),
            )
            % {"n": len(aimed), "max": MAX_AIMED_SEGMENTS}
        )


def topics_are_few(checked: CheckedEdition) -> Iterator[Fault]:
    topics = frozenset().union(*(version.cards.topics_with_news() for version in checked.versions))
    if message := too_many_topics(topics, segments=len(_aimed_segments(checked))):
        yield Fault(message)


def _aimed_segments(checked: CheckedEdition) -> list[Segment]:
    """Segments of all languages together: one mailing makes versions for all of them."""
    aimed = {
        segment.pk: segment
        for version in checked.versions
        for block, _name in blocks_of(version)
        if (segment := block.value["show_only_to"]) is not None and not segment._state.adding
    }
    return [aimed[pk] for pk in sorted(aimed)]


def nobody_gets_an_empty_mail(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        if version.parts_for_everybody:
            continue
        if _everybody_without_a_choice_gets_something(version):
            message = _(
                "Readers who chose topics without new stories would get an empty mail. "
                "Add at least one block that everybody gets, such as a text."
            )
        elif len(version.edition.body):
            message = _(
                "Readers in none of the segments would get an empty mail. "
                "Add at least one block that is shown to everybody."
            )
        else:
            message = _("There is nothing in it yet. Write it, or delete this translation of the edition.")
        yield Fault(message, version)


def _everybody_without_a_choice_gets_something(version: CheckedVersion) -> bool:
    return bool(parts_for(version.edition, shown_segments=frozenset(), words=str, cards=version.cards))


def every_language_has_a_version(checked: CheckedEdition) -> Iterator[Fault]:
    there = {version.language for version in checked.versions}
    names = dict(settings.LANGUAGES)
    own = checked.versions[0].language
    for code in names:
        if code not in there:
            message = _("There is no translation into %(language)s: its readers get the edition in %(own)s.")
            yield Fault(message % {"language": names[code], "own": names.get(own, own)})


def html_is_small_enough(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        size = len(version.fullest.html.encode())
        if size > HTML_LIMIT:
            message = _(
                "This version has %(size)s kB. Gmail hides what comes after %(limit)s: take out a story or two."
            )
            yield Fault(message % {"size": round(size / 1000), "limit": GMAIL_LIMIT // 1000}, version)


RULES = [
    Rule("sender", "error", sender_is_set),
    Rule("postal_address", "error", postal_address_is_there),
    Rule("unsubscribe_link", "error", unsubscribe_link_is_there),
    Rule("segments_exist", "error", segments_exist),
    Rule("segments_usable", "error", segments_are_usable),
    Rule("segments_few", "error", segments_are_few),
    Rule("topics_few", "error", topics_are_few),
    Rule("empty", "error", nobody_gets_an_empty_mail),
    Rule("translations", "warning", every_language_has_a_version),
    Rule("size", "warning", html_is_small_enough),
]
