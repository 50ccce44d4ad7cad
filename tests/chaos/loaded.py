"""Importing this sets Django up and loads what workers and clocks need; the process they are forked from does no more.

It opens no connection to the database: one that is shared after a fork is none.
"""

import importlib
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
django.setup()

for _module in (
    "django_tasks_db.management.commands.db_worker",
    "newsletter.sending.preparing",
    "newsletter.sending.sweep",
    "newsletter.sending.submitting",
    "newsroom.urls",
    "tests.chaos.clock",
    "tests.chaos.worker",
):
    importlib.import_module(_module)
