"""What a question to the database depends on, read from its SQL as Django and Wagtail write it."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import Page

from newsroom.page_cache.questions import tags_of
from newsroom.page_cache.recording import Recording
from stories.models import Correction, StoryPage, Topic

KEY = "88f0c385-c879-5d92-bf46-fd3b651e3a65"


def tags(queryset: QuerySet[Any]) -> set[str]:
    sql, parameters = queryset.query.sql_with_params()
    return set(tags_of(sql, parameters))


def below(path: str) -> QuerySet[Any]:
    return Page.objects.descendant_of(Page(path=path, depth=2, numchild=1))


@pytest.mark.django_db
class TestNarrow:
    def test_one_row(self) -> None:
        assert tags(Topic.objects.filter(pk=3)) == {"stories_topic#3"}

    def test_a_page_has_one_tag_under_both_its_models(self) -> None:
        assert tags(StoryPage.objects.filter(pk__in=[4, 5])) == {"wagtailcore_page#4", "wagtailcore_page#5"}

    def test_rows_of_another(self) -> None:
        assert "stories_correction.page_id=7" in tags(Correction.objects.filter(page_id=7))
        assert "stories_correction" not in tags(Correction.objects.filter(page_id=7))

    def test_the_stories_of_a_language(self) -> None:
        found = tags(StoryPage.objects.live().filter(locale_id=2).order_by("-first_published_at")[:24])
        assert found == {
            "stories_storypage.locale_id=2",
            "stories_storypage.locale_id=2~live",
            "stories_storypage.locale_id=2~first_published_at",
        }

    def test_translations(self) -> None:
        found = tags(Page.objects.filter(translation_key=KEY).exclude(pk=3).live())
        assert "wagtailcore_page.translation_key=" + KEY.replace("-", "") in found
        assert "wagtailcore_page" not in found

    def test_a_branch_of_the_tree(self) -> None:
        assert "wagtailcore_page.under=00010002" in tags(below("00010002"))

    def test_children(self) -> None:
        children = Page(path="00010002", depth=2, numchild=3).get_children()
        assert "wagtailcore_page.under=00010002" in tags(children)

    def test_a_storys_topics_do_not_depend_on_other_topics(self) -> None:
        found = tags(StoryPage(pk=9).topics.get_live_queryset())
        assert "stories_storypage_topics.storypage_id=9" in found
        assert not any(tag.split("~")[0].split(".")[0] == "stories_topic" for tag in found)

    def test_a_column_read_without_its_row(self) -> None:
        through = StoryPage.topics.through.objects.filter(storypage_id=9)
        assert "stories_topic~paper" in tags(through.values_list("topic__paper"))

    def test_two_questions_in_one(self) -> None:
        one = Topic.objects.filter(locale_id=1).values_list("pk").order_by()
        two = Topic.objects.filter(locale_id=2).values_list("pk").order_by()
        found = tags(one.union(two))
        assert {"stories_topic.locale_id=1", "stories_topic.locale_id=2"} <= found
        assert "stories_topic" not in found


@pytest.mark.django_db
class TestWide:
    """Where a condition does not hold for every row of the answer it must not be believed."""

    @pytest.mark.parametrize(
        "queryset",
        [
            lambda: Topic.objects.all(),
            lambda: Topic.objects.exclude(locale_id=1),
            lambda: Topic.objects.filter(Q(locale_id=1) | Q(slug="food")),
            lambda: Topic.objects.filter(~Q(pk=3)),
            lambda: Topic.objects.filter(name__startswith="F"),
        ],
    )
    def test_any_topic(self, queryset: Any) -> None:
        assert "stories_topic" in tags(queryset())

    def test_a_path_that_is_excluded_is_no_branch(self) -> None:
        found = tags(Page.objects.live().not_descendant_of(Page(path="00010002", depth=2)))
        assert "wagtailcore_page" in found
        assert not any(".under=" in tag for tag in found)

    def test_a_filter_on_what_is_joined_counts(self) -> None:
        found = tags(StoryPage.objects.filter(locale_id=1, topics__slug="food"))
        assert "stories_topic.slug=food" in found
        assert "stories_storypage_topics" in found

    def test_a_newest_moment_changes_with_the_column(self) -> None:
        sql, parameters = (
            StoryPage.objects.filter(locale_id=1).values("last_published_at").query.sql_with_params()
        )
        assert "stories_storypage.locale_id=1~last_published_at" in set(tags_of(sql, parameters))

    def test_a_name_used_again_inside_is_told_apart(self) -> None:
        sql = 'SELECT 1 FROM "stories_topic" WHERE ("a" IN (SELECT 1 FROM "stories_topic" WHERE ("stories_topic"."id" = %s)))'
        assert set(tags_of(sql, [3])) == {"stories_topic", "stories_topic#3"}


def test_a_page_made_from_people_is_somebodys() -> None:
    made_from = Recording()
    made_from.note_question(f'SELECT 1 FROM "{get_user_model()._meta.db_table}"', ())
    assert made_from.is_somebodys


@pytest.mark.parametrize(
    "sql", ['INSERT INTO "stories_topic" VALUES (1)', "EXPLAIN SELECT 1", "WITH a AS (SELECT 1) SELECT 1"]
)
def test_what_writes_or_is_not_understood_is_not_kept(sql: str) -> None:
    made_from = Recording()
    made_from.note_question(sql, ())
    assert made_from.is_somebodys


@given(
    st.text(alphabet="()'\" ,.=%sFROMWHERENOTINSELECT_abc", max_size=200), st.lists(st.integers(), max_size=4)
)
def test_no_statement_is_too_strange(rest: str, parameters: list[int]) -> None:
    set(tags_of("SELECT " + rest, parameters))
