"""What the editor's block chooser shows where a picture or a sound would be: a newsroom may have none yet."""

from base64 import b64encode
from functools import cache

from django.utils.functional import Promise
from wagtail.documents import get_document_model
from wagtail.documents.models import AbstractDocument

from stories.posters import poster_svg


@cache
def stand_in(motif: str) -> str:
    """A drawn poster as a data: address; `motif` is a name of stories.posters.MOTIFS."""
    drawing = poster_svg(slug=f"stand-in-{motif}", motifs=[motif], papers=["canary"], width=960, height=600)
    return f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"


def unsaved_document(title: str | Promise, file_name: str, size: int) -> AbstractDocument:
    """A document that looks like one in the library. `size` is in bytes; its address leads nowhere."""
    return get_document_model()(pk=0, title=str(title), file=f"documents/{file_name}", file_size=size)
