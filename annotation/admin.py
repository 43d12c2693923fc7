"""Label sets, images and answers in the admin: to be read. What a person drew is never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from annotation.models import Annotation, Image, Label, LabelSet


class ReadOnly(admin.ModelAdmin):
    """No adding, no changing, no deleting: the rules live in the use cases, not here."""

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Every column, those that no form shows too."""
        return [field.name for field in self.opts.fields if field.name not in (self.exclude or ())]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj)


class ReadOnlyRows(admin.TabularInline):
    """Rows of another table beneath their owner, to be read."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LabelRows(ReadOnlyRows):
    model = Label
    fields = ["position", "name", "shapes", "color", "attributes", "skeleton"]
    ordering = ["position"]


@admin.register(LabelSet)
class LabelSetAdmin(ReadOnly):
    list_display = ["id", "name", "owner", "tag_choice", "created_at"]
    list_filter = ["tag_choice"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email"]
    ordering = ["-id"]
    inlines = [LabelRows]


@admin.register(Label)
class LabelAdmin(ReadOnly):
    list_display = ["id", "name", "label_set", "position", "shapes", "color"]
    list_select_related = ["label_set"]
    search_fields = ["name", "label_set__name"]
    ordering = ["-label_set_id", "position"]


@admin.register(Image)
class ImageAdmin(ReadOnly):
    list_display = ["id", "name", "scope", "format", "width", "height", "bytes", "state", "created_at"]
    list_filter = ["state", "format"]
    search_fields = ["name", "scope", "=sha256", "=digest"]
    ordering = ["-id"]


@admin.register(Annotation)
class AnnotationAdmin(ReadOnly):
    list_display = ["id", "scope", "image", "author", "created_at"]
    list_select_related = ["image", "author"]
    search_fields = ["scope", "author__email", "image__name"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Annotation]:
        """A list needs no drawings; a single row loads its own."""
        rows = super().get_queryset(request)
        return rows if request.resolver_match and "object_id" in request.resolver_match.kwargs else rows.defer("body")
