"""What is known beforehand about the way mail takes: the configured service, its names for DKIM keys, its part of SPF.

Selectors cannot be listed through the DNS, only tried. Those here are from the services' own pages on domains, as
they stood in 2026; where a service makes them up for each customer there is none, and a person has to type theirs.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from newsletter.sending.deliverability.domains import domain_of


@dataclass(frozen=True)
class MailService:
    """A service as its customers' DNS knows it.

    `spf_include` is the part it wants in the SPF record of the sending domain. A service with `own_return_address`
    wants none: the return address lies in a domain of its own, or in one it is given for that alone.
    """

    label: str
    selectors: tuple[str, ...] = ()
    spf_include: str = ""
    own_return_address: bool = False


SERVICES = {
    "amazon_ses": MailService("Amazon SES", own_return_address=True),
    "brevo": MailService("Brevo", ("brevo1", "brevo2", "mail"), own_return_address=True),
    "mailersend": MailService("MailerSend", ("mlsend2", "mlsend"), "_spf.mailersend.net"),
    "mailgun": MailService(
        "Mailgun", ("pdk1", "pdk2", "mx", "smtp", "pic", "k1", "mailo", "krs"), "mailgun.org"
    ),
    "mailjet": MailService("Mailjet", ("mailjet",), "spf.mailjet.com"),
    "mailtrap": MailService("Mailtrap", ("rwmt1", "rwmt2"), own_return_address=True),
    "mandrill": MailService("Mandrill", ("mte1", "mte2", "mandrill"), own_return_address=True),
    "postal": MailService("Postal", own_return_address=True),
    "postmark": MailService("Postmark", own_return_address=True),
    "resend": MailService("Resend", ("resend",), own_return_address=True),
    "scaleway": MailService("Scaleway", spf_include="_spf.tem.scaleway.com"),
    "sendgrid": MailService("SendGrid", ("s1", "s2", "m1", "smtpapi"), own_return_address=True),
    "sparkpost": MailService("SparkPost", own_return_address=True),
    "unisender_go": MailService("Unisender Go", ("us",), own_return_address=True),
}
# What mail servers and mailbox providers call their keys when nobody says otherwise.
USUAL_SELECTORS = (
    "default", "mail", "dkim", "s1", "s2", "k1", "key1", "selector1", "selector2", "google", "fm1", "protonmail",
)  # fmt: skip


@dataclass(frozen=True)
class Route:
    """How mail leaves. `smtp_host` is set with MAIL=smtp only; `signing_domain` where a setting names another than From."""

    service: MailService
    smtp_host: str = ""
    signing_domain: str = ""

    def signs_as(self, from_domain: str) -> str:
        return self.signing_domain or from_domain


def configured_route() -> Route:
    if settings.MAIL == "smtp":
        return Route(MailService(_("your mail server")), smtp_host=settings.EMAIL_HOST)
    if settings.MAIL == "mailbox":
        return Route(MailService(_("your mail service")))
    service = SERVICES.get(settings.MAIL, MailService(settings.MAIL))
    # Mailgun signs with, and sends from, the domain its account knows.
    signing = settings.ANYMAIL.get("MAILGUN_SENDER_DOMAIN", "") if settings.MAIL == "mailgun" else ""
    return Route(service, signing_domain=domain_of(signing))
