"""What staff did with the list and its people, in Wagtail's log."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    actions.register_action("audience.upload", _("Upload list"), _("Uploaded a list of people"))
    actions.register_action("audience.export", _("Export"), _("Exported people from the list"))
    actions.register_action(
        "audience.import_refused", _("Download refused rows"), _("Downloaded the rows an import refused")
    )
    actions.register_action("audience.import_begin", _("Import"), _("Imported a list of people"))
    actions.register_action("audience.import_stop", _("Stop import"), _("Stopped an import"))
    actions.register_action("audience.import_resume", _("Resume import"), _("Resumed an import"))
    actions.register_action("audience.import_undo", _("Undo import"), _("Undid an import"))
    actions.register_action(
        "audience.view_sample", _("See people of a segment"), _("Looked at people of a segment")
    )
    actions.register_action("audience.erase", _("Erase"), _("Erased a person who had asked for it"))
    actions.register_action("audience.import_discard", _("Throw away"), _("Threw an uploaded list away"))
