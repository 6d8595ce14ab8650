"""Primitives and rules are traced through; one that can't be, as its code looks at values, is a single step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd._util.functions import name_of
from autograd.compiler.ir import replaced
from autograd.compiler.tracing.opaque_steps import OpaqueStep, PullbackStep
from autograd.compiler.tracing.random_numbers import TracedGenerator
from autograd.compiler.tracing.refusing import LengthError, of_parent
from autograd.compiler.tracing.traced import TracedArray, has_tensor, traced_in
from autograd.engine.graph import Node
from autograd.rules.duck_arrays import asarray
from autograd.rules.operation import Pullback

if TYPE_CHECKING:
    from autograd.compiler.tracing.tracer import Tracer


def traced_through(tracer: Tracer, compute: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """What a primitive returns. The Generators that it is given are traced, too."""

    def drawing(leaf: Any) -> Any:
        return tracer.stand_for(leaf, "rng") if type(leaf) is np.random.Generator else leaf

    given, named = replaced((tuple(args), dict(options)), drawing)
    if not (traced := traced_in((given, named))):
        return compute(*args, **options)
    mark, refused = len(tracer.ops), len(tracer.refused)
    before = [(t, t.state()) for t in traced if isinstance(t, TracedGenerator)]
    try:
        y = compute(*given, **named)
    except Exception as error:
        if not _may_be_opaque(tracer, error, refused):
            raise
    else:
        for call in tracer.ops[mark:]:
            call.part = name_of(compute)
        return y
    del tracer.ops[mark:], tracer.refused[refused:]
    for generator, state in before:
        generator.go_back(state)
    return tracer.call(OpaqueStep(compute), given, named, effect=bool(before))


def traced_pullback(tracer: Tracer, pullback: Pullback) -> Pullback:
    """What is called in place of the pullback of a node."""

    def traced(g: Any, saved: Any, node: Node) -> list[tuple[int, Any]]:
        if node.order < tracer.since:
            raise of_parent(g, node)
        mark, refused = len(tracer.ops), len(tracer.refused)
        try:
            pairs = list(pullback(g, saved, node))
        except Exception as error:
            if not _may_be_opaque(tracer, error, refused) or has_tensor((g, saved)):
                raise
            del tracer.ops[mark:], tracer.refused[refused:]
            step = PullbackStep(pullback, node)
            found = tracer.call(step, (g, saved, *node.options.values()), {})
            pairs = list(zip(step.indices, found, strict=True))
        return [(i, asarray(gx) if isinstance(gx, TracedArray) else gx) for i, gx in pairs]

    return traced


def _may_be_opaque(tracer: Tracer, error: Exception, refused: int) -> bool:
    """Whether a function failed because it was traced: it may have caught the refusal, and raised another error."""
    since = tracer.refused[refused:]
    return tracer.is_open and bool(since) and not isinstance(error, LengthError)
