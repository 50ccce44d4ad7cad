from newsletter.editions.models.archive import ArchivedEdition, EditionNote
from newsletter.editions.models.editions import EditionPage
from newsletter.editions.models.newsletters import NewsletterPage

__all__ = ["ArchivedEdition", "EditionNote", "EditionPage", "NewsletterPage"]
