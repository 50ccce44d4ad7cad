from typing import Any

from wagtail.models import Page
from wagtail.signals import copy_for_translation_done

from stories.translating.translations import remember_original


def connect() -> None:
    copy_for_translation_done.connect(remember_what_was_copied, dispatch_uid="stories_remember_original")


def remember_what_was_copied(sender: Any, source_obj: Any, target_obj: Any, **kwargs: Any) -> None:
    if isinstance(target_obj, Page):
        remember_original(target_obj, source_obj)
