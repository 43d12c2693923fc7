#!/usr/bin/env python3
"""Tally's one entry point. On a machine with nothing but Python it sets itself up first."""

import os
import sys


def main():
    if sys.version_info < (3, 11):
        sys.exit("Tally needs Python 3.11 or newer; this is %d.%d. Try: python3.12 manage.py" % sys.version_info[:2])
    import importlib.util

    # Loaded by path: importing the marketplace package would need what the bootstrap is about to install.
    root = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(root, "marketplace", "local", "bootstrap.py")
    spec = importlib.util.spec_from_file_location("tally_bootstrap", path)
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    bootstrap.ensure(root=root, argv=sys.argv)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    from marketplace.local.environment import enter

    enter(argv=sys.argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
