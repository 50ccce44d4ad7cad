import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from newsletter.sending.deliverability.received import MOST_CHARACTERS, Received, read_message
from newsletter.sending.deliverability.report import SendingDomain

# RFC 6376 §3.1: labels with dots between them.
SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,3}")
MOST_SELECTORS = 5


class LookUpForm(forms.Form):
    """Which domain, and under which names its keys stand."""

    selectors = forms.CharField(
        label=_("DKIM selectors, if you know them"),
        required=False,
        max_length=300,
        help_text=_(
            "What stands before “._domainkey” in the record your mail service shows you, such as “s1”. Several with "
            "spaces between them. Leave empty to try those your mail service usually takes."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, domains: Sequence[SendingDomain]) -> None:
        super().__init__(data)
        choices = [(domain.name, domain.name) for domain in domains]
        self.fields["domain"] = forms.ChoiceField(label=_("Domain"), choices=choices)
        self.order_fields(["domain"])

    def clean_selectors(self) -> list[str]:
        written = self.cleaned_data["selectors"].lower().replace(",", " ").split()
        selectors = [selector.removesuffix(".").partition("._domainkey")[0] for selector in written]
        for selector in selectors:
            if not SELECTOR.fullmatch(selector):
                raise ValidationError(
                    _("“%(selector)s” is no selector: letters, digits, hyphens and dots only."),
                    params={"selector": selector},
                )
        if len(selectors) > MOST_SELECTORS:
            raise ValidationError(_("At most five selectors at a time."))
        return selectors


class ReceivedMessageForm(forms.Form):
    """The source of a test message, as the mailbox it arrived in shows it."""

    source = forms.CharField(
        label=_("The message's source"),
        validators=[
            MaxLengthValidator(
                MOST_CHARACTERS, _("That is too long. The part above the first empty line is enough.")
            )
        ],
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "deliverability-source"}),
        help_text=_("The part above the first empty line is enough. It is read and not kept."),
    )

    def clean_source(self) -> Received:
        message = read_message(self.cleaned_data["source"])
        if message is None:
            raise ValidationError(
                _(
                    "This is not the source of a message: there is no “From:” line in it. Choose “Show original” or "
                    "“View source” in your mail program."
                )
            )
        return message
