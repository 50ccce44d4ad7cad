"""Loads the newsroom before its processes are forked, so that they share the memory of it."""

import gc

from django.db import connections
from django.urls import get_resolver
from django.utils.module_loading import autodiscover_modules


def load_before_forking() -> None:
    """Django is set up. No connection stays open: two processes would talk over it at once."""
    autodiscover_modules("tasks")
    # The modules behind the addresses are imported by the first one that is looked up.
    _ = get_resolver().url_patterns
    connections.close_all()
    # The garbage collector writes into all it looks at, and what is written to is no longer shared.
    gc.collect()
    gc.freeze()
