"""The admin site: people may be changed, everything else is read; the use cases alone write."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from marketplace.admin import jobs, people, work

__all__ = ["jobs", "people", "work"]

admin.site.site_header = "Tally"
admin.site.site_title = "Tally admin"
admin.site.index_title = "Everything in the books"
admin.site.enable_nav_sidebar = False  # the lists need the width
# One door: the site's own login, with its limits and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
