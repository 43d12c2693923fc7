"""Label sets, images and answers in the Django admin; answers and images are looked at, never typed."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from annotation.models import Annotation, Image, Label, LabelSet


class LabelInline(admin.TabularInline):
    model = Label
    extra = 0
    fields = ["position", "name", "shapes", "color"]


@admin.register(LabelSet)
class LabelSetAdmin(admin.ModelAdmin):
    list_display = ["name", "owner", "tag_choice", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email"]
    raw_id_fields = ["owner"]
    inlines = [LabelInline]


class LookedAtOnly:
    """No adding, changing or deleting, whatever the person's rights."""

    def has_add_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object | None = None) -> bool:
        return False


@admin.register(Image)
class ImageAdmin(LookedAtOnly, admin.ModelAdmin):
    list_display = ["name", "scope", "width", "height", "format", "bytes", "state", "created_at"]
    list_filter = ["state", "format"]
    search_fields = ["name", "scope", "sha256", "digest"]
    show_full_result_count = False


@admin.register(Annotation)
class AnnotationAdmin(LookedAtOnly, admin.ModelAdmin):
    list_display = ["id", "scope", "image", "author", "schema", "created_at"]
    list_select_related = ["image", "author"]
    search_fields = ["scope", "author__email"]
    show_full_result_count = False
