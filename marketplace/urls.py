"""Every address of the site, by room."""

from django.contrib import admin
from django.urls import include, path

from marketplace.pages import own_data, picture
from marketplace.pages.landing import landing
from marketplace.pages.profile import profile

urlpatterns = [
    path("image/<str:token>/<str:size>/", picture.picture, name="picture"),
    path("api/v1/", include("marketplace.api.urls")),
    path("", include("billing.urls")),
    path("", landing, name="landing"),
    path("", include("marketplace.pages.requester_urls")),
    path("", include("marketplace.pages.worker_urls")),
    path("", include("marketplace.pages.results_urls")),
    path("accounts/profile/", profile, name="profile"),
    path("accounts/data/", own_data.data, name="own_data"),
    path("accounts/data/file/", own_data.data_file, name="own_data_file"),
    path("accounts/data/last/", own_data.pay_out_last, name="pay_out_last"),
    path("accounts/data/leave/", own_data.leave, name="leave"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
