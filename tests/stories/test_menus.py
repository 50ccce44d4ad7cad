"""The menu and the footer that editors put together."""

import re

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.test import Client
from wagtail.models import Page, Site

from newsroom.models import HomePage, User
from newsroom.roles import create_missing_roles
from stories.menus import menus_of
from stories.models import FooterLink, MenuLink, Navigation
from tests.newsroom.factories import UserFactory
from tests.stories.factories import SectionPageFactory, StoryPageFactory, locale_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def navigation(home: HomePage) -> Navigation:
    return Navigation.objects.create(site=Site.objects.get(is_default_site=True))


def menu_of(client: Client, address: str) -> str:
    return part_of(client, address, r'<ul class="menu label">.*?</ul>')


def footer_of(client: Client, address: str) -> str:
    return part_of(client, address, r'<footer class="footer">.*</footer>')


def part_of(client: Client, address: str, pattern: str) -> str:
    found = re.search(pattern, client.get(address).content.decode(), re.DOTALL)
    assert found
    return found[0]


def section_in_two_languages(homes: dict[str, HomePage]) -> Page:
    section = SectionPageFactory(title="Energy desk", parent=homes["en"])
    SectionPageFactory(
        title="Mesa de energía", slug="energia", parent=homes["es"], translation_key=section.translation_key
    )
    return section


def test_the_menu_has_what_editors_chose_in_their_order(client, homes, navigation, identity):
    SectionPageFactory(title="Left out", parent=homes["en"])
    MenuLink.objects.create(
        navigation=navigation, url="https://weft.example/shop", label="Shop", sort_order=2
    )
    MenuLink.objects.create(
        navigation=navigation, page=SectionPageFactory(title="First", parent=homes["en"]), sort_order=1
    )
    menu = menu_of(client, "/")
    assert menu.index('href="/first/"') < menu.index('href="https://weft.example/shop">Shop</a>')
    assert "Left out" not in menu


def test_a_page_in_the_menu_is_shown_in_the_readers_language(client, homes, navigation, identity):
    MenuLink.objects.create(navigation=navigation, page=section_in_two_languages(homes))
    assert 'href="/es/energia/">Mesa de energía</a>' in menu_of(client, "/es/")


def test_a_page_without_that_translation_says_which_language_it_is_in(client, homes, navigation, identity):
    MenuLink.objects.create(navigation=navigation, page=section_in_two_languages(homes))
    assert 'href="/energy-desk/" lang="en" hreflang="en">Energy desk</a>' in menu_of(client, "/fr/")


def test_a_text_of_the_link_is_not_shown_to_readers_of_another_language(client, homes, navigation, identity):
    MenuLink.objects.create(navigation=navigation, page=section_in_two_languages(homes), label="Power")
    assert ">Power</a>" in menu_of(client, "/")
    assert ">Mesa de energía</a>" in menu_of(client, "/es/")


def test_a_link_for_one_language_is_in_no_other(client, homes, navigation, identity):
    MenuLink.objects.create(
        navigation=navigation, url="https://weft.example/tienda", label="Tienda", locale=locale_of("es")
    )
    assert "Tienda" in menu_of(client, "/es/")
    assert "Tienda" not in menu_of(client, "/")


def test_an_unpublished_page_drops_out_of_the_menu(client, homes, navigation, identity):
    section = SectionPageFactory(title="Gone", parent=homes["en"])
    MenuLink.objects.create(navigation=navigation, page=section)
    MenuLink.objects.create(navigation=navigation, url="/feeds/", label="Feeds")
    section.unpublish()
    assert "Gone" not in menu_of(client, "/")


def test_the_menu_marks_where_the_reader_is(client, homes, navigation, identity):
    section = SectionPageFactory(title="Desk", parent=homes["en"])
    MenuLink.objects.create(navigation=navigation, page=section)
    MenuLink.objects.create(navigation=navigation, page=homes["en"], label="Front")
    MenuLink.objects.create(navigation=navigation, url="/feeds/", label="Feeds")
    story = StoryPageFactory(parent=section)
    assert re.findall(r'aria-current="(\w+)">(\w+)<', menu_of(client, section.url)) == [("page", "Desk")]
    assert re.findall(r'aria-current="(\w+)">(\w+)<', menu_of(client, story.url)) == [("true", "Desk")]
    assert re.findall(r'aria-current="(\w+)">(\w+)<', menu_of(client, "/")) == [("page", "Front")]
    assert re.findall(r'aria-current="(\w+)">(\w+)<', menu_of(client, "/feeds/")) == [("page", "Feeds")]


def test_the_footer_repeats_the_menu_until_it_has_links_of_its_own(client, homes, navigation, identity):
    MenuLink.objects.create(navigation=navigation, url="/feeds/", label="Everything we write")
    assert "Everything we write" in footer_of(client, "/")
    FooterLink.objects.create(navigation=navigation, url="mailto:desk@weft.example", label="The desk")
    footer = footer_of(client, "/")
    assert 'href="mailto:desk@weft.example">The desk</a>' in footer
    assert "Everything we write" not in footer


def test_a_longer_menu_asks_the_database_nothing_more(
    client, homes, navigation, identity, django_assert_num_queries
):
    site = Site.objects.get(is_default_site=True)
    MenuLink.objects.create(navigation=navigation, page=section_in_two_languages(homes))
    menus_of(site, homes["es"])
    with django_assert_num_queries(3):
        menus_of(site, homes["es"])
    for number in range(6):
        section = SectionPageFactory(title=f"Desk {number}", parent=homes["en"])
        MenuLink.objects.create(navigation=navigation, page=section)
        FooterLink.objects.create(navigation=navigation, page=section)
    with django_assert_num_queries(3):
        assert len(menus_of(site, homes["es"]).footer) == 6


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//evil.example", "weft.example"])
def test_a_link_leads_only_where_a_link_may_lead(navigation, address):
    link = MenuLink(navigation=navigation, url=address, label="Shop")
    with pytest.raises(ValidationError):
        link.full_clean()


def test_editors_keep_the_menu_and_authors_do_not(client, home):
    create_missing_roles()
    site = Site.objects.get(is_default_site=True)
    for role, allowed in (("Editor", True), ("Author", False)):
        user: User = UserFactory()
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        response = client.get(f"/admin/settings/stories/navigation/{site.pk}/")
        assert (response.status_code == 200) is allowed
