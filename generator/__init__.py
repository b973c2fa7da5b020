"""glasspage: explainer articles about language models, every number computed from a checkpoint."""

__version__ = "0.1.0"
