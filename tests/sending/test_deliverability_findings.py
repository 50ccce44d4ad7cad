"""What the page says about a domain: for a good one, for everything that can be amiss, and what nobody is asked."""

from collections.abc import Mapping, Sequence

import pytest

from newsletter.sending.deliverability.findings import Finding, Level, Record, Topic
from newsletter.sending.deliverability.findings.dmarc import discover
from newsletter.sending.deliverability.findings.reverse import reverse_findings
from newsletter.sending.deliverability.lookups import Outcome
from newsletter.sending.deliverability.report import SendingDomain, report_on
from newsletter.sending.deliverability.services import SERVICES, MailService, Route, configured_route
from tests.sending.deliverability_zone import GOOD_ZONE, FakeDns, rsa_key

MAILGUN = Route(SERVICES["mailgun"])
POSTMARK = Route(SERVICES["postmark"])
SMTP = Route(MailService("your mail server"), smtp_host="mail.weft.coop")
Changes = Mapping[tuple[str, str], "Sequence[str] | Outcome | None"]


def report(
    changes: Changes | None = None,
    *,
    route: Route = MAILGUN,
    name: str = "weft.coop",
    selectors: Sequence[str] = (),
    replies: Sequence[str] = (),
) -> list[Finding]:
    """Of a domain in which all is well but for the changes; None takes a record away."""
    zone = {key: values for key, values in {**GOOD_ZONE, **(changes or {})}.items() if values is not None}
    domain = SendingDomain(name, ("Weft monthly",), tuple(replies))
    return report_on(domain, route=route, ask=FakeDns(zone), selectors=selectors)


def about(findings: list[Finding], topic: Topic) -> list[Finding]:
    return [finding for finding in findings if finding.topic is topic]


def only(findings: list[Finding], topic: Topic) -> Finding:
    (finding,) = about(findings, topic)
    return finding


def test_a_domain_in_order_is_good_throughout() -> None:
    findings = report()
    assert {finding.level for finding in findings} == {Level.GOOD}
    assert {finding.topic for finding in findings} == {
        Topic.SPF, Topic.DKIM, Topic.DMARC, Topic.ALIGNMENT, Topic.REPLIES,
    }  # fmt: skip
    assert "takes 2 questions to the DNS; 10 are allowed" in only(findings, Topic.SPF).words


# --- SPF --------------------------------------------------------------------------------------------
def test_no_spf_record_comes_with_the_one_to_add() -> None:
    finding = only(report({("weft.coop", "TXT"): None}), Topic.SPF)
    assert finding.level is Level.BROKEN
    assert finding.record == Record("weft.coop", "TXT", "v=spf1 mx include:mailgun.org ~all")


def test_without_spf_a_service_with_a_return_address_of_its_own_still_works() -> None:
    finding = only(report({("weft.coop", "TXT"): None}, route=POSTMARK), Topic.SPF)
    assert finding.level is Level.MEND
    assert "Postmark uses a return address of its own" in finding.words


def test_several_spf_records_are_put_into_one() -> None:
    texts = ["v=spf1 mx include:mailgun.org -all", "v=spf1 mx include:_spf.one.net ?all"]
    finding = only(report({("weft.coop", "TXT"): texts}), Topic.SPF)
    assert finding.level is Level.BROKEN
    assert finding.record == Record(
        "weft.coop", "TXT", "v=spf1 mx include:mailgun.org include:_spf.one.net ~all"
    )
    assert finding.found == tuple(texts)


@pytest.mark.parametrize(
    ("text", "level", "words", "better"),
    [
        ("v=spf1 include:mailgun.org +all", Level.BROKEN, "everybody in the world", "v=spf1 include:mailgun.org ~all"),
        ("v=spf1 include:mailgun.org all", Level.BROKEN, "everybody in the world", "v=spf1 include:mailgun.org ~all"),
        ("v=spf1 include:mailgun.org ?all", Level.MEND, "from elsewhere", "v=spf1 include:mailgun.org ~all"),
        ("v=spf1 include:mailgun.org", Level.MEND, "from elsewhere", "v=spf1 include:mailgun.org ~all"),
        ("v=spf1 mx ~all", Level.MEND, "does not include Mailgun", "v=spf1 mx include:mailgun.org ~all"),
        ("v=spf1 includ:mailgun.org include:mailgun.org ~all", Level.BROKEN, "includ:mailgun.org", ""),
        ("v=spf1 include:gone.net include:mailgun.org -all", Level.BROKEN, "includes gone.net", "v=spf1 include:mailgun.org -all"),
        ("v=spf1 include:weft.coop include:mailgun.org ~all", Level.BROKEN, "in a circle through weft.coop", "v=spf1 include:mailgun.org ~all"),
        ("v=spf1 ptr include:mailgun.org ~all", Level.MEND, "“ptr”", "v=spf1 include:mailgun.org ~all"),
        ("v=spf1 ptr ?all", Level.MEND, "does not include Mailgun", "v=spf1 include:mailgun.org ~all"),
        ("v=spf1 mx redirect=_spf.weft.coop", Level.BROKEN, "does not include Mailgun", "v=spf1 mx include:mailgun.org ~all"),
    ],
)  # fmt: skip
def test_what_is_amiss_with_an_spf_record(text: str, level: Level, words: str, better: str) -> None:
    finding = only(report({("weft.coop", "TXT"): [text]}), Topic.SPF)
    assert finding.level is level
    assert words in finding.words
    assert (finding.record.value if finding.record else "") == better
    assert finding.found == (text,)


def test_what_is_missing_goes_in_before_a_redirect() -> None:
    zone: Changes = {
        ("weft.coop", "TXT"): ["v=spf1 mx redirect=_spf.weft.coop"],
        ("_spf.weft.coop", "TXT"): ["v=spf1 ip4:185.1.2.3 -all"],
    }
    finding = only(report(zone), Topic.SPF)
    assert finding.record == Record(
        "weft.coop", "TXT", "v=spf1 mx include:mailgun.org redirect=_spf.weft.coop"
    )


def test_an_eleventh_question_breaks_spf() -> None:
    hosts = {(f"a{n}.net", "TXT"): ["v=spf1 ip4:185.3.0.0/16 -all"] for n in range(10)}
    parts = " ".join(f"include:a{n}.net" for n in range(10))
    ten = {**hosts, ("weft.coop", "TXT"): [f"v=spf1 {parts} ~all"]}
    assert only(report(ten, route=POSTMARK), Topic.SPF).level is Level.GOOD
    eleven = {**hosts, ("weft.coop", "TXT"): [f"v=spf1 {parts} mx ~all"]}
    finding = only(report(eleven, route=POSTMARK), Topic.SPF)
    assert finding.level is Level.BROKEN
    assert "more than 10 questions" in finding.words


def test_an_included_domain_that_does_not_answer_is_not_blamed() -> None:
    finding = only(report({("mailgun.org", "TXT"): Outcome.TOO_SLOW}), Topic.SPF)
    assert finding.level is Level.UNKNOWN
    assert "mailgun.org" in finding.words


def test_over_smtp_the_server_itself_has_to_be_allowed() -> None:
    assert only(report({("weft.coop", "TXT"): ["v=spf1 mx ~all"]}, route=SMTP), Topic.SPF).level is Level.GOOD
    finding = only(report({("weft.coop", "TXT"): ["v=spf1 include:mailgun.org ~all"]}, route=SMTP), Topic.SPF)
    assert finding.level is Level.MEND
    assert "185.1.2.3" in finding.words
    assert finding.record == Record("weft.coop", "TXT", "v=spf1 include:mailgun.org a:mail.weft.coop ~all")


# --- DKIM -------------------------------------------------------------------------------------------
KEY = ("pic._domainkey.weft.coop", "TXT")


@pytest.mark.parametrize(
    ("text", "level", "words"),
    [
        (rsa_key(1024), Level.GOOD, "change to 2048"),
        (rsa_key(512), Level.BROKEN, "512 bits"),
        ("v=DKIM1; k=rsa; p=", Level.BROKEN, "withdrawn"),
        (rsa_key(2048)[:120], Level.BROKEN, "cut off"),
        (f"{rsa_key(2048)}; t=y", Level.MEND, "test"),
        (f"{rsa_key(2048)}; h=sha1", Level.BROKEN, "not meant"),
        (f"{rsa_key(2048)}; s=tlsrpt", Level.BROKEN, "not meant"),
    ],
)
def test_what_can_be_amiss_with_a_key(text: str, level: Level, words: str) -> None:
    finding = only(report({KEY: [text]}), Topic.DKIM)
    assert finding.level is level
    assert words in finding.words
    assert "pic._domainkey.weft.coop" in finding.words


def test_a_domain_without_any_key_is_told_so() -> None:
    findings = report({KEY: None})
    assert only(findings, Topic.DKIM).level is Level.BROKEN
    assert "No DKIM key stands in the DNS" in only(findings, Topic.DKIM).words
    assert only(findings, Topic.ALIGNMENT).level is Level.UNKNOWN


def test_a_key_under_another_name_is_asked_for_by_what_a_person_types() -> None:
    zone: Changes = {KEY: None, ("winter2026._domainkey.weft.coop", "TXT"): [rsa_key(2048)]}
    unnamed = only(report(zone), Topic.DKIM)
    assert unnamed.level is Level.BROKEN
    assert "pdk1, pdk2, mx" in unnamed.words
    assert only(report(zone, selectors=["winter2026"]), Topic.DKIM).level is Level.GOOD
    wrong = only(report(zone, selectors=["summer"]), Topic.DKIM)
    assert wrong.level is Level.BROKEN
    assert wrong.record == Record("summer._domainkey.weft.coop", "TXT")


def test_where_selectors_are_made_up_for_each_customer_a_person_has_to_say() -> None:
    zone: Changes = {KEY: None, ("20261101pm._domainkey.weft.coop", "TXT"): [rsa_key(2048)]}
    finding = only(report(zone, route=POSTMARK), Topic.DKIM)
    assert finding.level is Level.UNKNOWN
    assert "Where Postmark shows the DNS records of your domain" in finding.words


def test_other_texts_under_a_wildcard_are_no_keys() -> None:
    zone: Changes = {
        (f"{name}._domainkey.weft.coop", "TXT"): ["v=spf1 -all"] for name in ("mx", "smtp", "k1")
    }
    assert [finding.level for finding in about(report(zone), Topic.DKIM)] == [Level.GOOD]


def test_several_keys_under_one_name_are_one_too_many() -> None:
    assert only(report({KEY: [rsa_key(2048), rsa_key(1024)]}), Topic.DKIM).level is Level.MEND


# --- DMARC ------------------------------------------------------------------------------------------
DMARC = ("_dmarc.weft.coop", "TXT")


def test_no_dmarc_record_comes_with_a_first_one() -> None:
    finding = only(report({DMARC: None}), Topic.DMARC)
    assert finding.level is Level.BROKEN
    assert finding.record == Record("_dmarc.weft.coop", "TXT", "v=DMARC1; p=none; rua=mailto:dmarc@weft.coop")


@pytest.mark.parametrize(
    ("text", "levels", "words"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@weft.coop", [Level.GOOD], "“none”"),
        ("v=DMARC1; p=reject; rua=mailto:a@weft.coop", [Level.GOOD], "turned away"),
        ("v=DMARC1; p=reject; t=y; rua=mailto:a@weft.coop", [Level.GOOD], "test mode"),
        ("v=DMARC1; p=quarantine", [Level.GOOD, Level.MEND], "spam folder"),
        ("v=DMARC1; rua=mailto:a@weft.coop", [Level.BROKEN], "does not say what to do"),
        ("v=DMARC1; p=yes", [Level.BROKEN], "does not say what to do"),
    ],
)
def test_what_a_dmarc_record_says(text: str, levels: list[Level], words: str) -> None:
    findings = about(report({DMARC: [text]}), Topic.DMARC)
    assert [finding.level for finding in findings] == levels
    assert words in findings[0].words


def test_reports_nobody_gets_are_given_an_address() -> None:
    findings = about(report({DMARC: ["v=DMARC1; p=reject;"]}), Topic.DMARC)
    assert findings[1].record == Record(
        "_dmarc.weft.coop", "TXT", "v=DMARC1; p=reject; rua=mailto:dmarc@weft.coop"
    )


def test_several_dmarc_records_count_as_none() -> None:
    finding = only(report({DMARC: ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}), Topic.DMARC)
    assert finding.level is Level.BROKEN
    assert len(finding.found) == 2


def test_a_subdomain_falls_back_to_the_organisations_record_and_its_policy_for_subdomains() -> None:
    zone = {DMARC: ["v=DMARC1; p=reject; sp=none; rua=mailto:a@weft.coop"]}
    discovery = discover("news.letters.weft.coop", FakeDns(zone))
    assert discovery.stands_at == "weft.coop"
    finding = only(
        report(
            {**zone, ("letters.weft.coop", "TXT"): ["v=spf1 ~all"]}, name="letters.weft.coop", route=POSTMARK
        ),
        Topic.DMARC,
    )
    assert "“none”" in finding.words


def test_a_registrys_record_does_not_stand_for_an_organisation_that_has_one() -> None:
    zone = {("_dmarc.coop", "TXT"): ["v=DMARC1; p=none; psd=y"], DMARC: ["v=DMARC1; p=reject"]}
    assert discover("letters.weft.coop", FakeDns(zone)).stands_at == "weft.coop"
    assert discover("letters.loom.coop", FakeDns(zone)).stands_at == "coop"


# --- From, replies, the server ------------------------------------------------------------------------
def test_a_service_that_signs_for_a_subdomain_counts_unless_the_policy_is_strict() -> None:
    route = Route(SERVICES["mailgun"], signing_domain="mg.weft.coop")
    zone: Changes = {
        ("mg.weft.coop", "TXT"): ["v=spf1 include:mailgun.org ~all"],
        ("mx._domainkey.mg.weft.coop", "TXT"): [rsa_key(2048)],
    }
    findings = report(zone, route=route)
    assert {finding.level for finding in findings} == {Level.GOOD}
    assert "mx._domainkey.mg.weft.coop" in only(findings, Topic.DKIM).words
    strict = report({**zone, DMARC: ["v=DMARC1; p=none; adkim=s; rua=mailto:a@weft.coop"]}, route=route)
    assert only(strict, Topic.ALIGNMENT).level is Level.BROKEN


def test_a_service_that_signs_for_somebody_else_does_not_count() -> None:
    route = Route(SERVICES["mailgun"], signing_domain="loom.coop")
    assert only(report(route=route), Topic.ALIGNMENT).level is Level.BROKEN


def test_a_sender_at_a_mailbox_provider_is_told_to_use_a_domain_of_their_own() -> None:
    dns = FakeDns({})
    (finding,) = report_on(SendingDomain("gmail.com", ("Weft",), ()), route=MAILGUN, ask=dns)
    assert finding.level is Level.BROKEN
    assert "a domain of your own" in finding.words
    assert dns.asked == []


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({("weft.coop", "MX"): [""]}, Level.BROKEN, "takes no mail at all"),
        ({("weft.coop", "MX"): None}, Level.BROKEN, "no mail server"),
        ({("weft.coop", "MX"): None, ("weft.coop", "A"): ["185.1.2.9"]}, Level.MEND, "web server"),
        ({("mail.weft.coop", "A"): None}, Level.BROKEN, "does not exist"),
        ({("mail.weft.coop", "A"): Outcome.FAILED}, Level.GOOD, "There is a mail server"),
        ({("weft.coop", "MX"): Outcome.TOO_SLOW}, Level.UNKNOWN, "did not answer in time"),
    ],
)
def test_whether_replies_arrive(changes: Changes, level: Level, words: str) -> None:
    finding = only(report(changes, route=POSTMARK), Topic.REPLIES)
    assert finding.level is level
    assert words in finding.words


def test_replies_to_another_domain_are_looked_at_as_well() -> None:
    findings = about(report(replies=["loom.coop", "loom.example"]), Topic.REPLIES)
    assert [(finding.level, "loom.coop" in finding.words) for finding in findings] == [
        (Level.GOOD, False),
        (Level.BROKEN, True),
    ]


POINTER = ("3.2.1.185.in-addr.arpa", "PTR")


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({}, Level.GOOD, "leads back"),
        ({POINTER: None}, Level.BROKEN, "has no name"),
        (
            {POINTER: ["static.host.net"], ("static.host.net", "A"): ["185.9.9.9"]},
            Level.BROKEN,
            "does not lead back",
        ),
        ({POINTER: Outcome.FAILED}, Level.UNKNOWN, "no usable answer"),
        ({("mail.weft.coop", "A"): None}, Level.BROKEN, "EMAIL_HOST"),
    ],
)
def test_the_servers_own_name(changes: Changes, level: Level, words: str) -> None:
    finding = only(report(changes, route=SMTP), Topic.REVERSE)
    assert finding.level is level
    assert words in finding.words
    if words == "has no name":
        assert finding.record == Record(POINTER[0], "PTR", "mail.weft.coop")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.1.2.3", "::1", "mailhog", "relay.local", ""])
def test_a_server_nobody_outside_can_see_is_not_asked_about(host: str) -> None:
    dns = FakeDns({})
    (finding,) = reverse_findings(host, dns)
    assert finding.level is Level.UNKNOWN
    assert dns.asked == []


# --- Domains about which there is nothing to say ------------------------------------------------------
@pytest.mark.parametrize("name", ["weft.example", "localhost", "news.test", "", "☃.."])
def test_nobody_is_asked_about_a_domain_for_demos(name: str) -> None:
    dns = FakeDns({})
    (finding,) = report_on(SendingDomain(name, ("Weft",), ()), route=SMTP, ask=dns)
    assert finding.level is Level.UNKNOWN
    assert dns.asked == []


def test_a_domain_that_does_not_exist_is_one_finding() -> None:
    (finding,) = report_on(SendingDomain("weft.coop", ("Weft",), ()), route=MAILGUN, ask=FakeDns({}))
    assert (finding.topic, finding.level) == (Topic.DOMAIN, Level.BROKEN)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.TOO_SLOW])
def test_when_nobody_answers_nothing_is_called_broken(outcome: Outcome) -> None:
    def silence(_name: str, _kind: str) -> object:
        return FakeDns({("x", "TXT"): outcome})("x", "TXT")

    findings = report_on(SendingDomain("weft.coop", ("Weft",), ()), route=SMTP, ask=silence)  # type: ignore[arg-type]
    assert {finding.level for finding in findings} <= {Level.UNKNOWN, Level.GOOD}
    assert {finding.topic for finding in findings if finding.level is Level.GOOD} <= {Topic.ALIGNMENT}


def test_a_domain_with_letters_beyond_ascii_is_asked_for_in_the_dnss_spelling() -> None:
    dns = FakeDns({("xn--lan-9la.org", "TXT"): ["v=spf1 -all"]})
    report_on(SendingDomain("élan.org", ("Élan",), ()), route=MAILGUN, ask=dns)
    assert all(name.isascii() for name, _kind in dns.asked)
    assert ("_dmarc.xn--lan-9la.org", "TXT") in dns.asked


def test_a_strangers_record_cannot_turn_the_screen() -> None:
    findings = about(report({("weft.coop", "TXT"): ["v=spf1 mx\u202einclude:mailgun.org\0 ~all"]}), Topic.SPF)
    read = "".join(finding.words + "".join(finding.found) for finding in findings)
    assert "mx\N{REPLACEMENT CHARACTER}include:mailgun.org" in read
    assert not {"\u202e", "\0"} & set(read)


# --- How mail leaves ----------------------------------------------------------------------------------
def test_the_way_mail_takes_comes_from_the_settings(settings: object) -> None:
    settings.MAIL, settings.EMAIL_HOST = "smtp", "mail.weft.coop"
    assert configured_route().smtp_host == "mail.weft.coop"
    settings.MAIL, settings.ANYMAIL = "mailgun", {"MAILGUN_SENDER_DOMAIN": "MG.weft.coop"}
    assert configured_route() == Route(SERVICES["mailgun"], signing_domain="mg.weft.coop")
    settings.MAIL = "carrier_pigeon"
    assert configured_route().service.label == "carrier_pigeon"
