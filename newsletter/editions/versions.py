"""One edition in its languages."""

from collections.abc import Iterable

from newsletter.editions.models import EditionPage, NewsletterPage


def language_versions(edition: EditionPage) -> dict[str, EditionPage]:
    """The edition and its translations by language code, each as its latest revision, in_order().

    Aliases are left out: they are this same text under another language's address. So is a translation that was
    moved to another newsletter.
    """
    own = _latest(edition)
    versions = {own.locale.language_code: own}
    for translation in _translations(edition):
        versions[translation.locale.language_code] = _latest(translation)
    return {language: versions[language] for language in in_order(versions, edition=edition)}


def in_order(languages: Iterable[str], *, edition: EditionPage) -> list[str]:
    """The newsletter's first language, or else the edition's own, before the others.

    Readers whose language is missing get the first.
    """
    first, own = edition.newsletter.first_language(), edition.locale.language_code
    return sorted(languages, key=lambda code: (code != first, code != own, code))


def _translations(edition: EditionPage) -> list[EditionPage]:
    if edition.pk is None:
        return []
    homes = NewsletterPage.objects.filter(newsletter=edition.newsletter)
    beside = edition.get_translations().filter(alias_of=None).select_related("locale")
    parents = {home.path for home in homes}
    return sorted(
        (page for page in beside if page.path[: -page.steplen] in parents),
        key=lambda page: page.locale.language_code,
    )


def _latest(edition: EditionPage) -> EditionPage:
    return edition.get_latest_revision_as_object() if edition.pk else edition
