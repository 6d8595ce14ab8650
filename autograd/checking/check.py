"""The gradient check."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograd.checking import consistency
from autograd.checking.arrays import NUMBER_TYPES, inexact_arrays, is_inexact, quiet
from autograd.checking.blame import Blame, blame, error_text
from autograd.checking.differences import Sweep, quick, sweep
from autograd.checking.flattened import Flattened, is_nested
from autograd.checking.report import Check
from autograd.checking.search import Search, SearchOptions, random_direction
from autograd.checking.subject import EPS, InputElement, Subject
from autograd.checking.verdicts import Comparison, Verdict
from autograd.functional.transforms import jvp


def gradcheck(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 1,
    fast: bool = False,
    rtol: float = 1e-7,
    directions: int = 5,
    allow_kinks: bool = False,
    keep_dtype: bool = False,
    seed: int = 0,
) -> Check:
    """Compare the gradients of f at these inputs with differences, and say what was found.

    >>> print(gradcheck(np.sin, np.array([0.5, 1.0])))
    agree: 2 slopes of order 1, the largest relative error 6.9e-14

    f           a function of arrays. It is called with arrays, so that NumPy is judged, and with Tensors. It may return
                several arrays, in a nested list, tuple or dict. What is compared is the gradient of their sum with
                random weights, unless f returns a single number.
    inputs      arrays, Tensors or numbers, or lists, tuples and dicts of them. Floats and complex numbers are moved;
                all else is constant.
    order       2 checks the gradient's gradient, too, and so on.
    fast        move all numbers at once, in random `directions`, instead of each by itself.
    rtol        the relative error that is let pass, besides what rounding makes uncertain.
    allow_kinks where the slopes on both sides differ, accept a gradient that lies between them.
    keep_dtype  move float32 inputs as they are, instead of as float64.

    Of a complex input both parts are moved; the gradient is dL/d(real) + i dL/d(imag), PyTorch's convention.
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"gradcheck was given order={order}; it takes 1 for the gradient, 2 for the gradient's, ...")
    if any(map(is_nested, inputs)):
        f = Flattened(f, inputs)
        inputs = tuple(f.inputs)
    options = SearchOptions(rtol, fast, directions, allow_kinks, seed)
    with quiet():
        subject = Subject(f, inputs, seed, keep_dtype)
        return examined(subject, order, options)


def assert_gradients(f: Callable[..., Any], *inputs: Any, **options: Any) -> None:
    """Raise an AssertionError with the whole report, unless the gradients of f agree. Takes what `gradcheck` takes."""
    __tracebackhide__ = True
    check = gradcheck(f, *inputs, **options)
    if not check:
        raise AssertionError(str(check)) from check.error


def examined(subject: Subject, order: int, options: SearchOptions) -> Check:
    if reason := consistency.of_values(subject):
        return Check(Verdict.WRONG, reason)
    searches: list[Search] = []
    notes = [
        f"input {k} is a number beside arrays, and was held constant; give it as an array to check it, too"
        for k, x in enumerate(subject.given)
        if k not in subject.moved and is_inexact(x, NUMBER_TYPES)
    ]
    if reason := not_finite(subject):
        return Check(Verdict.NOISE, reason)
    for n in range(1, order + 1):
        try:
            gradients = subject.gradients(subject.inputs, n)
            reason, error = consistency.of_gradients(subject, gradients, n), None
        except Exception as raised:  # whatever a rule may raise
            reason, error = f"the gradient of order {n} cannot be computed: {error_text(raised)}", raised
        if reason:
            culprits = blame(subject, n, Verdict.WRONG, options)
            return Check(Verdict.WRONG, reason, n, blame=culprits, error=error)
        search = Search(subject, n, options, gradients, skip=searches[-1].kinks if searches else frozenset()).run()
        searches.append(search)
        if search.worst is not None:
            return with_evidence(search, search.worst, search.element)
        if n == 1 and (reason := consistency.of_scale(subject, gradients)):
            return Check(Verdict.WRONG, reason, n, blame=blame(subject, n, Verdict.WRONG, options))
        if search.has_kinks and options.fast:
            notes.append("kinks lie on the random directions, so nothing was checked beyond the gradient itself")
            break
        if n == 1 and (found := of_jvp(search, notes)) is not None:
            return found
    return agreement(searches, notes)


def not_finite(subject: Subject) -> str:
    """Which output is not finite, where there is anything to move."""
    if not any(subject.inputs[k].size for k in subject.moved):
        return ""
    for k, y in enumerate(subject.outputs):
        if not np.isfinite(y).all():
            index = tuple(map(int, np.argwhere(~np.isfinite(y))[0]))
            at = f" at index {index}" if index else ""
            return f"the function is not finite at its inputs: output {k} is {y[index]}{at}, and so has no slope there"
    return ""


def of_jvp(search: Search, notes: list[str]) -> Check | None:
    """Compare the derivative along a direction, by ag.jvp, with differences along it. None if they agree."""
    subject = search.subject
    if not len(search.analytic):
        return None
    v = random_direction(len(search.analytic), np.random.default_rng(search.options.seed + 2))
    v[list(search.kinks)] = 0

    def f(*xs: Any) -> Any:
        moved = dict(zip(subject.moved, xs, strict=True))
        return subject.f(*(moved.get(k, x) for k, x in enumerate(subject.given)))

    try:
        _, tangents = jvp(f, [subject.inputs[k] for k in subject.moved], subject.unflat(v))
    except TypeError as error:  # a rule that cannot run on Tensors, which only the second order needs
        notes.append(f"ag.jvp was not checked: {error}")
        return None
    except Exception as error:  # whatever a rule may raise
        return Check(Verdict.WRONG, f"ag.jvp cannot be computed: {error_text(error)}", error=error)
    terms = zip(inexact_arrays(tangents), subject.weights_of(1), strict=True)
    analytic = sum(float(np.real(np.sum(tangent * c))) for tangent, c in terms)
    spot = search.along(v)._replace(analytic=analytic)
    if search.is_settled(analytic, quick(spot.line), math.nan):
        return None
    finding = search.judged(spot)
    if finding.verdict == Verdict.AGREE:
        return None
    is_kink = finding.verdict == Verdict.KINK and math.isfinite(finding.left) and math.isfinite(finding.right)
    if not (finding.verdict == Verdict.WRONG or is_kink) or (finding.is_between and search.options.allow_kinks):
        notes.append(f"ag.jvp was not checked: {finding.reason}")
        return None
    return with_evidence(
        search, replace(finding, reason=f"along a random direction, by ag.jvp: {finding.reason}"), None
    )


def agreement(searches: list[Search], notes: list[str]) -> Check:
    """The check of gradients that agree, with the evidence of the number for which they agree least."""
    count = sum(search.count for search in searches)
    if kinks := len(searches[0].kinks):
        notes = [*notes, f"at {kinks} kinks the gradient lies between the slopes on both sides"]
    widest = max(searches, key=lambda search: search.closest.error)
    closest = widest.closest
    spot = closest.spot

    def take_sweep() -> Sweep | None:
        with quiet():
            return sweep(spot.line) if spot else None

    element = widest.element_of(spot) if spot else None
    return Check(
        Verdict.AGREE, order=searches[-1].order, analytic=closest.analytic, numeric=closest.numeric, count=count,
        largest=max(closest.error, 0.0), notes=tuple(notes), take_sweep=take_sweep,
        **of_element(widest.subject, element),
    )  # fmt: skip


def with_evidence(search: Search, finding: Comparison, element: InputElement | None) -> Check:
    """The check of gradients that do not agree."""
    culprits: tuple[Blame, ...] = ()
    if finding.verdict in (Verdict.WRONG, Verdict.KINK) and "ag.jvp" not in finding.reason:
        culprits = blame(search.subject, search.order, finding.verdict, search.options)
    reason = finding.reason
    if finding.verdict == Verdict.WRONG and element:
        gradient = search.gradients[search.subject.moved.index(element.input)]
        reason += "" if gradient.any() else "; no gradient arrives at this input at all"
    if finding.verdict == Verdict.NOISE and search.subject.eps > EPS:
        reason += "; a call in it computes in less than float64"
    return Check(
        finding.verdict, reason, search.order, analytic=finding.analytic, numeric=finding.numeric,
        uncertainty=finding.uncertainty, left=finding.left, right=finding.right, step=finding.step, blame=culprits,
        count=search.count, take_sweep=lambda: finding.sweep, **of_element(search.subject, element),
    )  # fmt: skip


def of_element(subject: Subject, element: InputElement | None) -> dict[str, Any]:
    if element is None:
        return {}
    is_complex = subject.inputs[element.input].dtype.kind == "c"
    part = "" if not is_complex else "imaginary" if element.unit == 1j else "real"
    return {
        "is_weighted": not subject.is_scalar,
        "input": element.input,
        "name": subject.name(element.input),
        "index": element.where,
        "part": part,
    }
