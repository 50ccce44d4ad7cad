"""SPF, DKIM and DMARC records, taken apart: what they say, and that no text a stranger writes breaks anything."""

import base64
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sending.deliverability.domains import (
    NotADomain,
    aligned,
    domain_of,
    in_ascii,
    leads_nowhere,
    organisational,
)
from newsletter.sending.deliverability.lookups import Outcome
from newsletter.sending.deliverability.records import (
    is_dmarc,
    is_spf,
    parse_dkim_key,
    parse_dmarc,
    parse_spf,
    tags,
)
from newsletter.sending.deliverability.spf import FOLLOWED, follow
from tests.sending.deliverability_zone import FakeDns, Zone, rsa_key

# Texts near enough to records to get past the first look.
ALMOST = st.text(alphabet='v=spf1DKMARC;:/.%{}+-~? axincludemlrtp0123456789=_\t"é\u202e\0', max_size=200)


# --- SPF --------------------------------------------------------------------------------------------
def test_an_spf_record_is_known_by_its_first_word() -> None:
    assert is_spf("v=spf1")
    assert is_spf("V=SPF1 -all")
    assert not is_spf("v=spf10 -all")
    assert not is_spf(" v=spf1 -all")


def test_the_parts_of_an_spf_record() -> None:
    record = parse_spf(
        "v=spf1 a mx:Mail.Weft.coop/28 ip4:185.1.2.0/24 include:_spf.one.net ?exists:%{i}.x ~all"
    )
    assert [(term.qualifier, term.name, term.domain) for term in record.terms] == [
        ("+", "a", ""),
        ("+", "mx", "mail.weft.coop"),
        ("+", "ip4", ""),
        ("+", "include", "_spf.one.net"),
        ("?", "exists", "%{i}.x"),
        ("~", "all", ""),
    ]
    assert record.terms[1].prefixes == (28, 128)
    assert record.terms[2].network == ip_network("185.1.2.0/24")
    assert record.terms[4].has_macro
    assert (record.all, record.redirect, record.unreadable) == ("~", "", ())


def test_a_redirect_and_unknown_modifiers_are_no_faults() -> None:
    record = parse_spf("v=spf1 redirect=_spf.weft.coop exp=why.weft.coop weather=fine")
    assert record.redirect == "_spf.weft.coop"
    assert record.unreadable == ()


@pytest.mark.parametrize(
    "part",
    ["includ:mailgun.org", "include:", "include", "ip4:185.1.2.300", "ip4:2001:db8::1", "ip6:185.1.2.3",
     "a/99", "all:x", "mailgun.org", "ip4/24", "a:weft..coop", "–all"],
)  # fmt: skip
def test_a_part_that_receivers_cannot_read_is_named(part: str) -> None:
    assert parse_spf(f"v=spf1 mx {part} ~all").unreadable == (part,)


@given(ALMOST | st.text())
def test_no_text_breaks_the_reading_of_spf(text: str) -> None:
    is_spf(text)
    record = parse_spf(f"v=spf1 {text}")
    words = [word for word in text.split(" ") if word]
    assert len(record.terms) + len(record.unreadable) <= len(words)


# --- Following SPF ----------------------------------------------------------------------------------
def test_every_question_below_counts_and_addresses_count_none() -> None:
    zone: Zone = {
        ("one.net", "TXT"): ["v=spf1 include:two.net ip4:185.9.0.0/16 -all"],
        ("two.net", "TXT"): ["v=spf1 a mx exists:%{i}.two.net ~all"],
        ("two.net", "A"): ["185.7.7.7"],
        ("two.net", "MX"): ["mx.two.net"],
        ("mx.two.net", "AAAA"): ["2a00::25"],
    }
    walk = follow("weft.coop", parse_spf("v=spf1 include:one.net ip4:185.1.2.3 -all"), FakeDns(zone))
    assert walk.lookups == 5  # one.net, two.net, a, mx, exists
    assert walk.included == {"one.net", "two.net"}
    assert walk.everybody_else == "-"
    for address in ("185.1.2.3", "185.9.4.4", "185.7.7.7", "2a00::25"):
        assert walk.allows(ip_address(address))
    assert not walk.allows(ip_address("185.2.2.2"))


def test_a_redirect_brings_its_own_ending() -> None:
    zone: Zone = {("_spf.weft.coop", "TXT"): ["v=spf1 ip4:185.1.2.3 ~all"]}
    walk = follow("weft.coop", parse_spf("v=spf1 redirect=_spf.weft.coop"), FakeDns(zone))
    assert (walk.lookups, walk.everybody_else) == (1, "~")
    assert walk.allows(ip_address("185.1.2.3"))


def test_records_that_include_each_other_come_to_an_end() -> None:
    zone: Zone = {
        ("one.net", "TXT"): ["v=spf1 include:two.net -all"],
        ("two.net", "TXT"): ["v=spf1 include:one.net -all"],
    }
    walk = follow("weft.coop", parse_spf("v=spf1 include:one.net -all"), FakeDns(zone))
    assert walk.going_in_circles == ["one.net"]


def test_following_stops_soon_after_receivers_gave_up() -> None:
    zone = {
        (f"a{n}.net", "TXT"): [f"v=spf1 include:a{n + 1}.net include:a{n + 2}.net -all"] for n in range(200)
    }
    dns = FakeDns(zone)
    assert follow("weft.coop", parse_spf("v=spf1 include:a0.net -all"), dns).lookups == FOLLOWED
    assert len(dns.asked) <= FOLLOWED


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["a.net", "b.net", "weft.coop"]), st.sampled_from(["TXT", "MX"])),
        st.lists(
            st.text(alphabet="abmxitprdec:./=% ", max_size=40).map(lambda text: f"v=spf1 {text}")
            | st.lists(
                st.sampled_from(
                    ["include:a.net", "include:b.net", "mx", "redirect=a.net", "?all", "ptr", "a:b.net/8"]
                )
            ).map(lambda parts: " ".join(["v=spf1", *parts])),
            max_size=3,
        )
        | st.sampled_from([outcome for outcome in Outcome if outcome is not Outcome.FOUND]),
    )
)
def test_no_zone_breaks_the_following(zone: Zone) -> None:
    walk = follow("weft.coop", parse_spf("v=spf1 include:a.net mx redirect=b.net"), FakeDns(zone))
    assert walk.lookups <= FOLLOWED


# --- DKIM -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("bits", [512, 1024, 2048, 4096])
def test_the_length_of_an_rsa_key(bits: int) -> None:
    key = parse_dkim_key(rsa_key(bits))
    assert key is not None
    assert (key.kind, key.bits, key.is_revoked, key.is_testing) == ("rsa", bits, False, False)


def test_a_key_may_be_broken_into_lines_and_leave_out_what_is_usual() -> None:
    written = rsa_key(2048).partition("p=")[2]
    key = parse_dkim_key(f" p = {written[:70]} \t{written[70:]} ; t=y:s ; n=for the newsletter")
    assert key is not None
    assert (key.kind, key.bits, key.is_testing) == ("rsa", 2048, True)


def test_a_short_modern_key_is_as_good() -> None:
    key = parse_dkim_key(f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(32)).decode()}")
    assert key is not None
    assert (key.kind, key.bits) == ("ed25519", 256)


def test_an_empty_key_is_revoked() -> None:
    key = parse_dkim_key("v=DKIM1; p=")
    assert key is not None
    assert key.is_revoked


@pytest.mark.parametrize("text", ["v=spf1 -all", "v=DKIM2; p=abcd", "", "p", "hello; world"])
def test_what_is_no_key_is_no_key(text: str) -> None:
    assert parse_dkim_key(text) is None


@pytest.mark.parametrize(
    "text", ["p=abc", "p=%%%%", "k=rsa; p=AAAA", "k=quantum; p=AAAA", "k=ed25519; p=AAAA", "p=é"]
)
def test_a_key_that_was_cut_off_has_no_bits(text: str) -> None:
    key = parse_dkim_key(text)
    assert key is not None
    assert (key.bits, key.is_revoked) == (0, False)


@given(ALMOST | st.text() | st.binary(max_size=300).map(lambda raw: f"p={base64.b64encode(raw).decode()}"))
def test_no_text_breaks_the_reading_of_keys(text: str) -> None:
    tags(text)
    key = parse_dkim_key(text)
    assert key is None or key.bits >= 0


# --- DMARC ------------------------------------------------------------------------------------------
def test_the_parts_of_a_dmarc_record() -> None:
    record = parse_dmarc(
        "v=DMARC1; p=Reject; sp=none; rua=mailto:a@weft.coop, mailto:b@one.net!10m; adkim=s; t=y"
    )
    assert (record.policy, record.subdomain_policy) == ("reject", "none")
    assert record.policy_for(is_subdomain=False) == "reject"
    assert record.policy_for(is_subdomain=True) == "none"
    assert record.reports_to == ("mailto:a@weft.coop", "mailto:b@one.net!10m")
    assert (record.strict_dkim, record.strict_spf, record.testing) == (True, False, True)


def test_a_policy_nobody_knows_is_none_at_all() -> None:
    assert parse_dmarc("v=DMARC1; p=maybe").policy == ""


@given(ALMOST | st.text())
def test_no_text_breaks_the_reading_of_dmarc(text: str) -> None:
    is_dmarc(text)
    assert parse_dmarc(f"v=DMARC1; {text}").policy in {"", "none", "quarantine", "reject"}


# --- Domains ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "second", "strict", "together"),
    [
        ("weft.coop", "weft.coop", True, True),
        ("weft.coop", "mg.weft.coop", False, True),
        ("weft.coop", "mg.weft.coop", True, False),
        ("letters.weft.coop", "mg.weft.coop", False, True),
        ("weft.org.uk", "mail.weft.org.uk", False, True),
        ("weft.org.uk", "loom.org.uk", False, False),
        ("weft.coop", "notweft.coop", False, False),
        ("weft.coop", "weft.coop.evil.net", False, False),
        ("weft.coop", "", False, False),
    ],
)  # fmt: skip
def test_domains_belong_together_when_the_same_people_registered_them(
    first: str, second: str, strict: bool, together: bool
) -> None:
    assert aligned(first, second, strict=strict) is together
    assert aligned(second, first, strict=strict) is together


def test_letters_beyond_ascii_are_spelt_for_the_dns() -> None:
    assert in_ascii("Élan-Tejido.ORG.") == "xn--lan-tejido-96a.org"
    assert domain_of("news@Weft.Coop.") == "weft.coop"


@pytest.mark.parametrize(
    "domain", ["", ".", "a..b", "-a.org", "a" * 64 + ".org", "a." * 127 + "org", "we ft.org", "☃.."]
)
def test_what_cannot_stand_in_the_dns_is_refused(domain: str) -> None:
    with pytest.raises(NotADomain):
        in_ascii(domain)


@pytest.mark.parametrize(
    "domain", ["weft.example", "localhost", "mail.localhost", "weft.test", "nas.local", "10.0.0.1", "::1", "a..b", ""]
)  # fmt: skip
def test_names_of_demos_and_of_one_network_lead_nowhere(domain: str) -> None:
    assert leads_nowhere(domain)


def test_a_real_domain_leads_somewhere() -> None:
    assert not leads_nowhere("weft.coop")
    assert not leads_nowhere("élan.org")


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading_of_domains(text: str) -> None:
    leads_nowhere(text)
    organisational(text)
    assert aligned(text, text) is bool(text.lower().rstrip("."))
