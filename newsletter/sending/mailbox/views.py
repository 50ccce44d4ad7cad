from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from newsletter.sending.mailbox.reading import LetterGone, OpenLetter, count, letters, open_letter

LETTERS_PER_PAGE = 50
read_mailings = permission_required("sending.view_mailing", raise_exception=True)


@read_mailings
def mailbox(request: HttpRequest) -> HttpResponse:
    page = max(_number(request.GET.get("p")), 1)
    person, language = request.GET.get("person", "")[:254], request.GET.get("language", "")
    found = letters(
        person=person, language=language, start=(page - 1) * LETTERS_PER_PAGE, most=LETTERS_PER_PAGE + 1
    )
    return render(
        request,
        "sending/mailbox.html",
        {
            "letters": found[:LETTERS_PER_PAGE],
            "total": count(),
            "person": person,
            "language": language,
            "languages": settings.LANGUAGES,
            "page_number": page,
            "has_next": len(found) > LETTERS_PER_PAGE,
        },
    )


@read_mailings
def letter(request: HttpRequest, key: str, tab: str = "html") -> HttpResponse:
    opened = _open(key)
    if tab == "html" and not opened.html:
        tab = "text"
    context: dict[str, Any] = {"letter": opened, "tab": tab}
    return render(request, "sending/letter.html", context)


@read_mailings
def letter_body(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML part by itself, for the frame in the letter's page.

    Somebody wrote it: no script runs, no form is sent, nothing is loaded but pictures; links open outside the frame.
    """
    response = HttpResponse(_open(key).html.replace("<head>", '<head><base target="_blank">', 1))
    response["Content-Security-Policy"] = (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "img-src 'self' data:; style-src 'unsafe-inline'"
    )
    return response


def _open(key: str) -> OpenLetter:
    try:
        return open_letter(key)
    except LetterGone as gone:
        raise Http404(_("There is no such letter in the mailbox.")) from gone


def _number(written: str | None) -> int:
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < 7 else 1
