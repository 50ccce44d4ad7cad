"""People and the front pages."""

from typing import Any

import factory
from django.db.models import F
from wagtail.models import Locale, Page, Site

from newsroom.models import HomePage, User

PASSWORD = "correct horse battery"


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@weft.example")
    first_name = "Ada"
    last_name = factory.Sequence(lambda n: f"Ruiz {n}")
    password = factory.django.Password(PASSWORD)


class PageFactory(factory.django.DjangoModelFactory[Any]):
    """Puts the page into the tree below `parent`, in the parent's language, live and dated."""

    class Meta:
        abstract = True
        model = Page

    slug = factory.LazyAttribute(lambda page: page.title.lower().replace(" ", "-"))
    live = True

    @classmethod
    def _create(cls, model_class: type[Page], *args: Any, parent: Page | None = None, **fields: Any) -> Page:
        parent = Page.objects.get(pk=(parent or cls.usual_parent()).pk)
        related = {name: fields.pop(name) for name in cls.related_names() if name in fields}
        page = model_class(locale_id=parent.locale_id, **fields)
        for name, terms in related.items():
            setattr(page, name, terms)
        add_below(parent, page)
        return page

    @classmethod
    def usual_parent(cls) -> Page:
        raise NotImplementedError

    @classmethod
    def related_names(cls) -> list[str]:
        """Fields that take a list and can be set only on the finished page."""
        return []


def add_below(parent: Page, page: Page, **options: Any) -> None:
    """In one save, which is told `options`; add_child() itself tells it nothing.

    Past the gate (stories/quality/gate.py): a test about one thing leaves the others out.
    """

    def save() -> None:
        page.minimal_clean()
        type(page).save(page, clean=False, **options)

    vars(page)["save"] = save
    parent.add_child(instance=page)
    del vars(page)["save"]


def make_home_pages(names: dict[str, str]) -> dict[str, HomePage]:
    """One home page per language, translations of each other; the first is the default site's root."""
    site = Site.objects.get(is_default_site=True)
    root, welcome = Page.get_first_root_node(), site.root_page
    homes: dict[str, HomePage] = {}
    for code, name in names.items():
        home = HomePage(
            title=name, slug=f"home-{code}", locale=Locale.objects.get_or_create(language_code=code)[0]
        )
        if homes:
            home.translation_key = next(iter(homes.values())).translation_key
        add_below(root, home, log_action=None)
        homes[code] = home
    site.root_page = next(iter(homes.values()))
    site.site_name = site.root_page.title
    site.save()
    # Nothing refers to the page that Wagtail came with; its delete() would ask every table that might.
    Page.objects.filter(pk=welcome.pk)._raw_delete(using="default")
    Page.objects.filter(pk=root.pk).update(numchild=F("numchild") - 1)
    return homes


def home_in(language_code: str) -> HomePage:
    """The home page in that language; all three are made where there is none."""
    found = HomePage.objects.filter(locale__language_code=language_code).first()
    return found or make_home_pages({"en": "Weft", "es": "Trama", "fr": "Trame"})[language_code]
