"""The forward pass and the sampling again, independently of `generator.model`, without torch."""
