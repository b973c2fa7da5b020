"""What models a project has."""

from __future__ import annotations

from typing import Any

from generator.project.project import Project


def inventory(project: Project) -> list[dict[str, Any]]:
    """Each model's name, title, summary, number of parameters, held-out loss (nats a token), what
    it is measured against, and the prompts that use it; what training has not given is None."""
    prompts = project.prompts if project.has_prompts else []
    models = []
    for name in project.models:
        card = project.card(name)
        trained = card.trained
        metrics = None if trained is None else trained.metrics
        models.append(
            {
                "name": name,
                "title": card.title,
                "summary": card.summary,
                "parameters": None if trained is None else trained.parameters,
                "held_out_loss": None if metrics is None else metrics.held_out_loss,
                "baseline": metrics and metrics.baseline and metrics.baseline.model_dump(),
                "prompts": [named.name for named in prompts if named.model == name],
            }
        )
    return models
