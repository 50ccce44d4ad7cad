"""A received message, pasted: what its headers say about signatures and unsubscribing, however hostile it is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sending.deliverability.findings import Level, Topic
from newsletter.sending.deliverability.findings.message import message_findings
from newsletter.sending.deliverability.received import (
    MOST_CHARACTERS,
    Verdict,
    read_message,
    signature,
    verdicts,
    without_comments,
)

SIGNED = "From:To:Subject:List-Unsubscribe:\r\n List-Unsubscribe-Post:List-Id"
MESSAGE = f"""\
Delivered-To: reader@readers.net\r
Authentication-Results: mx.readers.net (version 1);\r
 dkim=pass (2048 bit key; signed) header.d=weft.coop header.s=pic;\r
 spf=pass smtp.mailfrom=bounce@weft.coop;\r
 dmarc=pass (p=QUARANTINE) header.from=weft.coop\r
Return-Path: <bounce+1@weft.coop>\r
DKIM-Signature: v=1; a=rsa-sha256; d=weft.coop; s=pic;\r
 h={SIGNED}; bh=abc=; b=def==\r
From: "Weft, the network" <news@weft.coop>\r
Subject: November\r
List-Unsubscribe: <mailto:out@weft.coop>, <https://weft.coop/unsubscribe/x/>\r
List-Unsubscribe-Post: List-Unsubscribe=One-Click\r
\r
Authentication-Results: evil.net; dkim=fail\r
"""


def found(source: str) -> dict[Topic, Level]:
    message = read_message(source)
    assert message is not None
    return {finding.topic: finding.level for finding in message_findings(message)}


def test_a_message_in_order_is_good_throughout() -> None:
    assert found(MESSAGE) == dict.fromkeys(
        [Topic.ALIGNMENT, Topic.UNSUBSCRIBE, Topic.SPF, Topic.DKIM, Topic.DMARC], Level.GOOD
    )


def test_line_ends_of_any_kind_and_blank_lines_before_are_the_same() -> None:
    assert found(MESSAGE.replace("\r\n", "\n")) == found(MESSAGE) == found(f"\n\n  {MESSAGE}")


def test_what_stands_below_the_headers_is_not_believed() -> None:
    message = read_message(MESSAGE)
    assert message is not None
    assert message.receiver == "mx.readers.net"


def test_only_what_the_last_server_wrote_counts() -> None:
    forged = MESSAGE.replace("Return-Path:", "Authentication-Results: forged.net; dmarc=fail\r\nReturn-Path:")
    assert found(forged)[Topic.DMARC] is Level.GOOD


@pytest.mark.parametrize("missing", [":List-Unsubscribe:\r\n", "List-Unsubscribe-Post:"])
def test_a_signature_that_leaves_out_unsubscribing_is_named(missing: str) -> None:
    replacement = ":\r\n" if missing.endswith("\n") else ""
    assert found(MESSAGE.replace(missing, replacement, 1))[Topic.UNSUBSCRIBE] is Level.BROKEN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://weft.coop/unsubscribe/x/", "http://weft.coop/unsubscribe/x/"),
        ("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", ""),
        ("=One-Click", "=Two-Clicks"),
    ],
)
def test_headers_without_one_click_do_not_do(old: str, new: str) -> None:
    assert found(MESSAGE.replace(old, new))[Topic.UNSUBSCRIBE] is Level.BROKEN


def test_a_signature_of_somebody_else_does_not_stand_for_the_sender() -> None:
    levels = found(MESSAGE.replace("d=weft.coop;", "d=mailservice.net;"))
    assert levels[Topic.ALIGNMENT] is Level.BROKEN
    assert levels[Topic.UNSUBSCRIBE] is Level.MEND


def test_a_signature_of_a_subdomain_does() -> None:
    assert found(MESSAGE.replace("d=weft.coop;", "d=mg.weft.coop;"))[Topic.ALIGNMENT] is Level.GOOD


def test_no_signature_at_all() -> None:
    levels = found(MESSAGE.replace("DKIM-Signature:", "X-Was-Signature:"))
    assert levels[Topic.ALIGNMENT] is Level.BROKEN
    assert levels[Topic.UNSUBSCRIBE] is Level.BROKEN


def test_an_outdated_signature_is_none() -> None:
    assert found(MESSAGE.replace("a=rsa-sha256", "a=rsa-sha1"))[Topic.ALIGNMENT] is Level.BROKEN


@pytest.mark.parametrize(
    ("result", "level"),
    [("fail", Level.BROKEN), ("softfail", Level.BROKEN), ("none", Level.MEND), ("temperror", Level.MEND)],
)
def test_what_the_receiver_found_out_is_put_into_words(result: str, level: Level) -> None:
    assert found(MESSAGE.replace("spf=pass", f"spf={result}"))[Topic.SPF] is level


def test_a_receiver_that_wrote_nothing_down_leaves_half_unknown() -> None:
    assert found(MESSAGE.replace("Authentication-Results:", "X-Results:"))[Topic.DMARC] is Level.UNKNOWN


def test_results_with_comments_and_versions() -> None:
    assert verdicts(
        "mx.net 1; spf/1 = Pass (why; because dkim=fail) smtp.mailfrom=a@weft.coop; nonsense; =x"
    ) == [Verdict("spf", "pass", "weft.coop")]
    assert verdicts("mx.net; none") == []


@pytest.mark.parametrize(
    "source", ["", "hello", "Dear friends,\n\nthe mill runs.", "From\n: x", "<html><body>"]
)
def test_what_is_no_message_is_said_to_be_none(source: str) -> None:
    assert read_message(source) is None


HOSTILE = [
    "From: x@weft.coop\nDKIM-Signature: " + ";" * 100_000,
    "From: x@weft.coop\nDKIM-Signature: " + "d=a;" * 50_000,
    "From: x@weft.coop\n" + "DKIM-Signature: v=1; d=weft.coop\n" * 5000,
    "From: x@weft.coop\nAuthentication-Results: x; dkim=" + "(" * 150_000,
    "From: " + "<" * 100_000,
    "From: " + '"' * 50_000 + "@" * 50_000,
    "From: =?utf-8?b?" + "A" * 50_000,
    "From: x@weft.coop\nList-Unsubscribe: " + "<https://" * 20_000,
    "From: x@weft.coop\n" + " \t" * 90_000,
    "From: x@weft.coop\n" + "a:\n" * 60_000,
    "From: x@weft.coop\r" * 10_000,
    "From: \ud800@weft.coop\nReturn-Path: <\udfff>",
    "x" * (MOST_CHARACTERS * 2),
]  # fmt: skip


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_message_is_read_or_refused_in_no_time(source: str) -> None:
    begun = time.process_time()
    message = read_message(source)
    assert message is None or message_findings(message)
    # It takes a fraction of a second; a way of reading that goes over the text again and again takes a minute.
    assert time.process_time() - begun < 5


HEADER = st.sampled_from(
    [
        "From",
        "DKIM-Signature",
        "Authentication-Results",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Return-Path",
        "X",
    ]
)


@given(st.text() | st.lists(st.tuples(HEADER, st.text(max_size=80))).map(
    lambda headers: "\n".join(f"{name}: {value}" for name, value in headers)
))  # fmt: skip
def test_no_text_breaks_the_reading_of_messages(source: str) -> None:
    message = read_message(source)
    if message is not None:
        assert message_findings(message)


@given(st.text())
def test_no_text_breaks_the_reading_of_single_headers(text: str) -> None:
    signature(text)
    verdicts(text)
    assert len(without_comments(text)) <= len(text)
