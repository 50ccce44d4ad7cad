from stories.models.articles import ArticlePage, NewsPage, StoryPage
from stories.models.identity import SiteIdentity, SiteIdentityText
from stories.models.images import CreditedImage, CreditedRendition
from stories.models.sections import SectionPage, newest_first
from stories.models.vocabulary import Author, Place, Topic

__all__ = [
    "ArticlePage",
    "Author",
    "CreditedImage",
    "CreditedRendition",
    "NewsPage",
    "Place",
    "SectionPage",
    "SiteIdentity",
    "SiteIdentityText",
    "StoryPage",
    "Topic",
    "newest_first",
]
