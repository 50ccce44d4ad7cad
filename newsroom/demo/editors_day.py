"""An editor's day: a story approved and out, two waiting for review, one scheduled, a page come from WordPress."""

from django.utils.translation import gettext as _
from wagtail.models import Page

from newsroom.demo.approving import publish_through_review, schedule_through_review, submit
from newsroom.demo.content_files import WORDPRESS_PAGE, ContentError
from newsroom.demo.loading import Demo
from newsroom.demo.telling import Teller
from newsroom.models import User
from stories.models import StoryPage
from stories.wordpress.document import WordPressDocument, read_documents
from stories.wordpress.errors import DocumentError
from stories.wordpress.importing import STATUS_LABELS, Status, import_document


def publish_and_leave_some_waiting(demo: Demo, teller: Teller) -> None:
    """Raises ContentError, and DocumentError where the import would lose something."""
    author, editor = demo.logins["author"].user, demo.logins["editor"].user
    for language in demo.homes:
        story = Page.objects.get(pk=demo.pages[demo.content.approved_today, language])
        if publish_through_review(story, author=author, editor=editor):
            teller.did(_("Approved and published"), story.title)
    for draft in demo.content.drafts:
        story = StoryPage.objects.get(pk=demo.pages[draft.key, draft.language])
        match draft.front["waits_for"]:
            case "review":
                # Once published or rejected by whoever tries the demo out, it stays as they left it.
                if not story.live and not story.workflow_states.exists():
                    _write_in_two_goes(story, author=author)
                    submit(story, author=author)
            case "its_hour":
                schedule_through_review(story, author=author, editor=editor)
            case other:
                raise ContentError(f"{draft.name}: nothing is known that waits for “{other}”.")
    _import_old_page()


def _write_in_two_goes(story: StoryPage, *, author: User) -> None:
    """So that the reviewer has a version before to compare with: the same without its end."""
    # A draft's text stands in its revision alone.
    written = story.get_latest_revision_as_object()
    whole = written.body
    written.body = whole.stream_block.to_python(list(whole.raw_data)[:-1])
    written.save_revision(user=author)
    written.body = whole
    written.save_revision(user=author, log_action=True)


def _import_old_page() -> None:
    """Without pictures: the demo goes to no other machine."""
    for document in read_documents(WORDPRESS_PAGE.read_bytes()):
        if not isinstance(document, WordPressDocument):
            raise document
        outcome = import_document(document)
        if outcome.status == Status.FAILED:
            losses = " ".join(outcome.check.losses) if outcome.check else ""
            raise DocumentError(f"{document.title}: {STATUS_LABELS[outcome.status]} {losses}")
