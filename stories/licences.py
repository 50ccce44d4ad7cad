"""Licences a story or a picture can be under, by their SPDX-like key.

Addresses are those the licensor gives: https://creativecommons.org/licenses/.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Licence(NamedTuple):
    name: str | Promise
    url: str


LICENCES: dict[str, Licence] = {
    "cc-by-4.0": Licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "cc-by-sa-4.0": Licence("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "cc-by-nc-4.0": Licence("CC BY-NC 4.0", "https://creativecommons.org/licenses/by-nc/4.0/"),
    "cc-by-nd-4.0": Licence("CC BY-ND 4.0", "https://creativecommons.org/licenses/by-nd/4.0/"),
    "cc0-1.0": Licence("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "all-rights-reserved": Licence(_("All rights reserved"), ""),
}

LICENCE_CHOICES = [(key, licence.name) for key, licence in LICENCES.items()]
