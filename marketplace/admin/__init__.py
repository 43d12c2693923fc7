"""The admin site: people may be changed, everything else is read; the use cases alone write."""

from django.contrib import admin

from marketplace.admin import extra_pay, jobs, people, reviews, work

__all__ = ["extra_pay", "jobs", "people", "reviews", "work"]

admin.site.site_header = "Tally"
admin.site.site_title = "Tally admin"
admin.site.index_title = "Everything in the books"
admin.site.enable_nav_sidebar = False  # the lists need the width
