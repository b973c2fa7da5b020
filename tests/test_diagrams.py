"""Diagrams drawn over values made by hand: lengths, places and colours are what the numbers say."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup, Tag
from conftest import ROOT

from generator.data.value import Value
from generator.errors import TemplateError
from generator.page.templates import Diagrams, Templates
from generator.project.theme import Theme

THEME = Theme.read(ROOT / "themes", "paper")


@pytest.fixture(scope="module")
def diagram() -> Diagrams:
    found: Diagrams = Templates(THEME, THEME.words("zh"))._rich.globals["diagram"]
    return found


def value(content: Any, name: str = "x") -> Value:
    return Value(content, f"p:{name}")


def drawn(html: str) -> Tag:
    return BeautifulSoup(html, "html5lib")


def style(tag: Tag) -> str:
    return str(tag.get("style", ""))


def share(tag: Tag, side: str = "width") -> float:
    found = re.search(rf"(?:^|;){side}:(-?[\d.]+)%", style(tag))
    assert found, style(tag)
    return float(found[1])


def test_bars_are_to_scale_and_what_is_too_small_is_a_dot(diagram: Diagrams) -> None:
    shares = [0.5, 0.03, 0.0039]
    rows = [{"label": str(n), "note": "", "share": value(s)} for n, s in enumerate(shares)]
    page = drawn(diagram.bars(rows, caption="图"))
    assert [share(bar) for bar in page.select("[data-bar]")] == [50, 3]
    dots = [tag for tag in page.select("figure div") if "border-radius:50%" in style(tag)]
    assert len(dots) == 1
    assert "width:4px" in style(dots[0])
    shown = [data.get_text() for data in page.select("figure > div data")]
    assert shown == ["50.0%", "3.0%", "0.4%"]
    in_table = [data.get_text() for data in page.select("details data")]
    assert in_table == ["50.00%", "3.00%", "0.39%"]


def test_similar_pairs_point_right_opposite_ones_left(diagram: Diagrams) -> None:
    pairs = [{"a": "山", "b": "水", "before": value(-0.25), "after": value(0.5)}]
    page = drawn(diagram.similarity(pairs, caption="图"))
    before, after = [tag for tag in page.select("figure div") if "min-width:1px" in style(tag)]
    assert "right:50%" in style(before)
    assert share(before) == 25
    assert "left:50%" in style(after)
    assert share(after) == 50
    assert [cell.get_text() for cell in page.select("tbody tr > *")][2:] == ["−0.250", "+0.500"]
    assert "−0.5" in page.select("thead th")[1].get_text()
    wide = drawn(diagram.similarity([{**pairs[0], "after": value(0.75)}], caption="图"))
    before, after = [tag for tag in wide.select("figure div") if "min-width:1px" in style(tag)]
    assert (share(before), share(after)) == (12.5, 37.5)


def test_the_draw_stands_where_it_fell_among_intervals_to_scale(diagram: Diagrams) -> None:
    sampling = value(
        {
            "probs": [0.7, 0.2, 0.1],
            "cumulative": [0.7, 0.9, 1.0],
            "kept": [2, 0, 1],
            "rank": 1,
            "draw": 0.75,
        },
        "sampling",
    )
    page = drawn(diagram.interval(sampling, value(["甲", "乙", "丙"]), caption="图"))
    parts = [tag for tag in page.select("figure div") if "box-sizing" in style(tag)]
    assert [share(part) for part in parts] == [70, 20, 10]
    assert [part.get_text(strip=True) for part in parts] == ["「丙」", "「甲」", ""]
    assert ["142,68,173" in style(part) for part in parts] == [False, True, False]
    line = next(tag for tag in page.select("figure div") if "border-left:2px" in style(tag))
    assert share(line, "left") == 75


def test_the_interval_that_was_drawn_is_there_however_narrow(diagram: Diagrams) -> None:
    sampling = {
        "probs": [0.9, 0.0985, 0.001, 0.0005],
        "cumulative": [0.9, 0.9985, 0.9995, 1.0],
        "kept": [0, 1, 2, 3],
        "rank": 2,
        "draw": 0.999,
    }
    page = drawn(diagram.interval(value(sampling), value(list("甲乙丙丁")), caption="图"))
    parts = [tag for tag in page.select("figure div") if "box-sizing" in style(tag)]
    assert [share(part) for part in parts] == [90, 9.85, 0.1]
    assert "min-width:2px" in style(parts[2]) and "142,68,173" in style(parts[2])
    assert "右端的圆点" in page.get_text()


def test_lines_rise_where_the_numbers_rise(diagram: Diagrams) -> None:
    column = value(np.array([4.0, 2.0, 0.0]))
    page = drawn(
        diagram.lines(value([0, 5, 10]), [{"name": "a", "column": column}], best=2, caption="图")
    )
    path = next(p["d"] for p in page.select("svg path") if p.get("fill") == "none")
    points = [tuple(map(float, p.split())) for p in re.split("[ML]", str(path))[1:]]
    assert points == [(0, 0), (50, 50), (100, 100)]  # SVG's y grows downwards
    circle = next(tag for tag in page.select("figure div") if "border-radius:50%" in style(tag))
    assert (share(circle, "left"), share(circle, "top")) == (100, 100)


def test_one_number_stands_in_the_middle_and_many_series_are_told_apart(
    diagram: Diagrams,
) -> None:
    one = [{"name": "甲", "column": value([3.0], "a")}]
    page = drawn(diagram.lines(value([7]), one, caption="图"))
    assert page.select_one("path[stroke-linecap]")["d"] == "M50 50h0"
    many = [{"name": str(n), "column": value([float(n), n + 1.0], f"s{n}")} for n in range(8)]
    page = drawn(diagram.lines(value([0, 1]), many, caption="图"))
    lines = page.select("svg[role=img] path[stroke-linejoin]")
    looks = [(line["stroke"], line["stroke-dasharray"]) for line in lines]
    assert len(set(looks)) == 8
    assert looks[0][1] == "0"
    widths = [float(str(line["stroke-width"])) for line in lines]
    assert widths[0] > max(widths[1:])


def test_the_labels_of_an_axis_differ_and_both_axes_are_named(diagram: Diagrams) -> None:
    column = {"name": "甲", "column": value([1_000_000.0, 1_000_002.0], "a")}
    page = drawn(
        diagram.lines(value([0, 1]), [column], x_label="步数", y_label="损失", caption="图")
    )
    ticks = [tag.get_text() for tag in page.select("div") if "translateY" in style(tag)]
    assert ticks[:2] == ["1,000,000.0", "1,000,000.5"]
    assert len(set(ticks)) == 5
    told = list(page.select_one("figure").stripped_strings)
    assert told.index("损失") < told.index("1,000,000.0") < told.index("步数")
    point = {"label": "甲", "group": "一", "x": value(1.0), "y": value(1.0)}
    page = drawn(diagram.scatter([point], x_label="长", y_label="宽", caption="图"))
    shown = list(page.select_one("figure > div").find_next_sibling().stripped_strings)
    assert {"长", "宽"} <= set(shown)


@pytest.mark.parametrize("page", ["#faf8f3", "#ffffff", "#181a1c", "#1d1e20"])
def test_the_colours_of_series_can_be_seen_on_any_page(diagram: Diagrams, page: str) -> None:
    many = [{"name": str(n), "column": value([0.0, n + 1.0], f"s{n}")} for n in range(4)]
    lines = drawn(diagram.lines(value([0, 1]), many, caption="图")).select("path[stroke-linejoin]")
    ground = luminance([int(page[at : at + 2], 16) for at in (1, 3, 5)])
    for line in lines:
        ink = luminance([int(part) for part in re.findall(r"\d+", str(line["stroke"]))])
        assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 3


def luminance(rgb: list[int]) -> float:
    parts = [part / 255 for part in rgb]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_strip_is_orange_above_zero_and_blue_below_and_stronger_further_out(
    diagram: Diagrams,
) -> None:
    row = {"label": "v", "vector": value(np.array([1.0, -1.0, 0.5, 0.0]))}
    page = drawn(diagram.strip([row], columns=2, caption="图"))
    cells = {path["d"]: (path["fill"], path["fill-opacity"]) for path in page.select("svg path")}
    assert cells == {
        "M0 0h1v1h-1z": ("rgb(217,119,6)", "1"),
        "M1.2 0.2h.6v.6h-.6z": ("rgb(37,99,205)", "1"),
        "M0 1h1v1h-1z": ("rgb(217,119,6)", "0.5"),
    }


def test_attention_is_darker_where_it_is_larger_and_blank_in_the_future(
    diagram: Diagrams,
) -> None:
    tokens = value([{"text": "悟"}, {"text": "空"}])
    page = drawn(
        diagram.attention(value(np.array([[1.0, 0.0], [0.25, 0.75]])), tokens, caption="图")
    )
    cells = page.select("td")
    alpha = [re.search(r"background:rgba\([\d,]+,([\d.]+)\)", style(cell)) for cell in cells]
    assert [float(found[1]) if found else None for found in alpha] == [0.5, None, 0.12, 0.38]
    assert [cell.get_text() for cell in cells] == ["1.00", "·", "0.25", "0.75"]
    assert [th.get_text() for th in page.select("th[scope=row]")] == ["悟", "空"]


def test_of_a_long_prompt_the_last_positions_are_drawn_and_the_earlier_ones_added_up(
    diagram: Diagrams,
) -> None:
    tokens = value([{"text": chr(ord("a") + n)} for n in range(20)], "tokens")
    shares = np.tril(np.ones((20, 20))) / np.arange(1, 21)[:, None]  # each row is shared evenly
    page = drawn(diagram.attention(value(shares, "pattern"), tokens, caption="图", most=4))
    assert [th.get_text() for th in page.select("th[scope=col]")[1:]] == ["更早", "r", "s", "t"]
    assert [th.get_text() for th in page.select("th[scope=row]")] == ["r", "s", "t"]
    rows = [row.select("data") for row in page.select("tbody tr")]
    assert [data["data-src"] for data in rows[1]] == [
        "sum(p:pattern[18][:17])",
        "p:pattern[18][17]",
        "p:pattern[18][18]",
    ]
    sums = [sum(float(str(data["value"])) for data in row) for row in rows]
    assert sums == pytest.approx([1, 1, 1])
    caption = page.select("figcaption")[0].get_text()
    assert "共 20 个位置，只画出最后 3 个" in caption
    assert "「更早」一列" in caption


def test_of_many_vectors_the_first_and_the_last_are_drawn_with_a_gap(diagram: Diagrams) -> None:
    rows = [{"label": f"v{n}", "vector": value([float(n), 0.0], f"v{n}")} for n in range(1, 9)]
    page = drawn(diagram.strip(rows, caption="图", most=3))
    assert [tag.get_text() for tag in page.select("figure strong")] == ["v1", "v2", "v8"]
    assert [th.get_text() for th in page.select("th[scope=row]")] == ["v1", "v2", "v8"]
    assert page.get_text().count("⋮") == 1
    assert "共 8 个，只画出前 2 个和最后一个" in page.select("figcaption")[0].get_text()
    whole = drawn(diagram.strip(rows[:3], caption="图", most=3)).get_text()
    assert "⋮" not in whole
    assert "只画出" not in whole


def test_of_a_long_text_the_first_tokens_are_drawn(diagram: Diagrams) -> None:
    tokens = [
        {"text": letter, "id": n, "bytes": [n], "joins": []} for n, letter in enumerate("abcd")
    ]
    page = drawn(diagram.tokens(value(tokens, "tokens"), caption="图", most=3))
    assert [box.get_text(" ", strip=True)[0] for box in page.select("[data-group]")] == list("abc")
    assert "⋯" in page.get_text()
    assert "共 4 个，只画出前 3 个" in page.select("figcaption")[0].get_text()
    whole = drawn(diagram.tokens(value(tokens, "tokens"), caption="图")).get_text()
    assert "⋯" not in whole and "只画出" not in whole


def test_the_steps_of_a_circle_follow_each_other_in_the_page_and_lie_around_it(
    diagram: Diagrams,
) -> None:
    kinds = ("text", "network", "probability", "number")
    steps = [{"text": text, "kind": kind} for text, kind in zip("甲乙丙丁", kinds, strict=True)]
    page = drawn(diagram.cycle(steps, caption="图"))
    grid = page.select_one("figure > div")
    read = [tag for tag in grid.find_all(recursive=False) if not tag.get("aria-hidden")]
    assert [tag.get_text() for tag in read] == list("甲乙丙丁")
    places = [
        (tag.get_text(strip=True), re.search(r"grid-area:(\d/\d)", style(tag)))
        for tag in grid.find_all(recursive=False)
    ]
    assert {text: place[1] for text, place in places if place} == {
        "甲": "1/1", "→": "1/2", "乙": "1/3",
        "↑": "2/1", "↓": "2/3",
        "丁": "3/1", "←": "3/2", "丙": "3/3",
    }  # fmt: skip
    assert ["142,68,173" in style(tag) for tag in read] == [False, False, True, False]
    rows = [row.get_text("|", strip=True) for row in page.select("details tbody tr")]
    assert rows == ["1|甲", "2|乙", "3|丙", "4|丁"]


def test_a_flow_joins_its_steps_in_their_order(diagram: Diagrams) -> None:
    steps = [
        {"title": "文字", "text": "悟空道", "kind": "text"},
        {"title": "编号", "text": "", "kind": "number"},
        {"title": "网络", "text": "算", "kind": "network"},
    ]
    page = drawn(diagram.flow(steps, caption="图"))
    figure = page.select_one("figure")
    parts = [tag.get_text("|", strip=True) for tag in figure.find_all("div", recursive=False)]
    assert parts == ["文字|悟空道", "↓", "编号", "↓", "网络|算"]
    rows = [row.get_text("|", strip=True) for row in page.select("details tbody tr")]
    assert rows == ["文字|悟空道", "网络|算"]
    bare = drawn(diagram.flow([{**step, "text": ""} for step in steps], caption="图"))
    assert bare.select_one("details") is None


def test_the_architecture_has_a_block_for_each_layer(diagram: Diagrams) -> None:
    sizes = {"d_vocab": 9, "d_model": 8, "n_layers": 3, "n_heads": 2, "d_head": 4, "d_mlp": 32}
    learned = value({**sizes, "n_ctx": 7, "positions": "learned"})
    rotary = value({**sizes, "n_ctx": 7, "positions": "rotary"})
    assert "位置嵌入" not in drawn(diagram.architecture(rotary, caption="图")).get_text()
    text = drawn(diagram.architecture(learned, caption="图")).get_text()
    assert "位置嵌入 7 行 × 8 列的表" in text
    assert [f"第 {layer} 层" in text for layer in range(4)] == [True, True, True, False]
    assert text.count("注意力 2 头 × 4 维") == 3
    assert text.count("MLP 8→32→8") == 3


def test_of_many_layers_the_first_and_the_last_are_drawn_with_how_many_are_left_out(
    diagram: Diagrams,
) -> None:
    sizes = {"d_vocab": 9, "d_model": 8, "n_heads": 2, "d_head": 4, "d_mlp": 32, "n_ctx": 7}
    sizes["positions"] = "learned"

    def layers(count: int) -> tuple[list[str], str]:
        page = drawn(diagram.architecture(value({**sizes, "n_layers": count}), caption="图"))
        boxes = [tag.get_text() for tag in page.select("strong")]
        return [box for box in boxes if re.fullmatch(r"第 \d+ 层", box)], page.get_text()

    boxes, text = layers(80)
    assert boxes == [f"第 {n} 层" for n in (0, 1, 2, 3, 4, 79)]
    assert "中间还有 74 层" in text
    assert text.index("第 4 层") < text.index("中间还有") < text.index("第 79 层")
    for count in (1, 6):
        boxes, text = layers(count)
        assert len(boxes) == count
        assert "⋮" not in text


def test_a_diagram_without_a_caption_is_an_error(diagram: Diagrams) -> None:
    with pytest.raises(TemplateError, match=r"diagram\.bars has no caption"):
        diagram.bars([])


def test_a_small_map_of_each_head_has_cells_as_strong_as_their_shares(diagram: Diagrams) -> None:
    layers = [
        value(
            [[[1.0, 0.0], [0.25, 0.75]], [[1.0, 0.0], [0.5, 0.5]]], f"blocks.{layer}.attn.pattern"
        )
        for layer in range(3)
    ]
    tokens = value([{"text": "甲"}, {"text": "乙"}], "tokens")
    page = drawn(diagram.heads(layers, tokens, caption="图"))
    maps = page.select("figure svg")
    assert [str(m["aria-label"]) for m in maps[:3]] == [
        "第 0 层，第 0 头",
        "第 0 层，第 1 头",
        "第 1 层，第 0 头",
    ]
    cells = {str(path["d"]): float(str(path["fill-opacity"])) for path in maps[0].select("path")}
    assert cells == {
        "M0 0h1v1h-1z": 0.5,  # as in the map of one head, which is half as strong as its shares
        "M0 1h1v1h-1z": 0.12,
        "M1 1h1v1h-1z": 0.38,
    }
    legend = page.select_one("figure > div:nth-of-type(2)").get_text()
    assert re.sub(r"\s+", " ", legend).strip() == "份额 01"
    assert "依次是 甲 乙" in page.select_one("figure").get_text()


def test_the_table_of_all_heads_has_every_row_or_says_that_it_has_the_last(
    diagram: Diagrams,
) -> None:
    def table(heads: int) -> tuple[list[list[str]], str]:
        layers = [value([[[1.0, 0.0], [0.25, 0.75]]] * heads, "blocks.0.attn.pattern")]
        tokens = value([{"text": "甲"}, {"text": "乙"}], "tokens")
        page = drawn(diagram.heads(layers, tokens, caption="图"))
        rows = page.select("details tbody tr")
        told = [[cell.get_text().strip() for cell in row.select("th, td")] for row in rows]
        return told, page.select_one("figcaption").get_text()

    rows, caption = table(2)
    assert rows[:2] == [
        ["第 0 层，第 0 头", "1.00", "0.25 0.75"],
        ["第 0 层，第 1 头", "1.00", "0.25 0.75"],
    ]
    assert len(rows) == 2 and "最后一行" not in caption
    assert "看的＼被看的甲 ＼ 甲乙 ＼ 甲 乙" in caption.replace("\n", "")
    rows, caption = table(67)
    assert rows[0] == ["第 0 层，第 0 头", "0.25", "0.75"]
    assert len(rows) == 67 and "最后一行：全部 201 个数" in caption


def test_of_a_long_prompt_the_maps_have_the_last_positions(diagram: Diagrams) -> None:
    pattern = np.tril(np.full((12, 12), 0.125)).tolist()
    tokens = value([{"text": str(n)} for n in range(12)], "tokens")
    page = drawn(diagram.heads([value([pattern])], tokens, most=5, caption="图"))
    assert page.select_one("figure svg")["viewBox"] == "0 0 5 5"
    heads = [cell.get_text() for cell in page.select("details thead th")]
    assert [head.split(" ")[0] for head in heads[1:]] == ["7", "8", "9", "10", "11"]
    assert heads[-1] == "11 ＼ 7 8 9 10 11"
    assert "共 12 个位置，只画出最后 5 个" in page.select_one("figcaption").get_text()


def test_points_stand_where_their_numbers_say_on_axes_of_one_scale(diagram: Diagrams) -> None:
    points = [
        {"label": "甲", "group": "一", "x": value(2.0), "y": value(0.0)},
        {"label": "乙", "group": "二", "x": value(-1.0), "y": value(0.5)},
    ]
    page = drawn(diagram.scatter(points, caption="图"))
    edge = 50 / 1.15
    expected = [(50 + edge, 50), (50 - edge / 2, 50 - edge / 4)]
    ticks = [tag.get_text() for tag in page.select("div[aria-hidden]")]
    assert ticks == [n for n in ("−2", "0", "2") for _ in "xy"]
    labels = [tag.parent for tag in page.select("figure div > span[style*=nowrap]")]
    marks = [str(tag["d"]) for tag in page.select("svg[role=img] path[fill^=rgb]")]
    starts = [re.match(r"M([\d.]+) ([\d.]+)m", mark) for mark in marks]
    for n, place in enumerate(expected):
        assert (share(labels[n], "left"), share(labels[n], "top")) == pytest.approx(place, abs=0.01)
        found = starts[n]
        assert found and tuple(map(float, found.groups())) == pytest.approx(place, abs=0.01)
    assert [tag.get_text() for tag in labels] == ["甲", "乙"]
    assert [data.get_text() for data in page.select("details data")] == [
        "+2.000", "+0.000", "−1.000", "+0.500",
    ]  # fmt: skip


def test_a_strip_tells_both_ends_of_the_scale_that_its_rows_share(diagram: Diagrams) -> None:
    rows = [
        {"label": "甲", "vector": value([0.5, -2.0], "a")},
        {"label": "乙", "vector": value([1.0, 0.0], "b")},
        {"label": "丙", "vector": value([0.0, 0.0], "c")},
    ]
    page = drawn(diagram.strip(rows, caption="图"))
    ends = page.select("figure data[data-fmt='+.2f']")
    assert [(end.get_text(), end["data-src"]) for end in ends] == [
        ("−2.00", "min(p:a)"), ("+2.00", "(-min(p:a))"),
    ]  # fmt: skip
    alone = drawn(diagram.strip(rows[2:], caption="图"))
    assert not alone.select("svg path")


def test_few_points_of_a_line_are_marked_and_each_x_is_written(diagram: Diagrams) -> None:
    series = [{"name": "甲", "column": value([0.1, 0.2, 0.9], "a")}]
    x = value([0.2, 1.0, 2.0], "x")
    page = drawn(diagram.lines(x, series, unit=0.01, sign="%", x_spec=".1f", caption="图"))
    assert [data.get_text() for data in page.select("figure > div data")] == ["0.2", "1.0", "2.0"]
    dots = page.select_one("svg[role=img] path[stroke-linecap]")
    assert str(dots["d"]).count("h0") == 3
    assert "100%" in page.get_text()
    many = value([float(n) for n in range(9)], "x")
    line = [{"name": "甲", "column": value([float(n) for n in range(9)], "a")}]
    assert drawn(diagram.lines(many, line, caption="图")).select_one("path[stroke-linecap]") is None


def test_a_cache_has_a_full_square_for_each_token_that_a_pass_reads(diagram: Diagrams) -> None:
    tokens = value([{"text": "甲", "id": 0}, {"text": "乙", "id": 1}], "tokens")
    steps = value([{"text": text} for text in "丙丁戊"], "steps")
    page = drawn(
        diagram.cache(value([2, 3, 3]), value([2, 1, 3], "read"), tokens, steps, caption="图")
    )
    grid = page.select_one("[role=img] table")
    assert [head.get_text() for head in grid.select("thead th")] == ["甲", "乙", "丙", "丁"]
    drawing = [
        "".join(
            " " if cell.span is None else "■" if "width:0" in style(cell.span) else "□"
            for cell in row.select("td")
        )
        for row in grid.select("tbody tr")
    ]
    assert drawing == ["■■  ", "□□■ ", " ■■■"]  # the context holds three
    rows = [
        [data.get_text() for data in row.select("data")] for row in page.select("details tbody tr")
    ]
    assert rows == [["2", "0", "2"], ["3", "2", "1"], ["3", "0", "3"]]
    assert "只画出" not in page.get_text()


def test_of_a_long_generation_the_cache_draws_the_first_passes(diagram: Diagrams) -> None:
    tokens = value([{"text": str(n), "id": n} for n in range(9)], "tokens")
    steps = value([{"text": chr(ord("a") + n)} for n in range(20)], "steps")
    lengths, read = value([*range(9, 29)]), value([9, *[1] * 19], "read")
    page = drawn(diagram.cache(lengths, read, tokens, steps, columns=8, back=3, caption="图"))
    heads = [head.get_text() for head in page.select("[role=img] thead th")]
    assert heads == ["更早", "6", "7", "8", "a", "b", "c", "d"]
    first, *rest = page.select("[role=img] tbody tr")
    assert len(first.select("span")) == 4
    assert len(rest) == 4
    assert "共 20 遍，只画出前 5 遍" in page.select_one("figcaption").get_text()


@pytest.mark.parametrize(("columns", "back"), [(14, 14), (8, 20), (4, 9), (2, 2), (2, 1)])
def test_a_narrow_cache_keeps_columns_for_the_passes(
    diagram: Diagrams, columns: int, back: int
) -> None:
    tokens = value([{"text": str(n), "id": n} for n in range(30)], "tokens")
    steps = value([{"text": chr(ord("a") + n)} for n in range(20)], "steps")
    lengths, read = value([*range(30, 50)]), value([30, *[1] * 19], "read")
    page = drawn(
        diagram.cache(lengths, read, tokens, steps, columns=columns, back=back, caption="图")
    )
    heads = [head.get_text() for head in page.select("[role=img] thead th")]
    assert heads[0] == "更早"
    assert "29" in heads
    assert len(heads) <= max(columns, 2)
    rows = page.select("[role=img] tbody tr")
    assert len(rows) == 1 + len([head for head in heads if head.isalpha() and head.isascii()])
    assert all(len(row.select("td")) == len(heads) for row in rows)
    assert all(cell.span is not None for cell in rows[0].select("td")[: 1 + heads.count("29")])


def test_lines_name_their_axis_in_a_unit_and_point_out_a_place_on_x(diagram: Diagrams) -> None:
    x, y = value([10, 20, 50]), value([0, 2000, 4000], "y")
    mark = {"at": value(20), "label": "此处"}
    page = drawn(
        diagram.lines(
            x, [{"name": "次数", "column": y}], exact=",d", unit=1000, mark=mark, caption="图"
        )
    )
    ticks = [tag for tag in page.select("figure div") if "translateY" in style(tag)]
    assert [tag.get_text() for tag in ticks] == ["0", "1", "2", "3", "4"]
    (dashed,) = [tag for tag in page.select("figure div") if "dashed" in style(tag)]
    assert share(dashed, "left") == 25
    assert "此处" in page.get_text()
    assert [data.get_text() for data in page.select("details td data")] == ["0", "2,000", "4,000"]


def test_stacked_amounts_are_to_scale_and_the_rest_is_told(diagram: Diagrams) -> None:
    rows = [
        {"label": "甲", "amounts": [value(32), value(16)]},
        {"label": "乙", "amounts": [value(0), value(128)]},
    ]
    page = drawn(diagram.stack(rows, ["读", "写"], value(128), caption="图"))
    assert [share(bar) for bar in page.select("[data-bar]")] == [25, 12.5, 0, 100]
    table = page.select("details tbody tr")
    told = [[cell.get_text().strip() for cell in row.select("th, td")] for row in table]
    assert told == [["甲", "32", "16", "80"], ["乙", "0", "128", "0"]]
    assert "48 / 128" in page.get_text()
    assert [bar.get_text() for bar in page.select("[data-bar]")] == ["32", "16", "0", "128"]
    assert "总量" not in page.get_text()


def test_what_is_more_than_the_whole_goes_past_a_line_that_marks_it(diagram: Diagrams) -> None:
    rows = [
        {"label": "甲", "amounts": [value(100), value(60)]},
        {"label": "乙", "amounts": [value(40), value(0)]},
    ]
    page = drawn(diagram.stack(rows, ["读", "写"], value(128), caption="图"))
    assert [share(bar) for bar in page.select("[data-bar]")] == [62.5, 37.5, 25, 0]
    lines = [tag for tag in page.select("div[style*=border-left]") if "absolute" in style(tag)]
    assert [share(line, "left") for line in lines] == [80, 80]
    empty = [tag for tag in page.select("div.gp-fill") if "absolute" in style(tag)]
    assert [share(tag) for tag in empty] == [80, 80]
    assert "总量 128" in page.get_text()
    assert page.select("details tbody td")[2].get_text() == "−32"


def test_the_less_likely_a_token_was_the_stronger_is_its_colour(diagram: Diagrams) -> None:
    tokens = value([{"id": n, "text": text} for n, text in enumerate("甲乙丙丁")], "tokens")
    half, likely = np.log(0.5), np.log(0.999)
    rows = np.full((4, 16), np.log(1 / 16), dtype=np.float32)
    rows[0, 1], rows[1, 2] = half, likely
    page = drawn(diagram.surprise(tokens, value(rows, "log_probs"), caption="图"))
    alphas = re.findall(r"background:rgba\(200,124,20,([\d.]+)\)", str(page))
    assert [float(alpha) for alpha in alphas] == [0.15, 0, 0.6]  # of log 16, at most 0.6
    table = page.select("details tbody tr")
    told = [[cell.get_text().strip() for cell in row.select("th, td")] for row in table]
    assert told == [["乙", "50.0%", "0.69"], ["丙", "99.9%", "0.00"], ["丁", "6.2%", "2.77"]]


def test_a_name_is_shown_piece_by_piece_with_what_each_tells(diagram: Diagrams) -> None:
    page = drawn(diagram.names(["Qwen2.5-7B-it", "oddity-9"], caption="图"))
    groups = page.select("[role=group]")
    assert [group["aria-label"] for group in groups[:2]] == ["Qwen2.5-7B-it", "oddity-9"]
    assert groups[0].get_text("|", strip=True) == "Qwen|系列|2.5|版本|-|7B|规模|-|it|训练"
    together = [piece.get_text("|", strip=True) for piece in groups[0].find_all(recursive=False)]
    assert together == ["Qwen|系列", "2.5|版本", "-|7B|规模", "-|it|训练"]  # wherever a line ends
    rows = [row.get_text("|", strip=True) for row in page.select("details tbody tr")]
    assert rows == [
        "Qwen2.5-7B-it|系列|Qwen|· 版本|2.5|· 规模|7B|· 训练|it",
        "oddity-9|系列|oddity|· 版本|9",
    ]


def test_a_replay_delays_each_token_by_its_time_and_lists_the_times(diagram: Diagrams) -> None:
    tokens = value([{"text": "甲", "id": 0}], "tokens")
    steps = value([{"text": text} for text in "乙丙丁"], "steps")
    times = value([0.005, 0.0075, 0.02], "times")
    html = str(diagram.replay(tokens, steps, times, slower=50, caption="图"))
    page = drawn(html)
    appearing = page.select(".gp-token")
    assert [tag.div.get_text() for tag in appearing] == ["乙", "丙", "丁"]
    delays = [re.match(r"--at:([\d.]+)ms;", style(tag)) for tag in appearing]
    assert [float(delay[1]) for delay in delays if delay] == [250, 375, 1000]
    rows = [
        [data.get_text() for data in row.select("data")] for row in page.select("details tbody tr")
    ]
    assert rows == [["5.0", "5.0"], ["7.5", "2.5"], ["20.0", "12.5"]]
    assert not re.search('style="[^"]*&#', html)
    assert page.select_one("[role=switch]").parent.get_text(strip=True) == "重放"
    assert "放慢了 50 倍" in page.select_one("figcaption").get_text()
    short = drawn(diagram.replay(tokens, steps, times, most=2, caption="图"))
    assert [tag.div.get_text() for tag in short.select(".gp-token")] == ["乙", "丙"]
    assert "共 3 个，只画出前 2 个" in short.get_text()
