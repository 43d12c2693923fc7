"""The WSGI application: what the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")

_django = get_wsgi_application()

# Only now: Django's apps must be there before anything of the market can be imported.
from marketplace.api.at_once import AtOnce  # noqa: E402

application = AtOnce(_django)

# What is loaded by now stays for good: the collector need not walk through it again and again.
gc.collect()
gc.freeze()
