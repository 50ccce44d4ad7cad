from urllib.parse import urlsplit

from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from stories.wordpress.report import Report


def redirect_old_address(link: str, page: Page, report: Report) -> None:
    """A permanent redirect from the path the page had on the old site, unless that path means something here."""
    parts = urlsplit(link)
    old_path = Redirect.normalise_path(parts.path + (f"?{parts.query}" if parts.query else ""))
    new_path = Redirect.normalise_path(page.relative_url(None) or page.url or "")
    if old_path == "/" or len(old_path) > 255:
        report.add("redirect-impossible", old_path)
    elif old_path == new_path:
        # The redirect would lead to itself for as long as the page is a draft.
        report.add("redirect-same", old_path)
    elif existing := Redirect.objects.filter(old_path=old_path).first():
        if existing.redirect_page_id != page.pk:
            report.add("redirect-kept", f"{old_path} → {existing.link}")
    else:
        Redirect.add_redirect(old_path, page, is_permanent=True)
