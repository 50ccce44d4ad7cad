"""The list of rules."""

from stories.quality import field_rules, link_rules, picture_rules, text_rules
from stories.quality.registry import register_rule


def register_rules() -> None:
    for rule in (*field_rules.RULES, *picture_rules.RULES, *text_rules.RULES, *link_rules.RULES):
        register_rule(rule)
