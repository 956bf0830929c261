"""Workbooks are read as a CSV is, and their damage is told."""

import io
import zipfile
from datetime import UTC, datetime

import pytest

from collectors.batches import read
from groundswell.errors import Malformed


def workbook(*rows, strings=()):
    """The least XLSX there is: one sheet with inline words and numbers."""

    def cell(value):
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return "<c/>" if value is None else f"<c><v>{value}</v></c>"

    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return raw.getvalue()


def test_a_workbook_is_read_as_a_csv_is_with_a_field_map(time):
    raw = workbook(("Nr", "评论内容", "时间", "Sterne"), (7, "水壶漏水", 46344.5, 1), (), (8, "很好", 46344, 5))
    (page,) = read(raw, "shop.xlsx", time.clock, fields={"external_id": "Nr", "rating": "Sterne"})
    assert [(p.external_id, p.text, p.rating) for p in page.posts] == [("7", "水壶漏水", 1.0), ("8", "很好", 5.0)]
    assert page.posts[0].created_at == datetime(2026, 11, 18, 12, tzinfo=UTC)


def test_damaged_and_empty_workbooks_are_malformed(time):
    raw = workbook(("text", "date"), ("a", 46344))
    for sample in (workbook(), *(raw[:cut] for cut in range(4, len(raw), 150))):
        with pytest.raises(Malformed):
            list(read(sample, "x.xlsx", time.clock))


def test_a_row_of_a_workbook_without_a_time_is_told_with_its_number(time):
    raw = workbook(("text", "date"), ("a", 46344), ("b", None))
    (page,) = read(raw, "x.xlsx", time.clock)
    assert len(page.posts) == 1
    assert "row 3" in page.gap
