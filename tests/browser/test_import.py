"""A volunteer brings the old list along: Mailchimp's ZIP, what would happen, the import, and back again."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from newsletter.audience.models import Newsletter, Subscriber, Subscription
from newsroom.models import User
from tests.audience.factories import SubscriptionFactory
from tests.audience.transfer.conftest import mailchimp_zip
from tests.browser.conftest import PHONE, Visit, log_in
from tests.sending.conftest import run_worker


def test_a_mailchimp_list_is_checked_imported_and_undone(
    colleague: Visit, newsletter: Newsletter, newsletter_manager_user: User, settings: Any, tmp_path: Path
) -> None:
    settings.IMPORTS_DIR = tmp_path / "imports"
    SubscriptionFactory(newsletter=newsletter, subscriber__email="left@readers.org", unsubscribed=True)
    page = colleague()
    log_in(page, newsletter_manager_user)
    page.goto("/admin/import/")
    page.get_by_role("link", name="New import").click()
    page.get_by_label("File").set_input_files(
        {
            "name": "audience_export.zip",
            "mimeType": "application/zip",
            "buffer": mailchimp_zip(
                subscribed=["ana@readers.org", "bert@readers.org", "left@readers.org", "not an address"],
                unsubscribed=["dora@readers.org"],
                cleaned=["emil@readers.org"],
            ),
        }
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("This is an export of Mailchimp.")).to_be_visible()
    expect(page.get_by_label("Email Address")).to_have_value("address")
    page.get_by_label("Newsletter these people join").select_option(label=newsletter.name)
    page.get_by_label("How these people gave their consent").fill("Signed lists at the assemblies of 2024.")
    page.get_by_role("button", name="Check").click()

    run_worker()
    expect(page.get_by_text("This is what would happen. Nothing is on the list yet.")).to_be_visible()
    counts = page.get_by_role("table", name="What would happen")
    for label, number in (("New", 2), ("Opted out", 2), ("Do-not-mail", 1), ("Invalid", 1)):
        expect(counts.get_by_role("row", name=f"{label} {number}")).to_be_visible()
    assert Subscriber.objects.count() == 1
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size({"width": 1280, "height": 800})
    with page.expect_download() as download:
        page.get_by_role("link", name="Download refused rows").click()
    assert "not an address" in Path(download.value.path()).read_text()

    page.get_by_role("button", name="Import", exact=True).click()
    run_worker()
    expect(page.get_by_role("table", name="What happened")).to_be_visible()
    expect(page.get_by_role("button", name="Undo the import")).to_be_visible()
    assert set(
        Subscription.objects.filter(status="confirmed").values_list("subscriber__email", flat=True)
    ) == {
        "ana@readers.org",
        "bert@readers.org",
    }
    page.get_by_role("button", name="Undo the import").click()
    run_worker()
    expect(page.get_by_text("Undone.")).to_be_visible()
    assert list(Subscriber.objects.values_list("email", flat=True)) == ["left@readers.org"]
