"""Corrections to editions that were sent."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import DateColumn
from wagtail.admin.views.generic import CreateView, DeleteView, EditView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log

from newsletter.editions.models import EditionNote


class ToldOfTheEdition:
    """The edition's own history says so, too; a feed looks there for what is new."""

    def form_valid(self, form: Any) -> Any:
        response = super().form_valid(form)  # type: ignore[misc]
        log(instance=form.instance.archive.edition, action="editions.note", user=self.request.user)  # type: ignore[attr-defined]
        return response


class NoteCreateView(ToldOfTheEdition, CreateView):
    pass


class NoteEditView(ToldOfTheEdition, EditView):
    pass


class NoteDeleteView(DeleteView):
    def delete_action(self) -> None:
        edition = self.object.archive.edition
        super().delete_action()
        log(instance=edition, action="editions.note", user=self.request.user)


class EditionNoteViewSet(ModelViewSet):
    model = EditionNote
    icon = "warning"
    menu_label = _("Corrections")
    menu_order = 416
    menu_hook = "register_newsletter_menu_item"
    copy_view_enabled = False
    add_view_class = NoteCreateView
    edit_view_class = NoteEditView
    delete_view_class = NoteDeleteView
    list_display = ("archive", "kind", DateColumn("at", label=_("When"), sort_key="at"))
