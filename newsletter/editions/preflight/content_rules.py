"""Rules about the words an editor wrote."""

import re
from collections.abc import Iterator
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletter.audience.addresses import validate_header_text
from newsletter.editions.characters import sendable_line
from newsletter.editions.merge_fields import EDITOR_FIELDS, WRITTEN, unknown_fields, without_reader
from newsletter.editions.models import ArchivedEdition
from newsletter.editions.preflight.reading import blocks_of, written_addresses, written_words
from newsletter.editions.preflight.registry import CheckedEdition, CheckedVersion, Fault, Rule

RECENT = timedelta(days=365)
# What people write where something is still to come, in the languages of this house. Capitals stay as they are: "todo"
# is Spanish for "everything".
PLACEHOLDERS = [
    re.compile(r"lorem ipsum", re.IGNORECASE),
    # Not XX: a century.
    re.compile(
        r"\b(?:TODO|TO DO|TBD|TBC|FIXME|XXX+|PENDIENTE|POR DEFINIR|POR COMPLETAR|COMPLETAR"
        r"|À COMPLÉTER|À FAIRE|À DÉFINIR)\b"
    ),
    re.compile(
        r"\[\s*(?:(?:insert|add|name|date|title|text|link|place|number|"
        r"insertar|añadir|nombre|fecha|título|texto|enlace|lugar|número|"
        r"insérer|ajouter|nom|titre|texte|lien|lieu|numéro)\b[^\]\n]{0,60})?\]",
        re.IGNORECASE,
    ),
    re.compile(r"^\s*(?:…|\.{3,}|\?{2,})\s*$"),
]


def subject_is_there(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        if not version.edition.subject.strip():
            yield Fault(_("The subject is empty. Write one line that says what is in this edition."), version)


def headers_are_one_line(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for field, text in _headers(version):
            try:
                validate_header_text(text)
            except ValidationError as fault:
                message = _("%(field)s: %(fault)s Type it again by hand.")
                yield Fault(message % {"field": field, "fault": " ".join(fault.messages)}, version)


def merge_fields_are_known(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for field, text in _headers(version):
            for message in _field_faults([text], where=field):
                yield Fault(message, version)
        for block, name in blocks_of(version):
            for message in _field_faults(written_words(block), where=name):
                yield Fault(message, version, block.id)
            if any("{{" in address for address in written_addresses(block)):
                message = _(
                    "%(where)s: a field such as {{name}} cannot stand in an address. Take it out of the link."
                )
                yield Fault(message % {"where": name}, version, block.id)


def _headers(version: CheckedVersion) -> Iterator[tuple[str, str]]:
    yield _("subject"), version.edition.subject
    yield _("preview text"), version.edition.preheader


def _field_faults(texts: list[str], *, where: str) -> Iterator[str]:
    known = ", ".join(f"{{{{{name}|…}}}}" for name in EDITOR_FIELDS)
    for text in texts:
        for name in unknown_fields(text):
            yield _("%(where)s: nobody can fill {{%(name)s}}. The fields there are: %(known)s.") % {
                "where": where,
                "name": name,
                "known": known,
            }
        rest = WRITTEN.sub("", text)
        if "{{" in rest or "}}" in rest:
            yield _(
                "%(where)s: a field is not whole, or part of it is bold, italic or a link. "
                "Write it again in one go: %(known)s."
            ) % {"where": where, "known": known}


def nothing_is_left_to_write(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        for field, text in _headers(version):
            if words := placeholder_in([text]):
                yield Fault(_still_to_write(field, words), version)
        for block, name in blocks_of(version):
            if words := placeholder_in(written_words(block)):
                yield Fault(_still_to_write(name, words), version, block.id)


def placeholder_in(texts: list[str]) -> str:
    """The first words that stand for something still to be written; empty when there are none."""
    for text in texts:
        for pattern in PLACEHOLDERS:
            if found := pattern.search(text):
                return found.group().strip()
    return ""


def _still_to_write(where: str, words: str) -> str:
    return _("%(where)s: “%(words)s” looks as if something was still to be written.") % {
        "where": where,
        "words": words,
    }


def preheader_is_there(checked: CheckedEdition) -> Iterator[Fault]:
    for version in checked.versions:
        if not version.edition.preheader.strip():
            message = _(
                "There is no preview text. Mail programs will show the first words of the masthead instead."
            )
            yield Fault(message, version)


def subject_is_new(checked: CheckedEdition) -> Iterator[Fault]:
    """Many mail programs fold messages with one subject into one conversation."""
    beside = Q(pk__in=[])
    for version in checked.versions:
        beside |= Q(edition__path__startswith=version.edition.path[: -version.edition.steplen])
    recent = (
        ArchivedEdition.objects.filter(beside, sent_at__gt=timezone.now() - RECENT)
        .exclude(edition__translation_key=checked.edition.translation_key)
        .order_by("sent_at")
    )
    sent = {subject.casefold(): sent_at for subject, sent_at in recent.values_list("subject", "sent_at")}
    for version in checked.versions:
        with translation.override(version.language):
            subject = without_reader(sendable_line(version.edition.subject)).casefold()
        if subject and subject in sent:
            message = _(
                "An edition sent on %(day)s has the same subject. Mail programs may show them as one conversation."
            )
            day = date_format(timezone.localtime(sent[subject]), "DATE_FORMAT")
            yield Fault(message % {"day": day}, version)


RULES = [
    Rule("subject", "error", subject_is_there),
    Rule("header_lines", "error", headers_are_one_line),
    Rule("merge_fields", "error", merge_fields_are_known),
    Rule("placeholders", "warning", nothing_is_left_to_write),
    Rule("preheader", "warning", preheader_is_there),
    Rule("same_subject", "warning", subject_is_new),
]
