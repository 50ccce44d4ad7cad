"""What is wrong with a file, in words, with the place."""

from django.utils.translation import gettext as _


class FileFault(Exception):
    """The file cannot be read, or not any further. The message says which file, where and why."""

    def __init__(self, words: str, *, file: str = "", row: int | None = None, column: str = "") -> None:
        place = [
            part
            for part in (
                file,
                _("row %(number)s") % {"number": row} if row else "",
                _("column “%(name)s”") % {"name": column} if column else "",
            )
            if part
        ]
        super().__init__(f"{', '.join(place)}: {words}" if place else words)


class RowFault(Exception):
    """One row cannot be taken. `column` is its heading, where one column is to blame."""

    def __init__(self, words: str, *, column: str = "") -> None:
        super().__init__(words)
        self.column = column

    def __str__(self) -> str:
        words = super().__str__()
        return f"{_('column “%(name)s”') % {'name': self.column}}: {words}" if self.column else words
