"""How PostgreSQL reads a language: which dictionary makes one word of "assembly" and "assemblies"."""

# https://www.postgresql.org/docs/current/textsearch-configuration.html; every installation has these.
_CONFIGURATIONS = {"en": "english", "es": "spanish", "fr": "french"}


def text_search_configuration(language_code: str) -> str:
    return _CONFIGURATIONS.get(language_code.split("-")[0], "simple")
