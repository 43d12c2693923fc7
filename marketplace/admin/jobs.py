"""Jobs, their instructions, tasks, places and releases: to be read."""

from __future__ import annotations

from django.contrib import admin

from annotation.admin import ReadOnly, ReadOnlyRows
from billing.admin import money
from marketplace.models import Instructions, Job, Place, Release, Task


class InstructionRows(ReadOnlyRows):
    model = Instructions
    fields = ["version", "created_at", "text"]


class ReleaseRows(ReadOnlyRows):
    model = Release
    fields = ["number", "public_id", "created_at", "bytes", "sha256"]
    readonly_fields = ["public_id"]


class PlaceRows(ReadOnlyRows):
    model = Place
    fields = ["ordinal", "state", "lane", "position", "held"]


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = [
        "title", "public_id", "owner", "state", money("reward"), "min_overlap", "max_overlap", "created_at",
        "published_at",
    ]  # fmt: skip
    list_filter = ["state"]
    list_select_related = ["owner"]
    search_fields = ["title", "=public_id", "owner__email"]
    ordering = ["-created_at"]
    inlines = [InstructionRows, ReleaseRows]


@admin.register(Instructions)
class InstructionsAdmin(ReadOnly):
    list_display = ["id", "job", "version", "created_at"]
    list_select_related = ["job"]
    search_fields = ["job__title", "=job__public_id"]
    ordering = ["-id"]


@admin.register(Task)
class TaskAdmin(ReadOnly):
    list_display = ["id", "job", "image", "position", "state", "answers", "wanted", "disputed", "settled_at"]
    list_filter = ["state", "disputed"]
    list_select_related = ["job", "image"]
    search_fields = ["=id", "job__title", "=job__public_id", "image__name"]
    ordering = ["-id"]
    inlines = [PlaceRows]


@admin.register(Place)
class PlaceAdmin(ReadOnly):
    list_display = ["id", "job", "task", "ordinal", "state", "lane", "position", money("held")]
    list_filter = ["state", "lane"]
    list_select_related = ["job", "task"]
    search_fields = ["=id", "=task__id", "=job__public_id"]
    ordering = ["-id"]


@admin.register(Release)
class ReleaseAdmin(ReadOnly):
    list_display = ["public_id", "job", "number", "made_by", "bytes", "sha256", "created_at"]
    list_select_related = ["job", "made_by"]
    search_fields = ["=public_id", "job__title", "=job__public_id", "sha256"]
    ordering = ["-id"]
