"""Files that are broken, or written to do harm: a clear message, at once, and nothing stored."""

import json
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Page

from stories.wordpress.blocks import Paragraph, as_stream
from stories.wordpress.conversion import convert
from stories.wordpress.document import MAX_HTML_CHARACTERS, read_document, read_documents
from stories.wordpress.errors import DocumentError
from stories.wordpress.models import ImportedDocument
from tests.wordpress.documents import LINK, converted, record, write


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "not JSON"),
        (b"<html></html>", "not JSON"),
        (b"\xff\xfe{\x00", "not UTF-8"),
        ("{«}".encode("latin-1"), "not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[]", "empty list"),
        (b"[" + b"1," * 1000 + b"1]", "more than 1000"),
        (b"9" * 5000, "not JSON"),
        (b" " * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else value,
)
def test_a_file_that_is_no_list_of_documents_is_refused(source: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_documents(source)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": None}, "“id” must be int, not NoneType"),
        ({"id": True}, "“id” must be int, not bool"),
        ({"id": -4}, "positive"),
        ({"type": "../x"}, "no WordPress type"),
        ({"link": "javascript:alert(1)"}, "no web address"),
        ({"link": "http://[::1"}, "no web address"),
        ({"content": "x"}, "“content” must be dict"),
        ({"content": {"rendered": None}}, "“rendered” must be str"),
        ({"content": {"rendered": "", "protected": True}}, "password"),
        ({"content": {"rendered": "a\x00b"}}, r"U\+0000"),
        ({"content": {"rendered": "a\ud800b"}}, r"U\+D800"),
        ({"content": {"rendered": "a" * (MAX_HTML_CHARACTERS + 1)}}, "longer than"),
        ({"title": {}}, "“rendered” is missing"),
        ({"date_gmt": "yesterday"}, "“date_gmt” is no date"),
        ({"date_gmt": 5}, "“date_gmt” is no date"),
        ({"modified_gmt": "0001-01-01T00:00:00+23:00"}, "“modified_gmt” is no date"),
        ({"guid": {"rendered": "x" * 501}}, "longer than 500"),
    ],
    ids=str,
)
def test_the_message_names_the_key_that_is_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_document(record() | changes)


@pytest.mark.parametrize(
    "key", ["id", "type", "link", "title", "content", "date_gmt", "modified_gmt", "guid"]
)
def test_a_missing_key_is_named(key: str) -> None:
    document = record()
    del document[key]
    with pytest.raises(DocumentError, match=f"“{key}” is missing"):
        read_document(document)


def test_the_sites_own_error_is_passed_on() -> None:
    with pytest.raises(DocumentError, match="No route was found"):
        read_document({"code": "rest_no_route", "message": "No route was found", "data": {"status": 404}})


def test_only_gmt_dates_count() -> None:
    document = read_document(record())
    assert document.published_at is not None
    assert document.published_at.isoformat() == "2022-03-01T09:00:00+00:00"
    assert document.title == "The kitchen – ours"
    assert read_document(record(date_gmt="0000-00-00T00:00:00")).published_at is None


@pytest.mark.parametrize(
    "html",
    [
        "<!--" * 1_000_000,
        "<a " * 1_000_000,
        '<a b="' * 800_000,
        "<p " + "x=1 " * 1_000_000,
        "<script>" * 500_000,
        "<![CDATA[" * 500_000,
        "</p" * 1_000_000,
        "&amp;" * 300_000,
        "<b></i>" * 20 + "<i></b>" * 20_000,
        "<div>" * 100_000,
        "<div>" * 100_000 + "x" + "</div>" * 100_000,
    ],
    ids=lambda html: html[:12],
)
def test_html_that_never_ends_or_nests_without_end_is_refused_quickly(html: str) -> None:
    began = time.process_time()
    with pytest.raises(DocumentError, match=r"never ends|nested more than|longer than"):
        convert(html, base=LINK)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "html",
    [
        "&amp;" * 30_000,
        "<p>a" * 20_000,
        "<li>a" * 20_000,
        "<b>a</b>" * 20_000,
        '<img src="/x.png">' * 5_000,
        "[a b=1]" * 5_000,
        "[caption]" * 50_000,
        "[vc_row]a" * 5_000,
        f'<p style="{"background:" * 100_000}url(x">a</p>',
    ],
    ids=lambda html: html[:12],
)
def test_tedious_html_takes_its_time_but_ends(html: str) -> None:
    began = time.process_time()
    converted(html)
    assert time.process_time() - began < 30


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<script>alert(1)</script></p>",
        '<p onclick="alert(1)">a</p>',
        '<p>a<img src="javascript:alert(1)" onerror="alert(1)"></p>',
        '<p><a href="&#106;avascript:alert(1)">a</a></p>',
        '<p><a href="vbscript:x" onmouseover="alert(1)">a</a></p>',
        "<p>a&lt;script&gt;alert(1)&lt;/script&gt;</p>",
        '<p><a href="https://x.example/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">a</a></p>',
        "<p>a<svg onload=alert(1)></svg></p>",
        '<p style="background:url(javascript:alert(1))">a</p>',
        "<p>a</p><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    ],
)
def test_nothing_that_runs_reaches_a_reader(html: str) -> None:
    blocks, _report = converted(html)
    for stored in as_stream(blocks, {})[0]:
        if stored["type"] != "quarantined":
            shown = json.dumps(stored["value"]).lower()
            assert not any(
                bad in shown
                for bad in ("<script", "javascript:", "vbscript:", "onclick", "onerror", "onload")
            )
    assert any(isinstance(block, Paragraph) for block in blocks)


@pytest.mark.parametrize("content", [b"{", b"\x00", b"[" * 100_000], ids=["cut", "nul", "deep"])
def test_the_command_says_what_is_wrong_and_stores_nothing(home: Page, tmp_path: Any, content: bytes) -> None:
    path = tmp_path / "page.json"
    path.write_bytes(content)
    before = Page.objects.count()
    with pytest.raises(CommandError, match=r"page.json: The "):
        call_command("import_wordpress", str(path), "--offline")
    assert Page.objects.count() == before


def test_a_file_that_is_not_there_is_named(home: Page, tmp_path: Any) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_wordpress", str(tmp_path / "none.json"))


def test_one_bad_document_in_a_list_does_not_stop_the_others(
    home: Page, page_target: None, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    second = record(guid={"rendered": "https://old.weft.example/?page_id=42"}, id=42, slug="mill")
    path = write(tmp_path / "pages.json", [record(content=None), "x", second, record("<!--", id=43)])
    with pytest.raises(CommandError, match="3 documents were not imported"):
        call_command("import_wordpress", path, "--offline")
    assert [imported.wordpress_id for imported in ImportedDocument.objects.all()] == [42]
    assert "“content” must be dict" in capsys.readouterr().err
