"""manage.py import_wordpress, as an operator runs it and as the next editor finds its draft."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from newsroom.models import HomePage, InfoPage
from stories.models import CreditedImage, NewsPage, SectionPage
from stories.wordpress import importing
from stories.wordpress.blocks import Block
from stories.wordpress.document import read_document
from stories.wordpress.fetching import Fetcher
from stories.wordpress.importing import Status, import_document
from stories.wordpress.models import ImportedDocument
from stories.wordpress.report import Report
from tests.wordpress.documents import DEMO_DOCUMENT, record, write

pytestmark = pytest.mark.usefixtures("home", "page_target")
PICTURE = "https://old.weft.example/uploads/loaf.png"


def run(*arguments: str) -> None:
    call_command("import_wordpress", *arguments, "--offline")


def draft() -> InfoPage:
    page: InfoPage = InfoPage.objects.get()
    return page


def test_the_demo_document_becomes_a_draft_with_all_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    run(str(DEMO_DOCUMENT))
    page = draft()
    source = json.loads(DEMO_DOCUMENT.read_text())
    assert not page.live
    assert page.title == "The Commons Desk: Research – Weft’s Field Notes & Figures"
    assert page.slug == source["slug"]
    assert page.first_published_at == datetime.fromisoformat(source["date_gmt"]).replace(tzinfo=UTC)
    assert page.last_published_at == datetime.fromisoformat(source["modified_gmt"]).replace(tzinfo=UTC)
    kinds = [block.block_type for block in page.body]
    assert kinds[0] == "quarantined", "the picture of the heading, which nobody could fetch"
    assert "commons-desk-header.png" in page.body[0].value["source"]
    assert 'href="https://commons-desk.weft.example"' in page.body[0].value["source"]
    assert kinds.count("heading") == 10
    assert kinds.count("button") == 1
    stored = json.dumps(page.body.get_prep_value(), ensure_ascii=False)
    assert not any(
        litter in stored for litter in ("\u00a0", "Apple", "<div", "<span", "<p></p>", 'class=\\"p1')
    )
    told = capsys.readouterr().out
    imported = ImportedDocument.objects.get()
    for name, there, here in imported.report["rows"]:
        assert there == here, name
        assert f"{there}" in told
    assert imported.report["missing"]
    assert "commons-desk.weft.example → https://commons-desk.weft.example" in told


def test_the_old_address_leads_to_the_new_page_once_it_is_published(client: Client) -> None:
    run(str(DEMO_DOCUMENT))
    draft().get_latest_revision().publish()
    answer = client.get("/research/commons-desk/")
    assert answer.status_code == 301
    assert answer["Location"].endswith(draft().url)
    assert client.get(draft().url).status_code == 200
    assert draft().first_published_at.year == 2021


def test_a_second_run_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run(str(DEMO_DOCUMENT))
    before = (
        Page.objects.count(),
        draft().latest_revision_id,
        Redirect.objects.count(),
        ImportedDocument.objects.get(),
    )
    run(str(DEMO_DOCUMENT))
    after = (
        Page.objects.count(),
        draft().latest_revision_id,
        Redirect.objects.count(),
        ImportedDocument.objects.get(),
    )
    assert before == after
    assert before[3].imported_at == after[3].imported_at
    assert "Unchanged since the last import." in capsys.readouterr().out


def test_a_dry_run_stores_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Page.objects.count()
    run(write(tmp_path / "page.json", record()), "--dry-run")
    assert Page.objects.count() == before
    assert not ImportedDocument.objects.exists()
    assert "dry run" in capsys.readouterr().out


def test_a_changed_source_becomes_a_new_draft_version(tmp_path: Path) -> None:
    run(write(tmp_path / "page.json", record("<p>Soup</p>")))
    first = draft().latest_revision_id
    run(write(tmp_path / "page.json", record("<p>Stew</p>")))
    assert draft().latest_revision_id != first
    assert draft().get_latest_revision_as_object().body[0].value.source == "<p>Stew</p>"
    run(write(tmp_path / "page.json", record("<p>Porridge</p>")))
    assert draft().get_latest_revision_as_object().body[0].value.source == "<p>Porridge</p>"


def test_what_an_editor_changed_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(write(tmp_path / "page.json", record("<p>Soup</p>")))
    page = draft()
    page.title = "Our kitchen"
    edited = page.save_revision()
    run(write(tmp_path / "page.json", record("<p>Stew</p>")))
    assert draft().latest_revision_id == edited.pk
    assert "edited here since; not touched" in capsys.readouterr().out


def test_a_page_deleted_here_does_not_come_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "page.json", record())
    run(path)
    draft().delete()
    run(path)
    assert not InfoPage.objects.exists()
    assert "Deleted here" in capsys.readouterr().out


def test_a_loss_fails_that_page_and_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forgetful(html: str, *, base: str) -> tuple[list[Block], Report]:
        blocks, report = convert(html, base=base)
        return [block for block in blocks if "secret" not in str(block)], report

    convert = importing.convert
    monkeypatch.setattr(importing, "convert", forgetful)
    other = record(
        "<p>Stew</p>", id=42, slug="stew", guid={"rendered": "https://old.weft.example/?page_id=42"}
    )
    path = write(tmp_path / "pages.json", [record("<p>Soup</p><h2>secret recipe</h2>"), other])
    with pytest.raises(CommandError, match="1 document was not imported"):
        run(path)
    assert draft().slug == "stew"
    assert "Words lost: secret, recipe" in capsys.readouterr().err


def test_a_loss_between_conversion_and_database_rolls_everything_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill = importing._fill

    def dropping(page: Any, document: Any, stream: list[dict[str, Any]], report: Report) -> None:
        fill(page, document, [{**stored, "type": "unknown_here"} for stored in stream], report)

    monkeypatch.setattr(importing, "_fill", dropping)
    outcome = import_document(read_document(record()))
    assert outcome.status is Status.FAILED
    assert not InfoPage.objects.exists()
    assert not Redirect.objects.exists()
    assert not ImportedDocument.objects.exists()


class _Pictures(Fetcher):
    def fetch(self, url: str, *, max_bytes: int) -> bytes:
        buffer = BytesIO()
        Image.new("RGB", (6, 4), "#15233B").save(buffer, "PNG")
        return buffer.getvalue()


def test_a_picture_that_can_be_fetched_is_kept_once_with_its_alt_text() -> None:
    html = f'<p><a href="https://weft.example/"><img class="alignleft" src="{PICTURE}" alt="A loaf"></a></p>'
    outcome = import_document(read_document(record(html + html)), fetcher=_Pictures())
    assert outcome.status is Status.CREATED
    image = CreditedImage.objects.get()
    assert (image.description, image.credit, image.width) == ("A loaf", "", 6)
    body = draft().body
    assert [block.block_type for block in body] == ["image", "image"]
    assert body[0].value["image"].pk == image.pk
    assert body[0].value["image"].contextual_alt_text == "A loaf"
    assert body[0].value["link"] == "https://weft.example/"
    assert outcome.missing == {}


def test_an_existing_redirect_is_left_alone(home: HomePage) -> None:
    Redirect.add_redirect("/about/kitchen", home)
    outcome = import_document(read_document(record()))
    assert Redirect.objects.get().redirect_page_id == home.pk
    assert outcome.report.details("redirect-kept")


def test_a_page_that_keeps_its_address_gets_no_redirect_to_itself() -> None:
    outcome = import_document(read_document(record(link="https://old.weft.example/kitchen/")))
    assert not Redirect.objects.exists()
    assert outcome.report.details("redirect-same") == ["/kitchen"]


def test_two_pages_with_one_slug_both_find_a_place() -> None:
    import_document(read_document(record()))
    import_document(read_document(record(guid={"rendered": "https://other.example/?page_id=41"})))
    assert sorted(InfoPage.objects.values_list("slug", flat=True)) == ["kitchen", "kitchen-1"]


def test_the_parent_can_be_named(tmp_path: Path, home: HomePage) -> None:
    about = home.add_child(instance=InfoPage(title="About", slug="about"))
    run(write(tmp_path / "page.json", record()), "--parent", about.url)
    assert InfoPage.objects.get(slug="kitchen").get_parent().pk == about.pk
    other = record(guid={"rendered": "https://old.weft.example/?page_id=42"}, slug="mill")
    run(write(tmp_path / "page.json", other), "--parent", str(home.pk))
    assert InfoPage.objects.get(slug="mill").get_parent().pk == home.pk


@pytest.mark.parametrize("parent", ["/nowhere/", "99999"])
def test_a_parent_that_does_not_exist_is_named(tmp_path: Path, parent: str) -> None:
    with pytest.raises(CommandError, match=f"no page {parent}"):
        run(write(tmp_path / "page.json", record()), "--parent", parent)


def test_a_post_becomes_news_in_the_first_section(home: HomePage) -> None:
    section = home.add_child(instance=SectionPage(title="News", slug="news"))
    document = record(type="post", excerpt={"rendered": "<p>Soup &amp; bread.</p>"})
    import_document(read_document(document))
    news = NewsPage.objects.get()
    assert news.get_parent().pk == section.pk
    assert news.standfirst == "Soup & bread."


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"type": "product"}, "type “product”"), ({"type": "post"}, "no page to put this under")],
)
def test_a_document_without_a_place_is_refused_in_words(
    tmp_path: Path, changes: dict[str, Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError):
        run(write(tmp_path / "page.json", record(**changes)))
    assert message in capsys.readouterr().err


def test_a_featured_picture_becomes_the_lead_picture(home: HomePage) -> None:
    home.add_child(instance=SectionPage(title="News", slug="news"))
    media = {"wp:featuredmedia": [{"source_url": PICTURE, "alt_text": "A loaf"}]}
    import_document(
        read_document(record(type="post", featured_media=7, _embedded=media)), fetcher=_Pictures()
    )
    assert NewsPage.objects.get().lead_image == CreditedImage.objects.get()
