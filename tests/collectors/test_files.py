import asyncio
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collectors.batches import read
from collectors.files import Files
from groundswell.clock import SettableClock
from groundswell.errors import InputError, Malformed

CLOCK = SettableClock(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))


def posts(raw, **settings):
    pages = list(read(raw, "f.csv", CLOCK, **settings))
    return [post for page in pages for post in page.posts], "; ".join(page.gap for page in pages if page.gap)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_chinese_is_read_in_every_usual_encoding(encoding):
    found, gap = posts(
        "内容,时间,昵称\n水壶第二天就漏水,2026-11-18 09:00,小满\n客服让我再等等,2026/11/19,阿文\n".encode(encoding)
    )
    assert [post.text for post in found] == ["水壶第二天就漏水", "客服让我再等等"]
    assert [post.author for post in found] == ["小满", "阿文"]
    assert not gap


def test_times_without_a_zone_are_in_the_given_one():
    found, _ = posts(b"text,date\nx,2026-11-18 09:00\n", timezone="Asia/Shanghai")
    assert found[0].created_at == datetime(2026, 11, 18, 1, 0, tzinfo=UTC)


def test_excel_days_and_chinese_counts():
    found, _ = posts("text,date,likes,views\nx,46344.5,1.2万,651万\n".encode())
    assert found[0].created_at == datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
    assert (found[0].engagement.likes, found[0].engagement.views, found[0].engagement.shares) == (
        12_000,
        6_510_000,
        None,
    )


def test_a_field_map_names_unusual_columns_and_a_wrong_one_is_told():
    raw = b"Feedback,When,Who\nleaks,2026-11-18,kim\n"
    found, _ = posts(raw, fields={"text": "Feedback", "created_at": "When", "author": "Who"}, source="shop", lang="en")
    assert (found[0].text, found[0].author, found[0].source, found[0].lang) == ("leaks", "kim", "shop", "en")
    with pytest.raises(Malformed, match=r"no column 'Wen'.*there are: Feedback, When, Who"):
        posts(raw, fields={"created_at": "Wen"})


def test_missing_columns_are_named():
    with pytest.raises(Malformed, match="no column for text and created_at; there are: a, b") as caught:
        posts(b"a,b\n1,2\n")
    assert "field map" in caught.value.hint


def test_good_rows_around_bad_ones_stay_and_the_bad_ones_are_placed():
    raw = b'text,date\ngood,2026-11-18\nno time,whenever\n,2026-11-18\nshort\n"open quote,2026-11-18\nlast,2026-11-19\n'
    found, gap = posts(raw)
    assert [post.text for post in found] == ["good", "last"]
    for place in ("line 3", "line 4", "line 5", "line 6"):
        assert place in gap
    assert gap.startswith("4 rows not read")


def test_quoted_line_breaks_and_other_delimiters():
    found, gap = posts(b'text;date\n"two\nlines; here";2026-11-18\n')
    assert found[0].text == "two\nlines; here"
    assert not gap


@pytest.mark.parametrize("raw", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_told(raw):
    with pytest.raises(Malformed, match=r"empty|no column names"):
        posts(raw)


def test_a_wrong_encoding_is_told_with_the_fix_and_a_binary_file_is_no_text():
    with pytest.raises(Malformed, match="not utf-8") as caught:
        posts("text,date\n水壶漏水,2026-11-18\n".encode("gb18030"), encoding="utf-8")
    assert "gb18030" in caught.value.hint
    with pytest.raises(Malformed, match="no text"):
        posts(bytes(range(256)) * 50)
    with pytest.raises(Malformed, match="unknown encoding 'klingon'"):
        posts(b"text,date\nx,2026-11-18\n", encoding="klingon")


@pytest.mark.parametrize("start", [b"", b"{", b'"'])
def test_a_single_line_of_ten_megabytes_is_refused_quickly(start):
    with pytest.raises(Malformed, match="longer than"):
        posts(start + b"a" * 10_000_000)


def test_a_line_too_long_between_good_ones_costs_only_itself():
    row = json.dumps({"text": "ok", "ts": "2026-11-18", "id": 1}).encode()
    found, gap = posts(row + b"\n{" + b"x" * 3_000_000 + b"\n" + row.replace(b"1}", b"2}") + b"\n")
    assert [post.external_id for post in found] == ["1", "2"]
    assert "line 2: longer than" in gap


def test_a_damaged_line_costs_only_itself():
    rows = "".join(f"row {n},2026-11-18\n" for n in range(20)).encode()
    found, gap = posts(b"text,date\n" + rows + b"bad \xff\xff,2026-11-18\n" + rows, encoding="utf-8")
    assert len(found) == 40
    assert "line 22: not utf-8 at byte 4" in gap


def test_a_damaged_wide_file_keeps_the_pages_before_the_damage():
    rows = "".join(f"row {n},2026-11-18\n" for n in range(2000))
    walk = read(("text,date\n" + rows).encode("utf-16-le") + b"\x00\xdc\x0a\x00", "f.csv", CLOCK, encoding="utf-16-le")
    seen = []
    with pytest.raises(Malformed, match="utf-16-le"):
        seen.extend(page.posts for page in walk)
    assert len(seen) >= 3
    assert len(next(read(("text,date\n" + rows).encode("utf-16-le"), "f.csv", CLOCK)).posts) == 500


def test_json_lines_may_have_different_keys_per_row():
    rows = [
        '{"text": "a", "ts": 1795000000}',
        "[1]",
        '{"content": "b", "date": "2026-11-18", "parent": "7"}',
        "{no",
        "",
    ]
    raw = "\n".join(rows).encode()
    found, gap = posts(raw)
    assert [(post.text, post.parent) for post in found] == [("a", None), ("b", "7")]
    assert "line 2: no object" in gap
    assert "line 4: no JSON" in gap


def test_parquet_keeps_its_types():
    table = pa.table({
        "text": ["leaks", "fine"], "created_at": pa.array([datetime(2026, 11, 18, tzinfo=UTC)] * 2), "likes": [3, None],
    })  # fmt: skip
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    found, _ = posts(buffer.getvalue())
    assert [(post.text, post.engagement.likes) for post in found] == [("leaks", 3), ("fine", None)]
    with pytest.raises(Malformed, match="Parquet"):
        posts(buffer.getvalue()[:-20])


def test_equal_reviews_without_an_author_stay_apart_and_stable():
    raw = "评论,日期\n好评,2026-11-18\n好评,2026-11-18\n好评,2026-11-18\n".encode()
    first, second = posts(raw)[0], posts(raw)[0]
    assert len({post.external_id for post in first}) == 3
    assert [post.external_id for post in first] == [post.external_id for post in second]


def walk(collector, cursor):
    async def main():
        return [page async for page in collector.pages(cursor)]

    return asyncio.run(main())


def test_a_growing_file_is_read_on_and_a_new_one_from_its_beginning(tmp_path):
    path = tmp_path / "rows.jsonl"
    line = '{{"id": {0}, "text": "row {0}", "ts": 1795000000}}\n'
    path.write_text("".join(line.format(n) for n in range(1200)))
    pages = walk(Files(None, CLOCK, path=str(path)), {})
    assert [len(page.posts) for page in pages] == [500, 500, 200]
    cursor = json.loads(json.dumps(dict(pages[-1].cursor)))
    assert [len(page.posts) for page in walk(Files(None, CLOCK, path=str(path)), cursor)] == [0]
    with path.open("a") as file:
        file.write(line.format(5000) + line.format(5001).rstrip("\n"))
    grown = walk(Files(None, CLOCK, path=str(path)), cursor)
    assert [post.external_id for page in grown for post in page.posts] == ["5000", "5001"]
    middle = walk(Files(None, CLOCK, path=str(path)), dict(pages[0].cursor))
    assert sum(len(page.posts) for page in middle) == 702
    path.write_text("".join(line.format(n) for n in range(9000, 9003)))
    assert sum(len(page.posts) for page in walk(Files(None, CLOCK, path=str(path)), cursor)) == 3


def test_a_half_written_last_row_is_read_again_when_it_is_whole(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("id,text,date\n1,one,2026-11-18\n2,tw")
    first = walk(Files(None, CLOCK, path=str(path)), {})
    path.write_text("id,text,date\n1,one,2026-11-18\n2,two,2026-11-18\n")
    second = walk(Files(None, CLOCK, path=str(path)), dict(first[-1].cursor))
    assert [post.text for page in second for post in page.posts][-1] == "two"


def test_a_missing_file_a_folder_and_an_unknown_zone_are_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        walk(Files(None, CLOCK, path=str(tmp_path / "none.csv")), {})
    with pytest.raises(InputError, match="folder"):
        walk(Files(None, CLOCK, path=str(tmp_path)), {})
    with pytest.raises(InputError, match="time zone"):
        Files(None, CLOCK, path="x", timezone="Mars/Base")
