"""Languages in words."""

from django.utils.translation import get_language, get_language_info


def language_name(code: str) -> str:
    """“Spanish”, in the active language, as it stands inside a sentence."""
    name = str(get_language_info(code)["name_translated"])
    # Only English writes the names of languages with a capital letter.
    return name if (get_language() or "").startswith("en") else name.lower()
