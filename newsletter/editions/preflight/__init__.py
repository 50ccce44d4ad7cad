"""Check before sending: what would go wrong with this edition, in words for the person who can mend it."""

from newsletter.editions.preflight import content_rules, link_rules, picture_rules, sending_rules
from newsletter.editions.preflight.registry import (
    CheckedEdition,
    CheckedVersion,
    Fault,
    Finding,
    Rule,
    check_edition,
    register_rule,
)

for _rule in (*content_rules.RULES, *link_rules.RULES, *picture_rules.RULES, *sending_rules.RULES):
    register_rule(_rule)

__all__ = ["CheckedEdition", "CheckedVersion", "Fault", "Finding", "Rule", "check_edition", "register_rule"]
