"""A person asks staff in writing to be erased: the page that asks once more, and does it."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.log_actions import log

from newsletter.audience.erasure import erase
from newsletter.audience.models import Subscriber
from newsletter.audience.visible import may_erase


class ErasureForm(forms.Form):
    asked = forms.BooleanField(
        label=_("This person has asked for it in writing, from this address or so that we know it is them.")
    )


def erase_subscriber(request: HttpRequest, pk: int) -> HttpResponse:
    """A GET only asks."""
    subscriber = get_object_or_404(Subscriber, pk=pk)
    if not may_erase(request.user, subscriber):
        raise PermissionDenied
    form = ErasureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            # Before: the erasure takes the address out of this entry, too.
            log(instance=subscriber, action="audience.erase", user=request.user)
            erase(subscriber_id=subscriber.pk)
        messages.success(request, _g("The person was erased. They can come back by signing up anew."))
        return redirect("subscriber:index")
    return render(request, "audience/admin/subscriber_erase.html", {"subscriber": subscriber, "form": form})
