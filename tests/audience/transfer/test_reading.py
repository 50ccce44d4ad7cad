"""Files as they come: what they are is found out, and what is hostile is refused with words, in little memory."""

import io
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.transfer import limits
from newsletter.audience.transfer.cells import harmless, joined, line, restored, split_words
from newsletter.audience.transfer.faults import FileFault
from newsletter.audience.transfer.limits import MAX_ROWS
from newsletter.audience.transfer.reading import read_tables
from newsletter.audience.transfer.reading.workbooks import as_text
from tests.audience.transfer.conftest import workbook


@pytest.fixture
def read(tmp_path):
    def _read(content, name="list.csv"):
        path = tmp_path / "file"
        path.write_bytes(content)
        return read_tables(path, name=name)

    return _read


def cells(table):
    return [row.cells for row in table.rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_delimiter_and_encoding_are_found_out(read, delimiter, encoding):
    text = f"email{delimiter}name\r\nana@readers.org{delimiter}Íñigo\r\n"
    (table,) = read(text.encode(encoding))
    assert table.headings == ("email", "name")
    assert cells(table) == [["ana@readers.org", "Íñigo"]]
    assert table.notes == []


def test_windows_letters_are_read_and_said(read):
    (table,) = read("email;name\nana@readers.org;Íñigo\n".encode("cp1252"))
    assert cells(table) == [["ana@readers.org", "Íñigo"]]
    assert "Windows-1252" in table.notes[0]


def test_excels_own_line_about_the_delimiter_is_no_heading(read):
    (table,) = read(b"sep=;\nemail;name\na@b.org;Ana\n")
    assert table.headings == ("email", "name")
    assert [row.number for row in table.rows()] == [3]


def test_a_list_of_bare_addresses_has_no_heading(read):
    (table,) = read(b"ana@readers.org\nberta@readers.org\n")
    assert table.headings == ("Column 1",)
    assert cells(table) == [["ana@readers.org"], ["berta@readers.org"]]


def test_headings_are_each_there_once(read):
    (table,) = read(b"email,name,name,\na@b.org,1,2,3\n")
    assert table.headings == ("email", "name", "name (3)", "Column 4")


def test_a_workbook_is_read_like_a_file_of_text(read):
    (table,) = read(
        workbook(["email", "name", "since"], ["ana@readers.org", "Ana", 2024], [None, None, None])
    )
    assert table.headings == ("email", "name", "since")
    assert cells(table)[0] == ["ana@readers.org", "Ana", "2024"]


@pytest.mark.parametrize("empty", [b"\n", b"\r\n\r\n", b"  \n", b";;\n"])
def test_empty_rows_before_the_heading_of_a_file_are_passed_over(read, empty):
    (table,) = read(empty + b"email;name\nana@readers.org;Ana\n")
    assert table.headings == ("email", "name")
    assert cells(table) == [["ana@readers.org", "Ana"]]


def test_empty_rows_before_the_heading_of_a_workbook_are_passed_over(read):
    (table,) = read(workbook([None], [None, " "], ["email", "name"], ["ana@readers.org", "Ana"]))
    assert table.headings == ("email", "name")
    assert [row.number for row in table.rows()] == [4]


@pytest.mark.parametrize("content", [b"\n\n", b" , ,\n,,\n", workbook([None], [" "])])
def test_a_file_of_empty_rows_says_that_there_is_nothing_in_it(read, content):
    with pytest.raises(FileFault, match="there is nothing in this file"):
        read(content)


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def test_a_members_name_is_never_a_path(read, tmp_path):
    (table,) = read(zipped(("../../../../etc/cron.d/evil.csv", b"email\na@b.org\n")), "evil.zip")
    assert table.name == "evil.csv"
    assert cells(table) == [["a@b.org"]]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def sheet(rows, *, prolog=""):
    """A workbook whose first sheet is written by hand."""
    good = io.BytesIO(workbook(["email"]))
    out = io.BytesIO()
    with zipfile.ZipFile(good) as there, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as here:
        for member in there.infolist():
            content = there.read(member)
            if member.filename == "xl/worksheets/sheet1.xml":
                content = (
                    f'<?xml version="1.0"?>{prolog}<worksheet xmlns="http://schemas.openxmlformats.org/'
                    f'spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
                ).encode()
            here.writestr(member.filename, content)
    return out.getvalue()


def rewritten(book, change):
    """The workbook with `change(name, content)`, which gives back both, done to every part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as there, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as here:
        for member in there.infolist():
            here.writestr(*change(member.filename, there.read(member)))
    return out.getvalue()


def renamed(book, old, new):
    """One of its parts called otherwise, and named so wherever it is named."""

    def change(name, content):
        if name.endswith(".rels") or name == "[Content_Types].xml":
            content = content.replace(old.encode(), new.encode())
        return name.replace(old, new), content

    return rewritten(book, change)


STRINGS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def sharing(strings):
    """A workbook of one column whose cells hold these strings (<si>…</si>), one below the other, as Excel writes them."""
    rows = "".join(
        f'<row r="{number + 1}"><c r="A{number + 1}" t="s"><v>{number}</v></c></row>'
        for number in range(strings.count("<si"))
    )
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{STRINGS}"/></Types>'

    def change(name, content):
        is_types = name == "[Content_Types].xml"
        return name, content.replace(b"</Types>", override.encode()) if is_types else content

    file = io.BytesIO(rewritten(sheet(rows), change))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(
            "xl/sharedStrings.xml",
            f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>',
        )
    return file.getvalue()


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
CELL = '<c r="A1" t="inlineStr"><is><t>{}</t></is></c>'

HOSTILE = {
    "a hundred megabytes in one cell": lambda: b'email\n"' + b"x" * 100_000_000 + b'"\n',
    "a cell that is never closed": lambda: b'email,name\na@b.org,"Ana\n' + b"a@b.org,Ana\n" * 200_000,
    "one line without an end": lambda: b"email," + b"a," * 2_000_000,
    "ten million empty rows": lambda: b"email\n" + b"\n" * 10_000_000,
    "a zip of ten million empty rows": lambda: zipped(("a.csv", b"email\n" + b"\n" * 10_000_000)),
    "a bomb of zeros": lambda: zipped(("a.csv", b"\x00" * 60_000_000)),
    "too many files": lambda: zipped(*[(f"{number}.csv", b"email\n") for number in range(101)]),
    "a zip without a list": lambda: zipped(("readme.md", b"hello")),
    "a zip that is none": lambda: b"PK\x03\x04" + b"rubbish" * 20,
    "an old excel file": lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 100,
    "nothing": lambda: b"",
    "four hundred columns": lambda: b",".join([b"x"] * 400) + b"\n",
    "a billion laughs": lambda: sheet(f'<row r="1">{CELL.format("&b;")}</row>', prolog=LAUGHS),
    "a workbook of ten million empty rows": lambda: sheet("<row/>" * 1_100_000),
    "a row far below": lambda: sheet(f'<row r="1">{CELL.format("email")}</row><row r="99999999"/>'),
    "a cell far to the right": lambda: sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'),
    "a huge cell in a workbook": lambda: sheet(f'<row r="1">{CELL.format("x" * 20_000_000)}</row>'),
    "a workbook cut off": lambda: workbook(["email"], ["a@b.org"])[:-400],
}


def read_through(read, content, name="evil.bin"):
    """As an import does, which stops at a million rows."""
    for table in read(content, name):
        for number, _row in enumerate(table.rows()):
            if number >= MAX_ROWS:
                raise FileFault("too many rows", file=table.name)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_by_name_in_little_memory(read, what):
    content = HOSTILE[what]()
    tracemalloc.start()
    try:
        with pytest.raises(FileFault, match=r"evil\.bin|\.csv") as refused:
            read_through(read, content)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000 + len(content)
    finally:
        tracemalloc.stop()
    assert str(refused.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("worksheets/sheet1.xml", "worksheets/sheet1.bin"),
        ("worksheets/sheet1.xml", "media/image1.png"),
        ("sharedStrings.xml", "strings.bin"),
    ],
)
def test_a_part_by_a_name_that_is_not_gone_through_is_not_read(read, old, new):
    with pytest.raises(FileFault, match="Save it anew"):
        read(renamed(sharing("<si><t>email</t></si>"), old, new))


@pytest.mark.parametrize("new", ["data/sheet1.xml", "Worksheets/Sheet1.XML"])
def test_a_sheet_is_held_to_its_limits_wherever_it_lies(read, monkeypatch, new):
    book = renamed(workbook(["email"], ["x" * 200]), "worksheets/sheet1.xml", new)
    assert cells(read(book)[0]) == [["x" * 200]]
    hostile = renamed(
        sheet(f'<row r="1">{CELL.format("email")}</row><row r="2">{CELL.format("x" * 200)}</row>'),
        "worksheets/sheet1.xml",
        new,
    )
    monkeypatch.setattr(limits, "MAX_CELL", 10)
    with pytest.raises(FileFault, match="a cell is longer than 100"):
        read(hostile)


@pytest.mark.parametrize("name", ["MAX_STRINGS", "MAX_STRINGS_BYTES", "MAX_ELEMENTS", "MAX_WHOLE_PART_BYTES"])
def test_a_workbook_of_too_much_is_refused_in_words(read, monkeypatch, name):
    book = sharing("<si><t>email</t></si>" + "<si><t>ana@readers.org</t></si>" * 20)
    assert len(cells(read(book)[0])) == 20
    monkeypatch.setattr(limits, name, 5)
    with pytest.raises(FileFault, match="more text than can be read"):
        read_through(read, book, "list.xlsx")


def test_an_attribute_without_an_end_is_refused(read, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TOKEN_BYTES", 100_000)
    with pytest.raises(FileFault, match="more text than can be read"):
        read(sheet(f'<row r="{"1" * 500_000}"/>'))


def test_texts_that_cells_share_are_read_without_their_readings(read):
    book = sharing(
        "<si><t>email</t></si><si><r><t>A</t></r><r><t xml:space='preserve'>na </t></r><rPh><t>reading</t></rPh></si><si/>"
    )
    (table,) = read(book)
    assert table.headings == ("email",)
    assert cells(table) == [["Ana "], [""]]


def test_cells_hold_what_openpyxl_reads_in_them(read):
    """However a program writes them, dates, truth values, gaps and rows out of order among them."""
    rows = """
      <row r="2"><c r="A2" t="inlineStr"><is><t>email</t></is></c><c r="C2" t="str"><f>1+1</f><v>two</v></c></row>
      <row r="5" spans="1:3"><c r="B5"><v>2024</v></c><c r="C5"><v>1.5</v></c><c r="A5" t="b"><v>1</v></c></row>
      <row r="3"><c r="A3"><v>3</v></c></row>
      <row r="7"/>
      <row><c t="inlineStr"><v>9</v><is><r><t>A</t></r><r><t xml:space="preserve">na </t></r><rPh sb="0" eb="1"><t>reading</t></rPh></is></c>
        <c t="inlineStr"><is><t/></is></c><c t="inlineStr"/><c/><c t="e"><v>#N/A</v></c>
        <c t="d"><v>2021-05-01T10:00:00</v></c><c><f>A1</f><v>4</v></c></row>
      <row r="9"><c r="A9" s="1"><v>44317.5</v></c><c r="XY9"><v>12</v></c></row>
    """
    dated = workbook(["email"], [date(2021, 5, 1)])
    with zipfile.ZipFile(io.BytesIO(dated)) as archive:
        styles = archive.read("xl/styles.xml")
    book = rewritten(
        sheet(rows),
        lambda name, content: (
            name,
            styles
            if name == "xl/styles.xml"
            else content.replace(b"</sheetData>", b"</sheetData><hyperlinks/>"),
        ),
    )
    theirs = openpyxl.load_workbook(io.BytesIO(book), read_only=True, data_only=True).worksheets[0]
    expected = [[as_text(value) for value in row] for row in theirs.iter_rows(values_only=True)]
    assert expected[8][0] == "2021-05-01T12:00:00"
    (table,) = read(book)
    assert table.headings == ("email", "Column 2", "two")
    assert [["email", "", "two"], *cells(table)] == expected[1:]


def test_a_fault_names_file_and_row(read):
    (table,) = read(b'email,name\na@b.org,Ana\nb@b.org,"' + b"x" * 200_000 + b'"\n', "list.csv")
    with pytest.raises(FileFault, match=r"list\.csv, row 3"):
        list(table.rows())


def test_a_member_that_does_not_match_its_checksum_is_said(read):
    content = bytearray(zipped(("a.csv", b"email\n" + b"a@b.org\n" * 50), method=zipfile.ZIP_STORED))
    content[60] ^= 0xFF
    with pytest.raises(FileFault, match="damaged"):
        read_through(read, bytes(content))


@given(st.binary(max_size=3000))
def test_whatever_the_bytes_are_rows_come_or_words(tmp_path_factory, content):
    path = Path(tmp_path_factory.getbasetemp()) / "anything"
    path.write_bytes(content)
    try:
        for table in read_tables(path, name="x"):
            for row in table.rows():
                assert all(isinstance(cell, str) for cell in row.cells)
    except FileFault as fault:
        assert str(fault)  # noqa: PT017 - either is right


@given(st.text())
def test_a_cell_comes_back_as_it_was_and_is_no_formula_meanwhile(cell):
    assert restored(harmless(cell)) == cell
    assert not harmless(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(
    st.lists(
        st.text(min_size=1).filter(
            lambda word: word.strip() == word and "\r" not in word and "\n" not in word
        )
    )
)
def test_words_in_one_cell_come_back_as_they_were(words):
    assert split_words(joined(words)) == tuple(word for word in words if word)


def test_a_line_of_csv_holds_no_formula():
    assert line(["=HYPERLINK()", "a@b.org", "-1"]) == "'=HYPERLINK(),a@b.org,'-1\r\n"
