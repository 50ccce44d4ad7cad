"""The demo's newsletters and segments."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from newsletter.audience.models import Newsletter, NewsletterText, Segment
from newsroom.demo.content_files import ContentError
from newsroom.demo.markdown import with_ids
from newsroom.demo.vocabulary import Vocabulary


def load_newsletters(network: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Newsletter]:
    """By key."""
    newsletters: dict[str, Newsletter] = {}
    for table in network["newsletters"]:
        main = table[network["default_language"]]
        newsletter, _created = Newsletter.objects.get_or_create(
            slug=table["slug"],
            defaults={
                "name": main["name"],
                "from_name": main["from_name"],
                "from_email": table["from_email"],
                "reply_to": table["reply_to"],
                "list_id": table["list_id"],
                "next_edition": timezone.localdate() + timedelta(days=table["next_in_days"]),
            },
        )
        for language in table["languages"]:
            words = table[language]
            NewsletterText.objects.get_or_create(
                newsletter=newsletter,
                locale=vocabulary.locales[language],
                defaults={"name": words["name"], "description": words["description"]},
            )
        newsletters[table["key"]] = newsletter
    return newsletters


def load_segments(network: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Segment]:
    """By slug, in the order of the file."""
    segments: dict[str, Segment] = {}
    for table in network["segments"]:
        segment = Segment.objects.filter(slug=table["slug"]).first()
        if segment is None:
            rules = [_rule(rule, vocabulary, network["default_language"]) for rule in table["conditions"]]
            segment = Segment(slug=table["slug"], name=table["name"], match=Segment.Match.ALL)
            segment.rules = segment.rules.stream_block.to_python(
                with_ids(rules, name=f"segment {table['slug']}")
            )
            segment.save()
        segments[table["slug"]] = segment
    return segments


def _rule(rule: dict[str, Any], vocabulary: Vocabulary, language: str) -> tuple[str, dict[str, Any]]:
    condition, values = rule["condition"], rule["any_of"]
    if condition == "topic":
        return condition, {"topics": [topic.pk for topic in vocabulary.terms("topics", values, language)]}
    if condition == "language":
        return condition, {"languages": list(values)}
    if condition == "kind" and len(values) == 1:
        return condition, {"kind": values[0]}
    raise ContentError(f"network.toml: there is no segment condition like {rule}.")
