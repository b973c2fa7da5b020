"""A project's folder: what is found there by name, and what is said of what is not."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.build.checks import check_slugs
from generator.errors import CombinedError, ConfigError, GlasspageError
from generator.project.article import read_articles
from generator.project.project import Named, Project
from generator.project.unread import unread

ARTICLE = "---\ntitle: 题\nsummary: 述\ndate: 2026-01-02\n---\n正文\n"
CARD = """\
title: t
summary: s
licence: MIT
architecture: {n_layers: 1, n_heads: 1, d_model: 4, n_ctx: 8}
"""
FILES = {
    "content/site.yaml": "title: t\ndescription: d\ntheme: glass\ndefault_article: first\n",
    "content/prompts/wukong.yaml": "model: tiny\nprompt: 悟空道\n",
    "content/articles/first/index.md": ARTICLE,
    "content/articles/second/index.md": ARTICLE,
    "models/tiny/model.yaml": CARD,
    "themes/glass/i18n/zh.yaml": "skip: 跳\n",
    "themes/paper/i18n/en.yaml": "skip: Skip\n",
    "themes/paper/i18n/zh.yaml": "skip: 跳\n",
    "themes/glass/layouts/base.html": "",
    "themes/paper/layouts/base.html": "",
}

Make = Callable[..., Project]


def write_all(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A small project, with some files changed."""

    def made(changed: dict[str, str] | None = None) -> Project:
        write_all(tmp_path, FILES | (changed or {}))
        return Project(tmp_path)

    return made


def only_prompt(project: Project) -> Named:
    (named,) = project.prompts
    return named


def place(error: GlasspageError, project: Project) -> str:
    """`file:line:column`, the file seen from the project's folder."""
    return error.place.replace(f"{project.root}/", "")


# The folder


def test_a_folder_without_a_site_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        Project(tmp_path)
    assert caught.value.file == tmp_path
    assert "--project" in str(caught.value.hint)


def test_a_file_is_read_only_when_it_is_asked_for(make: Make) -> None:
    project = make({"content/facts.yaml": "[", "content/prompts/wukong.yaml": "["})
    assert project.site.title == "t"
    with pytest.raises(ConfigError):
        _ = project.facts
    with pytest.raises(ConfigError):
        _ = project.prompts


def test_a_misspelt_theme_is_answered_with_the_one_that_was_meant(make: Make) -> None:
    project = make({"content/site.yaml": "title: t\ndescription: d\ntheme: glas\n"})
    with pytest.raises(ConfigError) as caught:
        _ = project.theme
    assert place(caught.value, project) == "content/site.yaml:3:8"
    assert caught.value.hint == "did you mean 'glass'?"


def test_a_project_without_themes_says_so(tmp_path: Path) -> None:
    write_all(tmp_path, {"content/site.yaml": FILES["content/site.yaml"]})
    with pytest.raises(ConfigError) as caught:
        _ = Project(tmp_path).theme
    assert (caught.value.line, caught.value.hint) == (3, "there are none yet.")


def test_the_theme_is_a_folder_of_that_name(make: Make) -> None:
    project = make()
    assert project.theme.folders == (project.root / "themes" / "glass",)


def test_a_theme_inherits_another_and_overrides_one_file(make: Make) -> None:
    project = make(
        {
            "themes/glass/theme.yaml": "inherits: paper\n",
            "themes/glass/layouts/home.html": "mine",
            "themes/glass/layouts/home.html~": "",
            "themes/glass/layouts/.home.html.swp": "",
            "themes/glass/i18n/zh.yaml": "skip: 跳\ndiagram: {add: 加}\n",
            "themes/paper/layouts/home.html": "theirs",
            "themes/paper/layouts/base.html": "base",
            "themes/paper/i18n/zh.yaml": "skip: 过\ntoc: 目录\ndiagram: {add: 和, cut: 断}\n",
        }
    )
    files = project.theme.files("layouts")
    assert list(files) == ["base.html", "home.html"]
    assert files["home.html"].read_text(encoding="utf-8") == "mine"
    assert project.theme.words("zh") == {
        "skip": "跳",
        "toc": "目录",
        "diagram": {"add": "加", "cut": "断"},
    }


def test_a_theme_that_inherits_what_is_not_there_or_itself_is_told(make: Make) -> None:
    project = make({"themes/glass/theme.yaml": "inherits: papr\n", "themes/paper/x": ""})
    with pytest.raises(ConfigError, match="there is no theme 'papr'") as caught:
        _ = project.theme
    assert caught.value.file == project.root / "themes/glass/theme.yaml"
    assert caught.value.hint == "did you mean 'paper'?"
    project = make({"themes/glass/theme.yaml": "inherits: glass\n"})
    with pytest.raises(ConfigError, match="in a circle"):
        _ = project.theme


def test_a_mistake_in_the_words_of_a_theme_is_told_with_its_line(make: Make) -> None:
    project = make({"themes/glass/i18n/zh.yaml": "skip: 跳\ntoc: [\n"})
    with pytest.raises(ConfigError, match="not valid YAML") as caught:
        project.theme.words("zh")
    assert caught.value.file == project.root / "themes/glass/i18n/zh.yaml"
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "address", ["https://例.org/", "https://x.org/a b/", "https://x.org", "x.org/", "https://x/?a/"]
)
def test_an_address_of_the_site_is_ascii_and_ends_with_a_slash(make: Make, address: str) -> None:
    text = f"title: t\ndescription: d\ntheme: glass\nbase_url: {address}\n"
    with pytest.raises(ConfigError, match="expected an address in ASCII, from https") as caught:
        _ = make({"content/site.yaml": text}).site
    assert caught.value.line == 4


def test_a_translation_into_the_main_language_is_refused(make: Make) -> None:
    text = "title: t\ndescription: d\nlanguage: en\ntheme: glass\ntranslations:\n"
    project = make({"content/site.yaml": f"{text}  en: {{title: t, description: d}}\n"})
    with pytest.raises(ConfigError, match="'en' is the main language already") as caught:
        _ = project.site
    assert place(caught.value, project) == "content/site.yaml:6:3"


def test_an_article_is_not_changed_before_it_is_written(make: Make) -> None:
    text = ARTICLE.replace("date:", "lastmod: 2001-01-01\ndate:", 1)
    project = make({"content/articles/first/index.md": text})
    with pytest.raises(ConfigError, match="changed before it was written") as caught:
        project.articles_of(only_prompt(project))
    assert text.split("\n")[(caught.value.line or 0) - 1].startswith("lastmod")


def test_words_in_a_language_that_the_theme_lacks_are_told(make: Make) -> None:
    project = make({"themes/glass/i18n/zh.yaml": "skip: 跳\n"})
    with pytest.raises(ConfigError, match="no words in the language 'fr'") as caught:
        project.theme.words("fr")
    assert "known are: zh." in str(caught.value.hint)


@pytest.mark.parametrize("site", ["", "base_url: nowhere\n"])
def test_all_that_is_wrong_in_all_files_is_told_at_once_and_once(site: str, make: Make) -> None:
    undated = ARTICLE.replace("date", "dat")
    wrong = {
        "content/facts.yaml": "fact: {}\n",
        "content/docs/a.md": "no front\n",
        "content/docs/b.md": "no front\n",
        "content/prompts/a.yaml": "model: tiny\nprompts: p\n",
        "content/prompts/b.yaml": "model: tinny\n",
        "content/articles/first/index.md": undated,
        "content/articles/unused/index.md": undated,
        "models/tiny/model.yaml": CARD.replace("summary", "sumary"),
    }
    words = {"themes/glass/i18n/zh.yaml": "skip: 1\n"}
    with pytest.raises(CombinedError) as caught:
        make(wrong | words | {"content/site.yaml": FILES["content/site.yaml"] + site}).check()
    told = [
        (Path(str(e.file)).relative_to(make().root).as_posix(), e.message)
        for e in caught.value.errors
    ]
    assert len(told) == len(set(told))
    assert {file for file, _ in told} == {*wrong, *({"content/site.yaml"} if site else words)}
    assert "there is no model 'tinny'" in [message for _, message in told]
    assert "the key 'prompt' is missing" in [message for _, message in told]


# Prompts


def test_prompts_are_known_by_their_file_names_in_order(make: Make) -> None:
    config = "model: tiny\nprompt: p\n"
    project = make({f"content/prompts/{name}.yaml": config for name in ("b-2", "a_1", "C")})
    assert [named.name for named in project.prompts] == ["C", "a_1", "b-2", "wukong"]


def test_a_project_without_prompts_says_how_to_add_one(tmp_path: Path) -> None:
    write_all(tmp_path, {"content/site.yaml": FILES["content/site.yaml"]})
    with pytest.raises(ConfigError) as caught:
        _ = Project(tmp_path).prompts
    assert caught.value.file == tmp_path / "content" / "prompts"
    assert "`model: NAME`" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["models", "fact", "悟空", "a b", "-a", "_a", ".a"])
def test_a_prompt_whose_name_cannot_stand_in_an_address_is_refused(name: str, make: Make) -> None:
    project = make({f"content/prompts/{name}.yaml": "model: tiny\nprompt: p\n"})
    with pytest.raises(ConfigError) as caught:
        _ = project.prompts
    assert caught.value.file == project.root / "content" / "prompts" / f"{name}.yaml"


@pytest.mark.parametrize(
    ("sampling", "column"),
    [
        ("temperature: 0", 26),
        ("temperature: .inf", 26),
        ("temperature: .nan", 26),
        ("temperature: 1.0e-300", 26),
        ("temperature: 101", 26),
        ("repetition_penalty: 0.5", 33),
        ("top_k: 0", 20),
        ("top_p: 0", 20),
        ("top_p: 1.5", 20),
        ("seed: -1", 19),
    ],
)
def test_what_no_sampler_can_do_is_refused(sampling: str, column: int, make: Make) -> None:
    config = f"model: tiny\nprompt: p\nsampling: {{ {sampling} }}\n"
    with pytest.raises(ConfigError) as caught:
        _ = make({"content/prompts/wukong.yaml": config}).prompts
    assert (caught.value.line, caught.value.column) == (3, column)


def test_the_likeliest_token_always_is_asked_for_otherwise(make: Make) -> None:
    config = "model: tiny\nprompt: p\nsampling: { temperature: 0 }\n"
    with pytest.raises(ConfigError) as caught:
        _ = make({"content/prompts/wukong.yaml": config}).prompts
    assert "with 1 as `top_k`" in str(caught.value.hint)


def test_prompts_whose_names_differ_in_capitals_alone_are_refused(make: Make) -> None:
    config = "model: tiny\nprompt: p\n"
    project = make({f"content/prompts/{name}.yaml": config for name in ("wukong", "Wukong")})
    with pytest.raises(ConfigError, match=r"Wukong\.yaml is called the same") as caught:
        _ = project.prompts
    assert caught.value.file == project.root / "content/prompts/wukong.yaml"


# Models


def test_a_prompt_finds_the_card_of_its_model(make: Make) -> None:
    project = make()
    card = project.card_of(only_prompt(project))
    assert card.architecture.n_ctx == 8
    assert card.trained is None
    assert project.model_folder("tiny") == project.root / "models" / "tiny"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tyni", "did you mean 'tiny'?"),
        ("../models/tiny", "known are: tiny."),
    ],
)
def test_a_model_that_is_none_of_the_projects_is_refused(name: str, hint: str, make: Make) -> None:
    project = make({"content/prompts/wukong.yaml": f"prompt: p\nmodel: {name}\n"})
    with pytest.raises(ConfigError) as caught:
        project.card_of(only_prompt(project))
    assert place(caught.value, project) == "content/prompts/wukong.yaml:2:8"
    assert caught.value.hint == hint


def test_a_checksum_that_is_none_is_refused(make: Make) -> None:
    corpus = "corpus: {title: t, author: a, language: zh, licence: l, source: s, sha256: ABC}\n"
    project = make({"models/tiny/model.yaml": CARD + corpus})
    with pytest.raises(ConfigError) as caught:
        project.card_of(only_prompt(project))
    assert place(caught.value, project) == "models/tiny/model.yaml:5:76"


# Articles


def test_a_prompt_that_names_no_article_gets_the_sites_default(make: Make) -> None:
    project = make()
    assert [a.name for a in project.articles_of(only_prompt(project))] == ["first"]


def test_a_prompt_gets_the_articles_that_it_names_in_their_order(make: Make) -> None:
    config = "model: tiny\nprompt: p\narticles: [second, first]\n"
    project = make({"content/prompts/wukong.yaml": config})
    assert [a.name for a in project.articles_of(only_prompt(project))] == ["second", "first"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("secnd", "did you mean 'second'?"),
        ("../articles/second", "known are: first, second."),
        ("''", "known are: first, second."),
    ],
)
def test_an_article_that_is_none_of_the_projects_is_refused(
    name: str, hint: str, make: Make
) -> None:
    config = f"model: tiny\nprompt: p\narticles:\n  - first\n  - {name}\n"
    project = make({"content/prompts/wukong.yaml": config, "content/articles/index.md": ARTICLE})
    with pytest.raises(ConfigError) as caught:
        project.articles_of(only_prompt(project))
    assert place(caught.value, project) == "content/prompts/wukong.yaml:5:5"
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("content/articles/other.md", "call it articles/other/index.md."),
        ("content/articles/other/Index.md", "rename Index.md to index.md."),
        ("content/articles/other/picture.png", "write its text into index.md."),
    ],
)
def test_what_an_article_lacks_to_be_one_is_told(file: str, hint: str, make: Make) -> None:
    config = "model: tiny\nprompt: p\narticles: [other]\n"
    project = make({"content/prompts/wukong.yaml": config, file: ARTICLE})
    with pytest.raises(ConfigError, match="there is no article 'other'") as caught:
        project.articles_of(only_prompt(project))
    assert str(caught.value.hint).endswith(hint)
    (warning,) = unread(project.root, project.theme.folders)
    assert warning.endswith(f"this is no article, and is not read; {hint}")


def test_files_that_nothing_reads_are_told(make: Make) -> None:
    strays = {
        "content/fact.yaml": "did you mean 'facts.yaml'?",
        "content/prompts/a.YAML": "prompt configs are called NAME.yaml",
        "themes/glass/layout/base.html": "did you mean 'layouts'?",
        "themes/glass/them.yaml": "did you mean 'theme.yaml'?",
    }
    passed_over = dict.fromkeys(["themes/glass/LICENSE", "content/articles/.hidden"], "")
    project = make(strays | passed_over)
    warnings = unread(project.root, project.theme.folders)
    assert len(warnings) == len(strays)
    assert all(any(hint in told for told in warnings) for hint in strays.values())


def test_a_theme_without_layouts_is_told_to_inherit_some(make: Make) -> None:
    site = FILES["content/site.yaml"].replace("glass", "mine")
    project = make({"content/site.yaml": site, "themes/mine/i18n/zh.yaml": "a: b"})
    with pytest.raises(ConfigError, match="the theme has no layouts") as caught:
        _ = project.theme
    assert "`inherits: glass` in" in str(caught.value.hint)


def test_a_misspelt_default_article_is_blamed_on_the_site_that_names_it(make: Make) -> None:
    site = "title: t\ndescription: d\ndefault_article: frist\n"
    project = make({"content/site.yaml": site})
    with pytest.raises(ConfigError) as caught:
        project.articles_of(only_prompt(project))
    assert place(caught.value, project) == "content/site.yaml:3:18"
    assert caught.value.hint == "did you mean 'first'?"


def test_front_matter_is_read_with_hugos_keys_and_their_defaults(make: Make) -> None:
    file = "content/articles/first/index.md"
    project = make({file: ARTICLE.replace("date", "ShowToc: false\ntags: [甲]\ndate")})
    (article,) = project.articles_of(only_prompt(project))
    front = article.front
    assert (front.title, front.date) == ("题", datetime.date(2026, 1, 2))
    assert (front.tags, front.categories, front.draft) == (["甲"], [], False)
    assert (front.show_toc, front.toc_open) == (False, True)


def compared(prompts: str) -> str:
    return ARTICLE.replace("date", f"prompts: {prompts}\ndate")


SECOND = "content/articles/second/index.md"


def test_an_article_that_lists_prompts_is_found_though_no_prompt_lists_it(make: Make) -> None:
    both = {"content/prompts/a.yaml": "model: tiny\nprompt: p\n", SECOND: compared("[wukong, a]")}
    project = make(both)
    project.check()
    (article,) = project.comparisons
    assert [named.name for named in project.prompts_of(article)] == ["wukong", "a"]
    assert project.unused_articles == []
    assert [a.name for named in project.prompts for a in project.articles_of(named)] == [
        "first",
        "first",
    ]


@pytest.mark.parametrize(
    ("prompts", "column", "message", "hint"),
    [
        ("[wukong, wukon]", 19, "there is no prompt 'wukon'", "did you mean 'wukong'?"),
        ("[wukong, wukong]", 19, "the prompt 'wukong' is listed twice", "take one of them out."),
        ("[]", 10, "prompts: expected a list of at least 1, not []", None),
        ("wukong", 10, "prompts: expected a list, not wukong", "write a list: [a, b]."),
    ],
)
def test_what_is_wrong_with_a_list_of_prompts_names_its_place(
    prompts: str, column: int, message: str, hint: str | None, make: Make
) -> None:
    project = make({SECOND: compared(prompts)})
    with pytest.raises(ConfigError) as caught:
        project.check()
    assert place(caught.value, project) == f"{SECOND}:4:{column}"
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("file", "text", "where", "hint"),
    [
        (
            "content/prompts/wukong.yaml",
            "model: tiny\nprompt: p\narticles: [first, second]\n",
            "content/prompts/wukong.yaml:3:19",
            "take it out here, `articles: []` if it is the only one, and name wukong under "
            "`prompts` in its front matter.",
        ),
        (
            "content/site.yaml",
            "title: t\ndescription: d\ntheme: glass\ndefault_article: second\n",
            "content/site.yaml:4:18",
            "name another article here; a prompt that is only compared with others says "
            "`articles: []`.",
        ),
    ],
)
def test_nobody_else_lists_an_article_that_lists_its_prompts(
    file: str, text: str, where: str, hint: str, make: Make
) -> None:
    project = make({SECOND: compared("[wukong]"), file: text})
    with pytest.raises(ConfigError) as caught:
        project.check()
    assert place(caught.value, project) == where
    assert caught.value.message == "the article 'second' lists its prompts itself, and is one page"
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("chinese", "english", "line", "message", "hint"),
    [
        (compared("[wukong]"), compared("[a]"), 4, "lists other", "write prompts: [wukong]."),
        (compared("[wukong]"), ARTICLE, 2, "lists other prompts", "write prompts: [wukong]."),
        (ARTICLE, compared("[wukong]"), 4, "lists no prompts", "take them out here."),
    ],
)
def test_an_article_compares_the_same_prompts_in_every_language(
    chinese: str, english: str, line: int, message: str, hint: str, make: Make
) -> None:
    file = "content/articles/second/index.en.md"
    project = make({"content/site.yaml": EN, SECOND: chinese, file: english})
    with pytest.raises(ConfigError, match=message) as caught:
        project.check()
    assert place(caught.value, project) == f"{file}:{line}:1"
    assert caught.value.hint == hint


def test_a_page_of_a_prompt_may_not_stand_where_a_comparison_does(make: Make) -> None:
    project = make({"content/articles/first-wukong/index.md": compared("[wukong]")})
    with pytest.raises(ConfigError, match="the other is of the article of that name") as caught:
        check_slugs(project)
    assert place(caught.value, project).startswith("content/prompts/wukong.yaml")


EN = (
    "title: t\ndescription: d\ndefault_article: first\n"
    "translations:\n  en: {title: T, description: D}\n"
)


def test_an_article_may_be_written_in_each_language_of_the_site(make: Make) -> None:
    project = make(
        {
            "content/site.yaml": EN,
            "content/articles/first/index.en.md": ARTICLE.replace("题", "Title"),
        }
    )
    articles = project.articles_of(only_prompt(project))
    assert [(a.language, a.front.title) for a in articles] == [("zh", "题"), ("en", "Title")]
    assert {a.languages for a in articles} == {("zh", "en")}
    assert all(article.companions == [] for article in articles)
    assert project.site.languages == ["zh", "en"]
    assert project.site.in_language("en").title == "T"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("index.fr.md", "does not have the language 'fr'\n.*declares zh, en; name fr under"),
        ("index.english.md", "does not have the language 'english'\n.*did you mean index.en.md"),
        (
            "index.french.md",
            "does not have the language 'french'\n.*known are: en, zh. For another",
        ),
        (
            "index-en.md",
            "called index.md, or index.CODE.md in another language\n.*are zh, en; rename",
        ),
        ("index.zh.md", "index.md is in the language 'zh' too"),
    ],
)
def test_a_language_that_the_site_lacks_or_that_is_there_twice_is_told(
    name: str, message: str, make: Make
) -> None:
    project = make({"content/site.yaml": EN, f"content/articles/first/{name}": ARTICLE})
    with pytest.raises(ConfigError, match=message) as caught:
        project.articles_of(only_prompt(project))
    assert Path(str(caught.value.file)).name == name


@pytest.mark.parametrize(
    ("language", "hint"),
    [
        ("fr", "content/site.yaml declares zh, en; name fr under `translations` there, and call "),
        ("en", "take it out, and call the file index.en.md."),
        ("zh", "take it out, and call the file index.md."),
    ],
)
def test_the_language_of_an_article_stands_in_its_file_s_name(
    language: str, hint: str, make: Make
) -> None:
    text = ARTICLE.replace("date:", f"language: {language}\ndate:")
    project = make({"content/site.yaml": EN, "content/articles/first/index.md": text})
    with pytest.raises(ConfigError, match="stands in the name of its file") as caught:
        project.articles_of(only_prompt(project))
    assert place(caught.value, project) == "content/articles/first/index.md:4:1"
    assert str(caught.value.hint).startswith(hint)


def test_a_cover_is_a_picture_of_the_article_s_folder(make: Make) -> None:
    cover = ARTICLE.replace("date", "cover: {image: a.png, alt: 图}\ndate")
    project = make({"content/articles/first/index.md": cover})
    with pytest.raises(ConfigError, match="no such picture beside the article") as caught:
        project.articles_of(only_prompt(project))
    assert place(caught.value, project).startswith("content/articles/first/index.md:4:16")
    project = make(
        {"content/articles/first/index.md": cover, "content/articles/first/a.png": "picture"}
    )
    (article,) = project.articles_of(only_prompt(project))
    assert article.front.cover is not None
    texts = {"content/articles/first/index.md": cover.replace("a.png", "a.txt")}
    project = make({**texts, "content/articles/first/a.txt": "text"})
    with pytest.raises(ConfigError, match="do not show this file as a picture") as caught:
        project.articles_of(only_prompt(project))
    assert place(caught.value, project).startswith("content/articles/first/index.md:4:16")


@pytest.mark.parametrize("name", ["index.html", "numbers.yaml", "data/own.yaml"])
def test_a_companion_may_not_stand_where_the_build_puts_a_file(name: str, make: Make) -> None:
    project = make({f"content/articles/first/{name}": ""})
    with pytest.raises(ConfigError, match="a file of its own in this place"):
        project.articles_of(only_prompt(project))


front_lines = st.lists(st.sampled_from(["", "# 注释", "tags: [甲]", "weight: 3"]), unique=True)


@settings(deadline=None, max_examples=30)
@given(front_lines, st.lists(st.sampled_from(["", "正文", "---", "| a |"])))
def test_the_body_keeps_the_lines_of_its_file(
    tmp_path_factory: pytest.TempPathFactory, more: list[str], body: list[str]
) -> None:
    head = ["---", "title: t", "summary: s", "date: 2026-01-02", *more, "---"]
    file = tmp_path_factory.mktemp("article") / "index.md"
    file.write_text("\n".join([*head, *body, "字"]), encoding="utf-8")
    article = read_articles(file.parent, ["zh"])[0]
    assert article.body.split("\n") == [*[""] * len(head), *body, "字"]
    assert article.source.place(("date",)) == (4, 7)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("正文\n", 1, None, "a page begins with its front matter"),
        ("", 1, None, "a page begins with its front matter"),
        ("+++\ntitle = 't'\n+++\n", 1, None, "a page begins with its front matter"),
        ("---\ntitle: t\n", 1, None, "the front matter that begins on the first line does not end"),
        (
            "---\ntitle: t\n----\n\n正文\n",
            3,
            None,
            "the front matter that begins on the first line",
        ),
        (ARTICLE.replace("正文", ""), 7, None, "the article has no text"),
        (
            ARTICLE.replace("date", "tags: [甲, '{{ x }}']\ndate"),
            4,
            11,
            "nothing is filled in here",
        ),
        (ARTICLE.replace("题", "'  '"), 2, 8, "title: expected some text"),
        ("\n" + ARTICLE, 1, None, "a page begins with its front matter"),
        (ARTICLE.replace("date:", "dat:"), 2, 1, "the key 'date' is missing"),
        (ARTICLE.replace("2026-01-02", "soon"), 4, 7, "date: expected a day, not soon"),
        (
            ARTICLE.replace("2026-01-02", "2026-02-30"),
            4,
            7,
            "this is not valid YAML: there is no such day: 2026-02-30",
        ),
        (ARTICLE.replace("述", "述: 二"), 3, 11, "this is not valid YAML: mapping values"),
        (ARTICLE.replace("题", "''"), 2, 8, "title: expected some text, not ''"),
    ],
)
def test_what_is_wrong_with_front_matter_names_its_line_in_the_article(
    text: str, line: int, column: int | None, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "index.md"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GlasspageError) as caught:
        read_articles(file.parent, ["zh"])[0]
    first = getattr(caught.value, "errors", [caught.value])[0]
    assert (first.file, first.line, first.column) == (file, line, column)
    assert first.message.startswith(message)


def test_how_an_editor_saves_an_article_makes_no_difference(tmp_path: Path) -> None:
    file = tmp_path / "index.md"
    saved = ARTICLE.replace("---\n", "--- \n").replace("\n", "\r\n")
    file.write_bytes(b"\xef\xbb\xbf" + saved.encode())
    article = read_articles(file.parent, ["zh"])[0]
    assert article.front.title == "题"
    assert article.body == "\n" * 5 + "正文\n"


# Facts


FACTS = """\
sources:
  paper: {title: 论文, url: https://example.org, seen: 2026-01-02}
facts:
  gpt3.layers: {number: 96, unit: layers, source: paper, where: table 1}
"""


def test_a_project_may_have_facts_or_none(make: Make) -> None:
    assert make().facts.facts == {}
    facts = make({"content/facts.yaml": FACTS}).facts
    assert (facts.facts["gpt3.layers"].number, facts.facts["gpt3.layers"].where) == (96, "table 1")
    assert facts.sources["paper"].title == "论文"


@pytest.mark.parametrize(
    ("text", "place_of_it", "message", "hint"),
    [
        (
            FACTS.replace("source: paper", "source: papr"),
            "content/facts.yaml:4:51",
            "there is no source 'papr'",
            "did you mean 'paper'?",
        ),
        (
            FACTS.replace("https:", "http:"),
            "content/facts.yaml:2:27",
            "sources.paper.url: expected an address that begins with https://, not http://example.org",
            None,
        ),
        (
            FACTS.replace(", seen: 2026-01-02", ""),
            "content/facts.yaml:2:3",
            "the key 'sources.paper.seen' is missing",
            "write `seen: …` here. The day on which it was checked, YYYY-MM-DD.",
        ),
        (
            FACTS.replace("number: 96", "number: yes"),
            "content/facts.yaml:4:25",
            "facts.gpt3.layers.number: expected a number, not yes",
            "write it in digits, without quotes.",
        ),
        (
            FACTS.replace("number: 96", "number: .inf"),
            "content/facts.yaml:4:25",
            "facts.gpt3.layers.number: expected a finite number, not .inf",
            None,
        ),
        (
            FACTS.replace("where: table 1", "range: [97, 99]"),
            "content/facts.yaml:4:65",
            "facts.gpt3.layers.range: must be [lowest, highest] around the number, which is 96, "
            "not [97, 99]",
            None,
        ),
    ],
)
def test_a_fact_needs_a_source_that_can_be_looked_up(
    text: str, place_of_it: str, message: str, hint: str | None, make: Make
) -> None:
    project = make({"content/facts.yaml": text})
    with pytest.raises(ConfigError) as caught:
        _ = project.facts
    error = caught.value
    assert (place(error, project), error.message, error.hint) == (place_of_it, message, hint)
