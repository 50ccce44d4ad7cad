"""Uploaded pictures, served from this machine.

Granian could mount the folder itself, faster; but then the files of private document collections could be read
past Wagtail's permission check by anybody who guesses a name, and pictures would come without our security
headers. On a large site a web server in front serves /media/images/ and nothing else.
"""

import posixpath

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.static import serve

# Documents go through Wagtail's own view, /documents/, which asks who may read them.
PUBLIC = ("images/", "original_images/", "avatar_images/")
A_WEEK = 7 * 24 * 60 * 60


def picture(request: HttpRequest, path: str) -> HttpResponseBase:
    path = posixpath.normpath(path)
    if not path.startswith(PUBLIC):
        raise Http404
    response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    if isinstance(response, FileResponse):
        # A replaced picture gets a new name.
        response["Cache-Control"] = f"public, max-age={A_WEEK}"
    return response
