"""A checkpoint's tensors, each of which is taken once, in the shape that it should have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from generator.errors import ModelError

_WEIGHTS = (torch.bfloat16, torch.float16, torch.float32, torch.float64)
_FIRST = 5  # names that an error tells
_HINT = "the weights and what the checkpoint says of them do not belong together."


class Tensors:
    """The tensors of a checkpoint by name. Raises ModelError, which names tensor, expected and
    found."""

    def __init__(
        self, given: Mapping[str, Tensor], file: Path, called: Mapping[str, str] | None = None
    ) -> None:
        self._left = dict(given)
        self._called = called or {}  # what the file calls those that we call otherwise
        self._file = file
        self._count = len(given)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def without(self, prefix: str) -> Tensors:
        """The same tensors, without a prefix of their names, which some have."""
        found: dict[str, Tensor] = {}
        called: dict[str, str] = {}
        for name, tensor in self._left.items():
            short = name.removeprefix(prefix)
            if short in found:
                raise self.error(f"there are two tensors {short}, one with {prefix!r} before it")
            found[short], called[short] = tensor, name
        return Tensors(found, self._file, called)

    def take(self, name: str, *shape: int) -> Tensor:
        """A weight, of a type that is made for weights, and finite."""
        tensor = self._take(name, shape)
        if tensor.dtype not in _WEIGHTS:
            known = ", ".join(str(kind).removeprefix("torch.") for kind in _WEIGHTS)
            kind = str(tensor.dtype).removeprefix("torch.")
            raise self.error(f"{self._full(name)} is of type {kind}, expected is one of {known}")
        wrong = ~torch.isfinite(tensor)
        if wrong.any():
            first = torch.nonzero(wrong)[0].tolist()
            raise self.error(
                f"{self._full(name)} holds values that are not finite: {int(wrong.sum())} of "
                f"{tensor.numel()}, the first at {first}, expected are numbers",
                hint="the training diverged, or the file is damaged.",
            )
        return tensor

    def take_same(self, name: str, other: Tensor, called: str) -> None:
        """Take a tensor that is there for a second time, if it is."""
        if name in self and not torch.equal(self.take(name, *other.shape), other):
            raise self.error(
                f"{self._full(name)} differs from {called}, and expected is that they are tied",
                hint="a head of its own is not what the checkpoint says that it has.",
            )

    def drop_mask(self, name: str, n_ctx: int) -> None:
        """Drop a buffer, if it is there, that says who sees whom: the causal mask, batch first."""
        if name in self:
            self._check_mask(name, (1, 1, n_ctx, n_ctx))

    def need_mask(self, name: str, n_ctx: int) -> None:
        """Drop such a buffer, which has to be there, and has no batch."""
        self._check_mask(name, (n_ctx, n_ctx))

    def _check_mask(self, name: str, shape: tuple[int, ...]) -> None:
        mask = self._take(name, shape)
        if mask.dtype not in (*_WEIGHTS, torch.bool, torch.uint8):
            raise self.error(f"{self._full(name)} is of type {mask.dtype}, expected is a mask")
        if not torch.equal(mask, torch.ones(shape, dtype=mask.dtype).tril()):
            raise self.error(
                f"{self._full(name)} is another mask than the causal one, which is expected"
            )

    def take_buffer(self, name: str, *shape: int) -> Tensor | None:
        """A buffer that old files have and the caller looks at, None where it is not there."""
        return self.take(name, *shape) if name in self else None

    def finish(self) -> None:
        """Refuse what nobody took."""
        if self._left:
            told = [
                f"{self._full(name)} {list(tensor.shape)}"
                for name, tensor in sorted(self._left.items())
            ]
            more = f" and {len(told) - _FIRST} more" if len(told) > _FIRST else ""
            raise self.error(
                f"the checkpoint holds tensors that the model has no place for: "
                f"{', '.join(told[:_FIRST])}{more}"
            )

    def _take(self, name: str, shape: tuple[int, ...]) -> Tensor:
        if name not in self._left:
            others = ", ".join(sorted(self._left)[:_FIRST]) or "none"
            raise self.error(
                f"the tensor {name} is missing, expected with shape {list(shape)}; of "
                f"{self._count} tensors, those not yet used are {others}"
                + (" and others" if len(self._left) > _FIRST else "")
            )
        tensor = self._left.pop(name)
        if tuple(tensor.shape) != shape:
            raise self.error(
                f"{self._full(name)} has shape {list(tensor.shape)}, expected is {list(shape)}"
            )
        return tensor

    def _full(self, name: str) -> str:
        return self._called.get(name, name)

    def error(self, message: str, *, hint: str = _HINT) -> ModelError:
        return ModelError(message, file=self._file, hint=hint)
