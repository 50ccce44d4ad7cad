"""Pages anybody may open: the newsletters, their sign-ups, the form for other sites, and one's link once more."""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language

from newsletter.audience import by_mail, limits, subscriptions
from newsletter.audience.forms import LinkForm, SignUpForm, consent_words, sign_up_form, topic_choices
from newsletter.audience.models import Newsletter
from newsletter.audience.views.responses import REFUSED, network_from, same_for_everybody

logger = logging.getLogger(__name__)


@same_for_everybody
def newsletters(request: HttpRequest) -> HttpResponse:
    """Every newsletter with its sign-up. `?topic=`, a translation key, ticks that topic in all of them."""
    topics = _wished_topics(request)
    found = list(Newsletter.objects.all())
    if topics and len(found) == 1:
        address = reverse("audience:sign_up", args=[found[0].slug])
        return HttpResponseRedirect(f"{address}?{urlencode({'topic': topics[0]})}")
    entries = [_entry(newsletter, topics) for newsletter in found]
    return render(request, "audience/newsletters.html", {"entries": entries})


def _entry(newsletter: Newsletter, topics: list[str]) -> dict[str, Any]:
    words = newsletter.in_language()
    form = sign_up_form(newsletter, topics=topics)
    return {"newsletter": newsletter, "words": words, "form": form, "consent": consent_words(words)}


def _wished_topics(request: HttpRequest) -> list[str]:
    """What a link from a topic's page ticks beforehand: one translation key or none."""
    wished = request.GET.get("topic", "")
    return [wished] if wished in dict(topic_choices(get_language() or settings.LANGUAGE_CODE)) else []


@same_for_everybody
def sign_up(request: HttpRequest, slug: str) -> HttpResponse:
    newsletter = get_object_or_404(Newsletter, slug=slug)
    words = newsletter.in_language()
    form = SignUpForm(
        request.POST if request.method == "POST" else None, initial={"topics": _wished_topics(request)}
    )
    if request.method == "POST":
        if form.is_from_a_program:
            logger.info("A program filled in the hidden field of the sign-up for %s; nothing was kept.", slug)
            return HttpResponseRedirect(reverse("audience:sent"), status=303)
        if form.is_valid():
            network = network_from(request)
            if limits.admits(address=form.cleaned_data["address"], network=network):
                subscriptions.request_subscription(
                    address=form.cleaned_data["address"],
                    newsletter=newsletter,
                    language=form.cleaned_data["language"],
                    name=form.cleaned_data["name"],
                    topics=form.cleaned_data["topics"],
                    place=form.cleaned_data["place"],
                    text=consent_words(words),
                    origin=request.path,
                    network=network,
                )
            return HttpResponseRedirect(reverse("audience:sent"), status=303)
    context = {"newsletter": newsletter, "words": words, "form": form, "consent": consent_words(words)}
    return render(request, "audience/sign_up.html", context, status=REFUSED if form.errors else 200)


@same_for_everybody
def sent(request: HttpRequest) -> HttpResponse:
    """The one answer to every sign-up; it names neither the address nor the newsletter."""
    return render(request, "audience/sent.html")


@same_for_everybody
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """The HTML of a plain form to copy onto another site, in the language of this page."""
    newsletter = get_object_or_404(Newsletter, slug=slug)
    words = newsletter.in_language()
    address = settings.BASE_URL + reverse("audience:sign_up", args=[slug])
    context = {
        "newsletter": newsletter,
        "words": words,
        "consent": consent_words(words),
        "address": address,
        "form": SignUpForm(brief=True, auto_id=f"sign-up-{slug}-%s"),
    }
    to_copy = render_to_string("audience/embed_form.html", context).strip()
    return render(request, "audience/embed.html", {**context, "to_copy": to_copy})


@same_for_everybody
def link_again(request: HttpRequest) -> HttpResponse:
    """Mails the link to their preferences to whoever has one; the answer does not tell who that is."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if form.is_from_a_program:
            logger.info(
                "A program filled in the hidden field of the page that mails links; nothing was done."
            )
            return HttpResponseRedirect(reverse("audience:link_sent"), status=303)
        if form.is_valid():
            address = form.cleaned_data["address"]
            if limits.admits(address=address, network=network_from(request)):
                by_mail.request_preferences_link(address=address)
            return HttpResponseRedirect(reverse("audience:link_sent"), status=303)
    return render(request, "audience/link_again.html", {"form": form}, status=REFUSED if form.errors else 200)


@same_for_everybody
def link_sent(request: HttpRequest) -> HttpResponse:
    """The one answer to everybody who asked for their link."""
    return render(request, "audience/link_sent.html")
