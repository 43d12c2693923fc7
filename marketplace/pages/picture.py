"""Pictures, at addresses signed for one viewer."""

from __future__ import annotations

from hashlib import sha256

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from marketplace import pictures, tokens


def _viewer_id(request: HttpRequest) -> int | None:
    """Who looks: the browser's session, or the holder of an API key (programs look at pictures too)."""
    if request.user.is_authenticated:
        return request.user.pk
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    holder = tokens.holder_of(key=key.strip(), now=timezone.now()) if scheme.lower() == "token" else None
    return holder.pk if holder else None


@require_safe
def picture(request: HttpRequest, token: str, size: str) -> HttpResponseBase:
    """One rendition, for the signed-in person (or the holder of an API key) whose address it is; else 404."""
    try:
        found = pictures.find(token=token, size=size, viewer_id=_viewer_id(request), now=timezone.now())
        # The name is made of the content's digest, so it tells one content from another.
        etag = f'"{sha256(found.name.encode()).hexdigest()[:32]}"'
        response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
        if response is None:
            response = FileResponse(default_storage.open(found.name), content_type=found.content_type)
            response["ETag"] = etag
    except (pictures.PictureGone, FileNotFoundError) as gone:
        raise Http404("There is no such picture for you.") from gone
    response["Cache-Control"] = f"private, max-age={pictures.LIFE_SECONDS}, immutable"
    return response
