"""What glasspage promises of time and memory, measured: `make bench`.

Figures are ratios of things done side by side in one run, so that a slow machine does not matter;
those that are seconds say so. The last run is kept in bench.json.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import numpy as np
import torch
import yaml
from families import recorded
from rich.console import Console
from rich.table import Table

from generator.data.folder import DataFolder
from generator.data.tensor_yaml import dump_tensor, load_tensor
from generator.imports.converted import Converted, tiktoken
from generator.imports.folder import write_folder
from generator.model.checkpoint import Checkpoint, load
from generator.model.gpt import GPT, GPTConfig
from generator.project.card import Architecture, Card
from generator.project.source import Source
from generator.serve.page import OWN
from generator.trace.tracer import set_threads

ROOT = Path(__file__).parent.parent
MAIN = "from generator.cli import main; main()"
# Openings of four characters, all in the model's vocabulary.
TEXTS = ("师父", "行者", "八戒", "沙僧", "那怪", "菩萨", "大圣", "三藏", "唐僧", "国王")


@dataclass(frozen=True)
class Figure:
    """Something measured, and the bar that it has to keep: at most, or at least."""

    what: str
    measured: float
    bar: float
    at_most: bool
    unit: str = "×"

    @property
    def kept(self) -> bool:
        return self.measured <= self.bar if self.at_most else self.measured >= self.bar


def seconds(work: Callable[[], object], times: int) -> float:
    """The median of several runs, after one that warms up."""
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def ratio(slow: Callable[[], object], fast: Callable[[], object], times: int) -> float:
    """How many times as long one takes as the other, in turns, so that both meet the same noise."""
    slow(), fast()
    ratios = []
    for _ in range(times):
        taken = []
        for work in (slow, fast):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
        ratios.append(taken[0] / taken[1])
    return statistics.median(ratios)


def glasspage(root: Path, *arguments: str, command: str = "build") -> float:
    """Run a command in a process of its own; returns its peak memory in MiB."""
    arguments = (command, "--project", str(root), *arguments)
    started = [sys.executable, "-c", MAIN, *arguments]
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    pid = os.posix_spawn(sys.executable, started, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(arguments)} failed")
    unit = 1024 * 1024 if platform.system() == "Darwin" else 1024
    return usage.ru_maxrss / unit


def project(root: Path, prompts: int) -> Path:
    """A copy of the real project, without its documentation, with so many prompts."""
    left_out = shutil.ignore_patterns("docs", "measurements.yaml")
    shutil.copytree(ROOT / "content", root / "content", ignore=left_out)
    shutil.copytree(ROOT / "themes", root / "themes")
    (root / "models").mkdir()
    (root / "models/xiyouji").symlink_to(ROOT / "models/xiyouji")
    folder = root / "content/prompts"
    for file in folder.glob("*.yaml"):
        file.unlink()
    for number in range(prompts):
        text = TEXTS[number % 10] + TEXTS[number // 10]
        config = f"model: xiyouji\nprompt: {text}\nsampling: {{temperature: 0.8, top_k: 20}}\n"
        (folder / f"p{number:03}.yaml").write_text(config, encoding="utf-8")
    return root


def builds(folder: Path, many: int) -> list[Figure]:
    """Cold builds of few and many prompts, and builds in which nothing changed."""
    one, few, all_ = (project(folder / str(count), count) for count in (1, 10, many))
    glasspage(one)
    unchanged = seconds(lambda: glasspage(one), 5)
    taken, memory = [], []
    for root in (few, all_):
        began = time.perf_counter()
        memory.append(glasspage(root, "--jobs", "1"))
        taken.append(time.perf_counter() - began)
    slower = (taken[1] / many) / (taken[0] / 10)
    hugo = Path(sys.executable).with_name("hugo")

    def build_with_hugo() -> None:
        target = folder / "public"
        shutil.rmtree(target, ignore_errors=True)
        # A lock that Hugo leaves there would be a change of the output.
        command = [hugo, "--quiet", "--noBuildLock", "--source", all_ / "output/hugo"]
        arguments = [*map(str, command), "--destination", str(target)]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)

    return [
        Figure("nothing changed, 1 page", unchanged, 0.5, True, "s"),
        Figure(
            f"{many} prompts, cold: time a prompt, against 10",
            slower,
            1.2,
            True,
        ),
        Figure(f"{many} prompts, cold: peak memory, against 10", memory[1] / memory[0], 1.2, True),
        Figure(
            f"nothing changed, {many} pages: time, against Hugo's",
            1 / ratio(build_with_hugo, lambda: glasspage(all_), 3),
            1.0,
            True,
        ),
        serving(all_),
    ]


def serving(root: Path) -> Figure:
    """From the moment when a sentence of all pages is saved until the open one shows it, under
    `glasspage serve`."""
    article = root / "content/articles/llm-pipeline/index.md"
    text = article.read_text(encoding="utf-8")
    page = f"posts/llm-pipeline-{min(file.stem for file in root.glob('content/prompts/*'))}/"
    taken = []
    for number in range(5):
        command = [sys.executable, "-c", MAIN, "serve", "--project", str(root), "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
            assert server.stderr is not None
            address = server.stderr.readline().split()[0]
            while "up to date" not in server.stderr.readline():
                pass
            Thread(target=server.stderr.read, daemon=True).start()  # else it could say no more
            with urlopen(f"{address}{OWN.lstrip('/')}events?page={page}index.html") as events:
                events.readline()  # the page is open
                sentence = f"第{'一' * (number + 1)}次。"
                article.write_text(f"{text}\n{sentence}\n", encoding="utf-8")
                began = time.perf_counter()
                while sentence not in urlopen(f"{address}{page}").read().decode():
                    while page not in events.readline().decode():
                        pass  # what is said of other pages, or nothing
                taken.append(time.perf_counter() - began)
            server.send_signal(signal.SIGINT)
        article.write_text(text, encoding="utf-8")
    return Figure(
        "one sentence of all pages changed: the open page", statistics.median(taken), 0.5, True, "s"
    )


def large(folder: Path) -> tuple[list[Figure], Table]:
    """A model of GPT-2's shape, of random weights, traced on long prompts."""
    root = project(folder / "large", 0)
    shape = Architecture(
        n_layers=12, n_heads=12, d_model=768, n_ctx=1024, bias=True, activation="gelu_tanh"
    )
    gpt = GPT(GPTConfig(**dict(shape), d_vocab=50257))
    gpt.initialize(torch.Generator().manual_seed(0))
    made = Converted("random weights", shape, gpt.state_dict(), tiktoken("gpt2"), [])
    write_folder(root / "models/gpt2", made)
    table = Table("124M parameters, tokens", "seconds", "GiB")
    used = 0.0
    for count in (64, 128, 256):
        config = root / f"content/prompts/p{count}.yaml"
        text = " the" * count
        config.write_text(f"model: gpt2\nprompt: '{text}'\nnew_tokens: 1\n", encoding="utf-8")
        began = time.perf_counter()
        out = folder / f"out{count}"
        used = glasspage(root, config.stem, "--out", str(out), command="trace") / 1024
        table.add_row(str(count), f"{time.perf_counter() - began:.0f}", f"{used:.2f}")
        assert len(DataFolder(out, "p").read("tokens")) == count
        shutil.rmtree(out)
    figure = Figure("124M parameters traced on 256 tokens: peak memory", used, 6, True, "GiB")
    return [figure], table


def tensors() -> list[Figure]:
    """A million floats as YAML, against PyYAML over libyaml."""
    array = np.random.Generator(np.random.PCG64(0)).normal(size=(1000, 1000)).astype(np.float32)
    plain = [[float(str(x)) for x in row] for row in array]
    ours = dump_tensor("x", array, ("row", "column"))
    theirs = yaml.dump({"x": plain}, Dumper=yaml.CSafeDumper)
    writing = ratio(
        lambda: yaml.dump({"x": plain}, Dumper=yaml.CSafeDumper),
        lambda: dump_tensor("x", array, ("row", "column")),
        1,
    )
    reading = ratio(
        lambda: yaml.load(theirs, Loader=yaml.CSafeLoader),
        lambda: load_tensor(ours, "float32", array.shape),
        1,
    )
    return [
        Figure("YAML written, against CSafeDumper (1e6 floats)", writing, 30, False),
        Figure("YAML read, against CSafeLoader (1e6 floats)", reading, 15, False),
    ]


def checkpoint() -> Checkpoint:
    folder = ROOT / "models/xiyouji"
    return load("xiyouji", folder, Source.read(folder / "model.yaml").parse(Card))


def recording() -> list[Figure]:
    """A forward pass that keeps every value, against one that keeps none."""
    gpt = checkpoint().gpt
    set_threads(1)
    figures = []
    for count in (3, 128):
        tokens = list(range(100, 100 + count))
        with torch.no_grad():
            measured = ratio(
                lambda tokens=tokens: recorded(gpt, tokens),
                lambda tokens=tokens: gpt(torch.tensor([tokens])),
                31,
            )
        figures.append(Figure(f"all values recorded, {count} tokens", measured, 1.35, True))
    return figures


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory() as folder:
        long, lengths = large(Path(folder))
        figures = [*tensors(), *recording(), *long, *builds(Path(folder), many)]
    table = Table("what", "measured", "bar", "kept")
    for figure in figures:
        sign = "≤" if figure.at_most else "≥"
        table.add_row(
            figure.what,
            f"{figure.measured:.2f} {figure.unit}",
            f"{sign} {figure.bar:g} {figure.unit}",
            "yes" if figure.kept else "NO",
        )
    Console().print(table, lengths)
    kept = {"processors": os.cpu_count(), "figures": [asdict(figure) for figure in figures]}
    (ROOT / "bench.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
