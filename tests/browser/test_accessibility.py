"""Every public template by axe, light and dark, large and small; and what no automatic check sees."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response, expect

from newsletter.audience.models import Newsletter
from tests.browser.conftest import Visit
from tests.browser.every_page import every_page, full_story
from tests.newsroom.factories import home_in
from tests.stories.factories import SectionPageFactory

KILOBYTE = 1000
# WCAG 2.2 AA, and axe's own advice.
RULES = {
    "runOnly": [
        "wcag2a",
        "wcag2aa",
        "wcag21a",
        "wcag21aa",
        "wcag22aa",
        "best-practice",
    ],
    "resultTypes": ["violations"],
}


VIEWS = [(width, scheme) for width in (320, 1280) for scheme in ("light", "dark")]


def test_axe_finds_nothing_on_any_page_large_or_small_light_or_dark(
    visit: Visit, newsletter: Newsletter
) -> None:
    page = visit()
    found = []
    for name, address in every_page(newsletter).items():
        page.goto(address)
        for width, scheme in VIEWS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            found += [f"{name}, {width}, {scheme}: {fault}" for fault in faults_of(page)]
    assert "\n".join(found) == ""


def faults_of(page: Page) -> list[str]:
    violations = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}: {node['html'][:160]}"
        for fault in violations
        for node in fault["nodes"][:3]
    ]


def test_axe_would_find_something(page: Page, newsroom: str) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('h1').outerHTML = '<h4 style=\"color: #eee\">Weft</h4>'")
    assert {fault.partition(":")[0] for fault in faults_of(page)} >= {
        "color-contrast",
        "page-has-heading-one",
    }


def test_no_page_scrolls_sideways_small_enlarged_or_from_right_to_left(
    visit: Visit, newsletter: Newsletter
) -> None:
    page = visit()
    wide = []
    for name, address in every_page(newsletter).items():
        page.goto(address)
        for direction in ("ltr", "rtl"):
            page.evaluate("direction => { document.documentElement.dir = direction }", direction)
            for width in (320, 640, 1280):  # 640: a screen of 1280 pixels at 200 %
                page.set_viewport_size({"width": width, "height": 600})
                if scrolls_sideways(page):
                    wide.append(f"{name}, {width}, {direction}")
    assert wide == []


def test_nine_entries_of_the_menu_stand_in_one_line(visit: Visit, newsletter: Newsletter) -> None:
    """On a desk's screen, in fonts of ours, with the words that this newsroom has."""
    titles = ["Stories", "News", "Events", "Resources", "The Monthly Thread"]
    for title in [*titles, "Members and partners", "How we decide", "About us", "Contact"]:
        SectionPageFactory(parent=home_in("en"), title=title)
    page = visit(viewport={"width": 1280, "height": 800})
    page.goto("/search/")
    entries = page.locator(".menu > li")
    assert entries.count() >= 10  # "Subscribe" among them
    lines = {round((entry.bounding_box() or {})["y"]) for entry in entries.all()}
    assert len(lines) == 1


def test_from_right_to_left_the_masthead_is_mirrored(page: Page, newsroom: str) -> None:
    page.goto("/")
    page.evaluate("document.documentElement.dir = 'rtl'")
    name, languages = page.locator(".masthead-name").bounding_box(), page.locator(".languages").bounding_box()
    assert name
    assert languages
    assert name["x"] > languages["x"]


def scrolls_sideways(page: Page) -> bool:
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))


def test_text_grows_with_the_readers_own_size(visit: Visit, newsroom: str) -> None:
    story = full_story()
    page = visit(viewport={"width": 1280, "height": 800})
    page.goto(story.url)
    before = text_size(page)
    page.add_style_tag(content="html { font-size: 200% }")
    assert text_size(page) >= 1.8 * before
    assert not scrolls_sideways(page)


def text_size(page: Page) -> float:
    return float(
        page.locator(".prose p").last.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    )


def test_the_keyboard_goes_from_the_top_to_the_bottom_of_a_story_and_is_seen_everywhere(
    visit: Visit, newsroom: str
) -> None:
    story = full_story()
    page = visit(viewport={"width": 1280, "height": 800})
    page.goto(story.url)
    stops = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, audio')]
            .filter(element => element.tabIndex >= 0 && element.checkVisibility({visibilityProperty: true})
                && !element.closest('details:not([open]) > :not(summary)')).length"""
    )
    assert stops > 20
    seen = []
    for _stop in range(stops + 30):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
                const element = document.activeElement
                if (element === document.body) return null
                const box = element.getBoundingClientRect(), style = getComputedStyle(element)
                return {
                    what: element.outerHTML.slice(0, 80),
                    outlined: style.outlineStyle !== 'none' || element.tagName === 'AUDIO',
                    visible: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
                    foot: Boolean(element.closest('footer'))
                }
            }"""
        )
        if here is None:
            break
        seen.append(here)
    assert [stop["what"] for stop in seen if not stop["outlined"]] == []
    assert [stop["what"] for stop in seen if not stop["visible"]] == []
    assert "skip" in seen[0]["what"]
    assert seen[-1]["foot"]
    assert len(seen) >= stops


def test_forced_colours_keep_the_edges_that_colour_drew(visit: Visit, newsletter: Newsletter) -> None:
    page = visit(viewport={"width": 1280, "height": 800}, forced_colors="active")
    full_story()
    page.goto(f"/subscribe/{newsletter.slug}/")
    sheet = page.locator(".paper").first
    assert sheet.evaluate("element => getComputedStyle(element).borderTopStyle") == "solid"
    assert (
        page.get_by_role("button").first.evaluate("element => getComputedStyle(element).borderTopStyle")
        == "solid"
    )
    page.goto("/")
    current = page.locator(".languages [aria-current]")
    assert "underline" in current.evaluate("element => getComputedStyle(element).textDecorationLine")


def test_nothing_moves_for_who_asked_for_less_movement(visit: Visit, newsroom: str) -> None:
    page = visit()  # readers of these tests ask for it: conftest
    page.goto(full_story().url)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("document.getAnimations().length") == 0


def test_a_story_weighs_little_and_asks_nobody_else(visit: Visit, newsroom: str) -> None:
    """Fonts, pictures and styles of a phone's first view: 250 kB. `visit` fails on a request to another host."""
    story = full_story()
    for width in (390, 1280):
        page = visit(viewport={"width": width, "height": 844})
        answers: list[Response] = []
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        page.goto(story.url, wait_until="networkidle")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        kinds = {answer.request.resource_type for answer in answers}
        assert {"font", "image", "stylesheet"} <= kinds
        weights = [
            (answer.request.resource_type, len(answer.body()))
            for answer in answers
            if answer.request.resource_type in {"font", "image", "stylesheet", "media", "script"}
        ]
        assert sum(weight for _kind, weight in weights) <= 250 * KILOBYTE
        assert sum(weight for kind, weight in weights if kind == "font") <= 150 * KILOBYTE
