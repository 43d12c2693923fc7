"""Static files under names that carry their content's hash, compressed, served by whitenoise."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

MODULES = ("annotation/*.js", "marketplace/*.js")


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also rewrites the imports inside our own ES modules: a module and what it imports change name together.

    Only ours: other packages' scripts mention imports in comments that lead nowhere. Django sees an import only when it
    is relative and ends with a semicolon."""

    support_js_module_import_aggregation = True
    patterns: tuple[tuple[str, tuple[Any, ...]], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _every_script, patterns = self._js_module_import_aggregation_patterns
        self.support_js_module_import_aggregation = False
        self.patterns = (*self.patterns, *((folder, patterns) for folder in MODULES))
        super().__init__(*args, **kwargs)
        self.support_js_module_import_aggregation = True
