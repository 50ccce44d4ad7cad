"""WSGI entry point, served by newsroom.web."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

_django = get_wsgi_application()

# Its models can be imported only now.
from newsroom.page_cache.door import kept_first  # noqa: E402

application = kept_first(wrap_wsgi_with_proxy_headers(_django, trusted_hosts=settings.TRUSTED_PROXIES))
