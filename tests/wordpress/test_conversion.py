"""Each defect of WordPress's HTML, and what the draft shows instead."""

import pytest

from stories.wordpress.blocks import Button, Embed, Heading, Paragraph, Picture, Quarantined, Quote, Table
from tests.wordpress.documents import converted

PICTURE = "https://old.weft.example/uploads/loaf.png"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<div><section><article><p>Soup</p></article></section></div>", "<p>Soup</p>"),
        ("<p>one<p>two", "<p>one</p><p>two</p>"),
        ('<p class="p1">Soup<span class="Apple-converted-space">\u00a0</span></p>', "<p>Soup</p>"),
        ('<p>Soup<span class="Apple-converted-space">\u00a0is hot</span></p>', "<p>Soup is hot</p>"),
        ("<p>a&nbsp; b</p>", "<p>a b</p>"),
        ("<p>&nbsp;</p><p>b</p><p></p>", "<p>b</p>"),
        ("<p>a<br />\nb<br /></p>", "<p>a<br>b</p>"),
        ("<p>a<br><br>b</p>", "<p>a</p><p>b</p>"),
        ("<ul><li>a<br /></li><li></li><li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("<ul><li>a<ol><li>b</li></ol>c</li></ul>", "<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>"),
        ("<ol><li><p>a</p><p>b</p></li></ol>", "<ol><li>a<br>b</li></ol>"),
        ("<p><strong>a</strong><b>b</b> <em>c</em></p>", "<p><b>ab</b> <i>c</i></p>"),
        ("<b><p>a</p><p>c</p></b>", "<p><b>a</b></p><p><b>c</b></p>"),
        ('<p><span style="font-weight:700">a</span> <u>b</u> <a name="x">c</a></p>', "<p><b>a</b> b c</p>"),
        ("<p>CO<sub>2</sub> and m<sup>2</sup></p>", "<p>CO<sub>2</sub> and m<sup>2</sup></p>"),
        ("<p>2 &lt; 3 &amp; 4</p>", "<p>2 &lt; 3 &amp; 4</p>"),
        ('<p><a href="/soup"> Soup </a>now</p>', '<p><a href="https://old.weft.example/soup">Soup</a> now</p>'),
        ('<p><a href="mailto:desk@weft.example">Desk</a></p>', '<p><a href="mailto:desk@weft.example">Desk</a></p>'),
        ('<p>see <a href="weft.example/x">x</a></p>', '<p>see <a href="https://weft.example/x">x</a></p>'),
        ('<p>an <a href="java\tscript:alert(1)">odd</a> link</p>', "<p>an odd link</p>"),
        ('<p>an <a href="data:text/html,x">odd</a> link</p>', "<p>an odd link</p>"),
        ("<dl><dt>Leaven</dt><dd>Flour and water</dd></dl>", "<p><b>Leaven</b></p><p>Flour and water</p>"),
        ("<details><summary>More</summary><p>Less</p></details>", "<p><b>More</b></p><p>Less</p>"),
        ("<pre class='wp-block-verse'>one\n  two</pre>", "<p>one<br>\u00a0\u00a0two</p>"),
        ("<pre><code>a  b\nc</code></pre>", "<p><code>a\u00a0\u00a0b</code><br><code>c</code></p>"),
        ("<p>Pourquoi\u00a0? «\u00a0Oui\u00a0»</p>", "<p>Pourquoi\u00a0? «\u00a0Oui\u00a0»</p>"),
        ("<p>a</p><hr><!-- wp:more --><p>b</p>", "<p>a</p><p>b</p>"),
        ('<p>Hello <img class="emoji" alt="🍞" src="https://s.w.org/x.svg"></p>', "<p>Hello 🍞</p>"),
        ("<style>p{color:red}</style><p>a</p><noscript>Turn it on</noscript>", "<p>a</p>"),
        ("<p>[sic] and [1]</p>", "<p>[sic] and [1]</p>"),
        ('<p>soup<sup data-fn="f1"><a href="#f1">1</a></sup></p>', "<p>soup<sup>1</sup></p>"),
    ],
)  # fmt: skip
def test_text_reads_as_before_without_its_litter(html: str, text: str) -> None:
    blocks, _report = converted(html)
    assert "".join(block.html for block in blocks if isinstance(block, Paragraph)) == text
    assert all(isinstance(block, Paragraph) for block in blocks)


@pytest.mark.parametrize(
    ("html", "heading"),
    [
        ("<h1>Bread</h1>", Heading("Bread", "h2")),
        ("<h3><b>Our</b>&nbsp;bread<br></h3>", Heading("Our bread", "h3")),
        ("<h6>Bread</h6>", Heading("Bread", "h4")),
        ("<h2><p>Bread</p></h2>", Heading("Bread", "h2")),
        (
            '<h4><a href="https://weft.example/b">Bread</a></h4>',
            Heading("Bread", "h4", "https://weft.example/b"),
        ),
        (
            '<a href="https://weft.example/b"><h4>Bread</h4></a>',
            Heading("Bread", "h4", "https://weft.example/b"),
        ),
        ('<h3><button aria-expanded="false">Why?</button></h3>', Heading("Why?", "h3")),
    ],
)
def test_headings_keep_their_words_and_their_link(html: str, heading: Heading) -> None:
    assert converted(html)[0] == [heading]


def test_a_picture_is_lifted_out_of_an_otherwise_empty_heading_with_its_link_and_alt() -> None:
    html = f'<h2><a href="weft.example"><img class="aligncenter wp-image-9" src="{PICTURE}" alt="A &quot;loaf&quot;"></a></h2>'
    blocks, report = converted(html)
    assert blocks == [
        Picture(PICTURE, (PICTURE,), alt='A "loaf"', link="https://weft.example", alignment="center"),
    ]
    assert report.details("scheme-added") == ["weft.example → https://weft.example"]
    assert len(report.details("empty-heading")) == 1


def test_a_picture_in_a_sentence_leaves_the_sentence_whole() -> None:
    blocks, _report = converted(
        f'<p>Two <img src="{PICTURE}" alt=""> loaves</p><h3>Bread<img src="{PICTURE}?2"></h3>'
    )
    assert blocks[0] == Paragraph("<p>Two loaves</p>")
    assert [type(block) for block in blocks[1:]] == [Picture, Heading, Picture]


@pytest.mark.parametrize(
    "html",
    [
        f'<figure class="wp-block-image alignleft"><img src="{PICTURE}"><figcaption>A <b>loaf</b></figcaption></figure>',
        f'<div class="wp-caption alignleft"><img src="{PICTURE}"><p class="wp-caption-text">A loaf</p></div>',
        f'[caption id="a" align="alignleft"]<img src="{PICTURE}" /> A loaf[/caption]',
    ],
)
def test_a_caption_stays_with_its_picture(html: str) -> None:
    (picture,) = converted(html)[0]
    assert isinstance(picture, Picture)
    assert (picture.address, picture.caption, picture.alignment) == (PICTURE, "A loaf", "left")


def test_a_caption_with_a_link_becomes_a_paragraph_so_that_the_link_survives() -> None:
    html = f'<figure><img src="{PICTURE}"><figcaption>By <a href="https://weft.example">us</a></figcaption></figure>'
    blocks, _report = converted(html)
    assert blocks[1] == Paragraph('<p>By <a href="https://weft.example">us</a></p>')


def test_the_full_size_picture_is_looked_for_before_the_small_copy() -> None:
    (picture,) = converted('<p><img src="/uploads/loaf-300x102.png" data-id="3"></p>')[0]
    assert isinstance(picture, Picture)
    assert picture.candidates == (
        "https://old.weft.example/uploads/loaf.png",
        "https://old.weft.example/uploads/loaf-300x102.png",
    )


def test_a_picture_that_loads_late_is_found_once() -> None:
    html = f'<p><img src="data:image/gif;base64,R0l" data-src="{PICTURE}"><noscript><img src="{PICTURE}"></noscript></p>'
    blocks, _report = converted(html)
    assert [block.address for block in blocks if isinstance(block, Picture)] == [PICTURE]


def test_a_tracking_pixel_does_not_come_along() -> None:
    blocks, report = converted('<p>a<img src="https://stats.example/p.gif" width="1" height="1"></p>')
    assert blocks == [Paragraph("<p>a</p>")]
    assert report.details("tracking-pixel") == ["https://stats.example/p.gif"]


@pytest.mark.parametrize(
    "html",
    [
        '<p><a class="cta-link" href="https://weft.example/join">Join <b>us</b></a></p>',
        (
            '<div class="wp-block-buttons"><div class="wp-block-button"><a class="wp-block-button__link" '
            'href="https://weft.example/join">Join us</a></div></div>'
        ),
    ],
)
def test_a_lone_button_becomes_a_button(html: str) -> None:
    assert converted(html)[0] == [Button("Join us", "https://weft.example/join")]


def test_a_button_in_a_sentence_stays_a_link() -> None:
    blocks, _report = converted('<p>Please <a class="btn" href="https://weft.example/join">join</a>!</p>')
    assert blocks == [Paragraph('<p>Please <a href="https://weft.example/join">join</a> !</p>')]


def test_a_quotation_keeps_who_said_it() -> None:
    html = '<blockquote><p>We counted.</p><p>Twice.</p><cite><a href="https://weft.example/m">A member</a></cite></blockquote>'
    assert converted(html)[0] == [Quote("We counted.\nTwice.", "A member", "https://weft.example/m")]


def test_paragraphs_around_a_quotation_stay() -> None:
    html = "<div>before<blockquote><p>said</p></blockquote>after</div>"
    assert converted(html)[0] == [Paragraph("<p>before</p>"), Quote("said"), Paragraph("<p>after</p>")]


def test_a_quotation_with_links_becomes_text_rather_than_lose_them() -> None:
    blocks, report = converted(
        '<blockquote><p>We <a href="https://weft.example/c">counted</a>.</p></blockquote>'
    )
    assert blocks == [Paragraph('<p>We <a href="https://weft.example/c">counted</a>.</p>')]
    assert len(report.details("quote-opened")) == 1


@pytest.mark.parametrize(
    ("html", "url"),
    [
        (
            '<iframe src="https://www.youtube.com/embed/hK4I3UEKcEs?rel=0"></iframe>',
            "https://www.youtube.com/watch?v=hK4I3UEKcEs",
        ),
        ('<iframe data-src="//player.vimeo.com/video/12345"></iframe>', "https://vimeo.com/12345"),
        ("<p>https://youtu.be/hK4I3UEKcEs</p>", "https://www.youtube.com/watch?v=hK4I3UEKcEs"),
        (
            '<iframe src="https://video.weft.example/videos/embed/9c9de5e8-0a1e-484a-b099-e80766180a6d"></iframe>',
            "https://video.weft.example/videos/watch/9c9de5e8-0a1e-484a-b099-e80766180a6d",
        ),
    ],
)
def test_films_become_click_to_load(html: str, url: str) -> None:
    (embed,) = converted(html)[0]
    assert isinstance(embed, Embed)
    assert embed.url == url
    assert embed.title


@pytest.mark.parametrize(
    ("html", "key"),
    [
        ("<script>alert(1)</script>", "script"),
        ('<form action="/x"><label>Name</label><input name="n"></form>', "form"),
        ("<table><tr><td>Flour<td>2 kg</table>", "table"),
        ('<iframe src="https://maps.example/e"></iframe>', "embed"),
        ('<video src="https://old.weft.example/v.mp4"></video>', "media"),
        ('<p>[contact-form-7 id="12" title="Write"]</p>', "shortcode"),
        (
            '<blockquote class="twitter-tweet"><p>Hi <a href="https://t.example/1">link</a></p></blockquote>',
            "embed",
        ),
        ('<h2><a href="https://a.example">A</a> <a href="https://b.example">B</a></h2>', "linked-heading"),
        ('<h2><a href="mailto:desk@weft.example">Desk</a></h2>', "linked-heading"),
        (f"<h2>{'word ' * 60}</h2>", "long-heading"),
    ],
)
def test_what_cannot_be_shown_is_kept_letter_by_letter_for_an_editor(html: str, key: str) -> None:
    (kept,) = converted(html)[0]
    assert isinstance(kept, Quarantined)
    assert kept.source == html.removeprefix("<p>").removesuffix("</p>")
    assert kept.reason
    [note] = converted(html)[1].details(key)
    assert note


def test_a_list_entry_with_a_heading_is_opened_and_the_order_kept() -> None:
    blocks, _report = converted("<ul><li>a</li><li><h3>B</h3>c</li><li>d</li></ul>")
    assert blocks == [
        Paragraph("<ul><li>a</li></ul>"),
        Heading("B", "h3"),
        Paragraph("<p>c</p><ul><li>d</li></ul>"),
    ]


def test_a_link_within_the_page_leads_to_the_headings_new_anchor() -> None:
    blocks, _report = converted(
        '<p><a href="#h-x">Bread</a></p><h2 id="h-x">Our bread</h2><p><a href="#gone">y</a></p>'
    )
    assert blocks[0] == Paragraph('<p><a href="#our-bread">Bread</a></p>')
    assert blocks[2] == Paragraph("<p>y</p>")


def test_a_table_of_words_becomes_a_table_an_editor_can_edit() -> None:
    html = """<figure class="wp-block-table"><table class="has-fixed-layout"><caption>What we <b>baked</b></caption>
        <thead><tr><th>Season</th><th>Loaves</th></tr></thead>
        <tbody><tr><th>Spring</th><td><strong>4,120</strong><br>in 9 weeks</td></tr>
        <tr><th>Summer</th><td><a href="/sheet">the sheet</a></td></tr><tr><th>Autumn</th><td></td></tr></tbody>
        </table><figcaption>Counted on Fridays.</figcaption></figure>"""
    blocks, report = converted(html)
    assert blocks == [
        Table(
            caption="What we baked",
            headings=("Season", "Loaves"),
            rows=(
                ("<p>Spring</p>", "<p><b>4,120</b><br>in 9 weeks</p>"),
                ("<p>Summer</p>", '<p><a href="https://old.weft.example/sheet">the sheet</a></p>'),
                ("<p>Autumn</p>", ""),
            ),
            row_headings=True,
        ),
        Paragraph("<p>Counted on Fridays.</p>"),
    ]
    assert not report.details("table")


@pytest.mark.parametrize(
    "rows",
    [
        '<tr><td colspan="2">Both</td></tr><tr><td>a</td><td>b</td></tr>',
        "<tr><td>a</td><td>b</td></tr><tr><td>c</td></tr>",
        '<tr><td>a</td><td><img src="/x.png" alt="x"></td></tr><tr><td>c</td><td>d</td></tr>',
        "<tr><td>a</td><td><ul><li>b</li></ul></td></tr><tr><td>c</td><td>d</td></tr>",
        "<tr><td>a</td><td>[gallery]</td></tr><tr><td>c</td><td>d</td></tr>",
        "<tr><td>a</td><td>b<sup>2</sup></td></tr><tr><td>c</td><td>d</td></tr>",
        '<tr><th><a href="/a">a</a></th><th>b</th></tr><tr><td>c</td><td>d</td></tr>',
        "<tr><td>alone</td></tr><tr><td>again</td></tr>",
        "<tr><td>a</td><td>b</td></tr>" * 501,
    ],
)
def test_a_table_that_is_more_than_rows_of_words_is_kept_back(rows: str) -> None:
    (kept,) = converted(f"<table>{rows}</table>")[0]
    assert isinstance(kept, Quarantined)
    assert kept.source == f"<table>{rows}</table>"
