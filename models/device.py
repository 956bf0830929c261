"""Where training runs and in which precision: a GPU where there is one; bf16 where the device is faster in it."""

import torch
from torch import Tensor

from groundswell.clock import stopwatch


def device() -> torch.device:
    """Return the GPU if torch sees one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(on: torch.device, bf16: bool) -> torch.autocast:
    """Return a context in which products are taken in bf16, or in fp32."""
    return torch.autocast(on.type, torch.bfloat16, enabled=bf16)


def is_bf16_faster(on: torch.device) -> bool:
    """Whether products are faster in bf16 than in fp32, by trying.

    A CPU without bf16 instructions emulates them: 10 to 20 times slower than fp32 where this was first trained.
    """
    if on.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    sample = torch.ones(1024, 384)
    return _seconds(sample.bfloat16()) < _seconds(sample)


def _seconds(sample: Tensor) -> float:
    """Time products as large as a layer's; the shortest of five, after one to warm up."""
    other = sample.t().contiguous()
    took = []
    for _ in range(6):
        began = stopwatch()
        torch.mm(sample, other)
        took.append(stopwatch() - began)
    return min(took[1:])
