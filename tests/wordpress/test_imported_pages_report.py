"""Reports → Imported pages: the import check where an editor looks for it."""

import pytest
from django.test import Client
from django.urls import reverse

from newsroom.models import User
from stories.wordpress.document import read_document
from stories.wordpress.importing import import_document
from tests.wordpress.documents import record

pytestmark = pytest.mark.usefixtures("home", "page_target")


def test_an_editor_sees_what_was_counted_and_what_was_kept_back(client: Client, administrator: User) -> None:
    import_document(read_document(record('<p>Soup</p><script>alert("x")</script>')))
    client.force_login(administrator)
    shown = client.get(reverse("imported_pages_report")).content.decode()
    assert "The kitchen – ours" in shown
    assert "Words: 1 there, 1 here" in shown
    assert "script, not run" in shown
    assert '<script>alert("x")' not in shown
    assert client.get(reverse("imported_pages_report_results")).status_code == 200


def test_before_the_first_import_the_report_says_so(client: Client, administrator: User) -> None:
    client.force_login(administrator)
    assert "Nothing has been imported yet." in client.get(reverse("imported_pages_report")).content.decode()


def test_somebody_without_pages_sees_no_report(client: Client, newsletter_manager_user: User) -> None:
    import_document(read_document(record()))
    client.force_login(newsletter_manager_user)
    answer = client.get(reverse("imported_pages_report"))
    assert b"The kitchen" not in answer.content
