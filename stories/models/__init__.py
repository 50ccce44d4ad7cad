from stories.models.articles import ArticlePage, NewsPage, StoryPage
from stories.models.collaborations import CollaborationLink, CollaborationPage, CollaborationStory
from stories.models.corrections import Correction, CorrectionsPage
from stories.models.events import EventPage
from stories.models.identity import SiteIdentity, SiteIdentityText
from stories.models.images import CreditedImage, CreditedRendition
from stories.models.navigation import FooterLink, MenuLink, Navigation
from stories.models.organisations import Organisation, OrganisationsPage
from stories.models.resources import ResourcePage
from stories.models.sections import ARTICLE_TYPES, SectionPage, newest_first
from stories.models.series import SeriesPage, SeriesPart
from stories.models.translations import Translated
from stories.models.vocabulary import Author, Place, Topic

__all__ = [
    "ARTICLE_TYPES",
    "ArticlePage",
    "Author",
    "CollaborationLink",
    "CollaborationPage",
    "CollaborationStory",
    "Correction",
    "CorrectionsPage",
    "CreditedImage",
    "CreditedRendition",
    "EventPage",
    "FooterLink",
    "MenuLink",
    "Navigation",
    "NewsPage",
    "Organisation",
    "OrganisationsPage",
    "Place",
    "ResourcePage",
    "SectionPage",
    "SeriesPage",
    "SeriesPart",
    "SiteIdentity",
    "SiteIdentityText",
    "StoryPage",
    "Topic",
    "Translated",
    "newest_first",
]
