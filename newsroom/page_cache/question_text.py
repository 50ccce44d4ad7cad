"""The text of a SELECT as Django writes it: its parts, the tables it names, its brackets. What it means stands in questions.py."""

import re
from collections import Counter
from functools import lru_cache

MENTION = re.compile(r'(FROM|INNER JOIN|LEFT OUTER JOIN|,) "(\w+)"(?: ([A-Z]\d+))?(?= |\)|$|,)')
_MOST_INSIDE = 20
_TOGETHER = re.compile(r" (?:UNION ALL|UNION|INTERSECT|EXCEPT) ")
_BRACKET = re.compile(r"[()]| OR ")


@lru_cache(maxsize=2048)
def parts_of(sql: str) -> tuple[str, ...]:
    """The questions whose answers are put together, each by itself."""
    between = [match for match in _TOGETHER.finditer(sql) if _depth(sql, match.start()) == 0]
    starts = [0, *(match.end() for match in between)]
    ends = [*(match.start() for match in between), len(sql)]
    # PostgreSQL's stand in brackets.
    return tuple(sql[start:end].removeprefix("(") for start, end in zip(starts, ends, strict=True))


def _depth(sql: str, position: int) -> int:
    return sql.count("(", 0, position) - sql.count(")", 0, position)


def told_apart(sql: str) -> str:
    """A name that is used again in a question inside of this one gets a name of its own there."""
    for number in range(_MOST_INSIDE):
        named = [(match[3] or match[2], match) for match in MENTION.finditer(sql)]
        count = Counter(alias for alias, _match in named)
        spans = [(_inside(sql, match.start()), alias) for alias, match in named if count[alias] > 1]
        (start, end), alias = max(spans, default=((0, 0), ""))
        if start == 0:
            break
        own = f"U{900 + number}"
        inside = sql[start:end]
        inside = re.sub(rf'(?:"{alias}"|\b{alias})(?=\.")', f'"{own}"', inside)
        mention = re.compile(rf'((?:FROM|JOIN|,) "{alias}")(?= |\)|$|,)|((?:FROM|JOIN|,) "\w+") {alias}\b')
        inside = mention.sub(rf"\g<1>\g<2> {own}", inside)
        sql = sql[:start] + inside.replace(f'"{own}".', f"{own}.") + sql[end:]
    return sql


def _inside(sql: str, position: int) -> tuple[int, int]:
    """The question that stands there: from its bracket, or the word that joins it to the one before, to its end."""
    depth, start = 0, 0
    for match in re.finditer(r"[()]", sql[:position][::-1]):
        depth += 1 if match[0] == ")" else -1
        if depth < 0:
            start = position - match.start()
            break
    depth, end = 0, len(sql)
    for match in re.finditer(r"[()]", sql[position:]):
        depth += 1 if match[0] == "(" else -1
        if depth < 0:
            end = position + match.start()
            break
    for match in _TOGETHER.finditer(sql, start, end):
        if _depth(sql[start : match.start()], match.start() - start) == 0:
            if match.start() < position:
                start = match.end()
            else:
                end = match.start()
                break
    return start, end


def end_of_list(sql: str) -> int:
    """Where the outermost FROM stands."""
    depth = 0
    for match in re.finditer(r"[()]| FROM ", sql):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
        elif depth == 0:
            return match.start()
    return len(sql)


def start_of_order(sql: str) -> int:
    position = sql.rfind(" ORDER BY ")
    return position if position >= 0 else len(sql)


class Brackets:
    """Which brackets stand around a position, and what can be believed inside of them."""

    def __init__(self, sql: str) -> None:
        self._spans: list[tuple[int, int]] = []
        self._doubtful: set[int] = set()
        self._doubtful_outside = "CASE WHEN" in sql
        open_: list[int] = []
        for match in _BRACKET.finditer(sql):
            if match[0] == "(":
                open_.append(len(self._spans))
                self._spans.append((match.start(), len(sql)))
                before = sql[: match.start()].rstrip()
                if before.endswith("NOT"):
                    self._doubtful.add(open_[-1])
            elif match[0] == ")":
                if open_:
                    number = open_.pop()
                    self._spans[number] = (self._spans[number][0], match.start())
            elif open_:
                self._doubtful.add(open_[-1])
            else:
                self._doubtful_outside = True

    def around(self, position: int) -> frozenset[int]:
        return frozenset(number for number, (start, end) in enumerate(self._spans) if start < position < end)

    def hold(self, position: int, *, start: int, brackets: frozenset[int]) -> bool:
        """Whether a condition there holds for every row of the table that is named at `start`, inside those brackets."""
        if self._doubtful_outside or position < start:
            return False
        here = self.around(position)
        return brackets <= here and not (here - brackets) & self._doubtful
