"""The one address of billing: where the payment provider tells us what happened."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import webhooks

app_name = "billing"


# No cookie is read here: the provider's signature over the body is the proof of who speaks.
@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once the event is stored, 400 when it was not signed by the provider."""
    signature = request.headers.get("Stripe-Signature", "")
    taken = webhooks.handle(payload=request.body, signature=signature, now=timezone.now())
    return HttpResponse(status=200 if taken else 400)


urlpatterns = [path("webhooks/stripe/", stripe_webhook, name="stripe-webhook")]
