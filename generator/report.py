"""What commands answer: as lines for people, and as plain lists and mappings for programs.

Keys are stable: some may be added, none is renamed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.build.explain import Explained
    from generator.check.diff import Diff, PageDiff
    from generator.check.findings import Findings
    from generator.check.site import Checked
    from generator.page.claims import Claim
    from generator.project.card import Card
    from generator.project.measurements import Measurement

SHOWN = 20  # problems of each question, or numbers of each page; the rest are counted
_CANDIDATES_SHOWN = 5

Data = dict[str, Any]
Answers = Sequence[tuple[str, "Findings"]]
Claims = Sequence[tuple["Claim", str]]  # each with the slug of its page, the tightest first


def verified_data(answers: Answers) -> Data:
    return {
        "sound": not any(findings.problems for _, findings in answers),
        "questions": [
            {
                "question": question,
                "answer": answer,
                "sound": not findings.problems,
                "counts": findings.told,
                "problems": findings.problems,
            }
            for question, (answer, findings) in zip(
                ("files", "pages", "data"), answers, strict=True
            )
        ],
    }


def verified_lines(answers: Answers) -> Iterator[str]:
    for answer, findings in answers:
        counts = ", ".join(f"{number:,} {kind}" for kind, number in findings.told.items())
        verdict = "yes" if not findings.problems else f"NO, {len(findings.problems):,} wrong"
        yield f"{answer}: {verdict} ({counts})"
        yield from (f"  {problem}" for problem in findings.problems[:SHOWN])
        if len(findings.problems) > SHOWN:
            yield f"  and {len(findings.problems) - SHOWN:,} more"


def checked_data(checked: Checked) -> Data:
    return {
        "sound": not checked.problems,
        "pages": checked.pages,
        "links": checked.links,
        "problems": [dataclasses.asdict(problem) for problem in checked.problems],
        "remarks": [dataclasses.asdict(remark) for remark in checked.remarks],
        "elsewhere": [
            {
                "address": address,
                "places": [{"page": place.page, "line": place.line} for place in places],
            }
            for address, places in sorted(checked.external.items())
        ],
    }


def checked_lines(checked: Checked) -> Iterator[str]:
    yield from map(str, checked.problems)
    yield from (f"remark: {remark}" for remark in checked.remarks)
    yield from (f"elsewhere: {address}" for address in sorted(checked.external))
    wrong = f"{len(checked.problems)} wrong" if checked.problems else "all well"
    remarked = f", {len(checked.remarks)} remarked" if checked.remarks else ""
    yield (
        f"{checked.pages} pages, {checked.links} links, {len(checked.external)} of them elsewhere: "
        + wrong
        + remarked
    )


def claims_data(claims: Claims) -> Data:
    return {
        "claims": [
            {
                "page": slug,
                "name": claim.name,
                "line": claim.line,
                "holds": claim.truth.holds,
                "otherwise": claim.otherwise,
                "condition": claim.truth.condition,
                "values": dict(claim.truth.parts),
                "margin": "infinite" if claim.truth.margin == math.inf else claim.truth.margin,
            }
            for claim, slug in claims
        ]
    }


def claims_lines(claims: Claims) -> Iterator[str]:
    for claim, slug in claims:
        margin = claim.truth.margin
        shown = "" if margin is None else "∞" if math.isinf(margin) else f"{margin:.1%}"
        holds = "true " if claim.truth.holds else "false"
        yield f"{shown:>7}  {holds}  {slug}:{claim.line}  {claim.name}"
        yield f"                {claim.truth.condition}"


def explained_lines(parts: Sequence[Explained]) -> Iterator[str]:
    for part in parts:
        yield f"{part.part}: {'stale' if part.reasons else 'fresh'}"
        yield from (f"  {reason}" for reason in part.reasons)


def differences_lines(found: Diff, *, everything: bool) -> Iterator[str]:
    for page in found.affected:
        yield from _affected_lines(page, everything=everything)
    for word, slugs in (("only in OLD", found.removed), ("only in NEW", found.new)):
        yield from (f"{slug}: {word}" for slug in slugs)
    yield (
        f"pages: {len(found.affected)} affected, {len(found.unchanged)} unchanged, "
        f"{len(found.new)} new, {len(found.removed)} gone"
    )


def _affected_lines(page: PageDiff, *, everything: bool) -> Iterator[str]:
    yield (
        f"{page.slug}: {len(page.moved):,} of {page.numbers:,} numbers moved, "
        f"{len(page.flipped)} claims turned over, "
        f"{len(page.added)} numbers new, {len(page.gone)} gone, "
        f"{len(page.reshown)} in another format, "
        f"{'other' if page.text else 'the same'} words"
    )
    if page.claims:
        yield f"  claims new, gone or of another condition: {', '.join(page.claims)}"
    for claim in page.flipped:
        yield f"  claim {claim.name} (line {claim.line}) is now {claim.holds}"
        yield f"    {claim.condition}"
    shown = page.moved if everything else page.moved[:SHOWN]
    for number in shown:
        yield f"  {number.old_shown} -> {number.new_shown}  {number.address}"
        yield f"    {number.old} -> {number.new}"
    if len(page.moved) > len(shown):
        yield f"  and {len(page.moved) - len(shown):,} more; --all tells them"


def models_lines(models: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for model in models:
        yield f"{model['name']}: {model['title']}"
        if model["parameters"] is None:
            yield "  not trained yet"
        else:
            loss = model["held_out_loss"]
            known = "" if loss is None else f", held out {loss:.4f} nats a token"
            if baseline := model["baseline"]:
                known += f" ({baseline['model']}: {baseline['held_out_loss']:.4f})"
            yield f"  {model['parameters']:,} parameters{known}"
        yield f"  prompts: {', '.join(model['prompts']) or 'none'}"


def imported_lines(folder: Path, card: Card) -> Iterator[str]:
    """What an import wrote, and what is left to its author."""
    trained = card.trained
    if trained is not None and trained.source is not None:
        yield f"wrote {folder}: {trained.parameters:,} parameters, {trained.source.format}"
        for note in trained.source.notes:
            yield f"note: {note}"
    yield f"say in {folder / 'model.yaml'} what it is, and under which licence."


def measured_lines(measured: Mapping[str, Measurement], file: Path) -> Iterator[str]:
    """Of each prompt, when its tokens were there; and what to do with the file that says so."""
    from generator.data.text import visible

    for name, each in measured.items():
        yield f"{name}, through {each.model}, {each.precision}: median of {each.repetitions}"
        for token, time in zip(each.tokens, each.times, strict=True):
            yield f"{time * 1000:>10.3f} ms  {visible(token.text)}"
    yield f"wrote {', '.join(measured) or 'nothing'} into {file}"
    yield "run `glasspage build`, which puts it on the pages that show it, and commit the file."


def traced_lines(traced: Mapping[str, Any]) -> Iterator[str]:
    """Of what `generator.build.trial` gives: the tokens, and each new one with its draw."""
    from generator.data.text import visible

    tokens, steps = traced["tokens"], traced["steps"]
    yield (f"{traced['prompt']}, through {traced['model']}: {len(tokens)} tokens, {len(steps)} new")
    yield ""
    for token in tokens:
        yield f"{'':6}{token['id']:>6}  {visible(token['text'])}"
    for number, step in enumerate(steps, start=1):
        low, high = step["interval"]
        yield ""
        yield (
            f"{number:>4}  {step['choice']:>6}  {visible(step['text'])}  "
            f"{step['prob']:.2%}, rank {step['rank'] + 1}, "
            f"draw {step['draw']:.4f} in [{low:.4f}, {high:.4f})"
        )
        likeliest = step["candidates"][:_CANDIDATES_SHOWN]
        shown = "  ".join(f"{visible(each['text'])} {each['prob']:.2%}" for each in likeliest)
        yield f"{'':14}{shown}"
    yield ""
    yield visible(traced["text"])
