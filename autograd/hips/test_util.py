"""autograd.test_util: check_grads, by differences in a random direction. `ag.gradcheck` tells more of what it finds."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from ._derivatives import make_jvp, make_vjp
from ._vspaces import vspace
from .wrap_util import get_name, unary_to_nary

Function = Callable[..., Any]

TOL = EPS = 1e-6  # relative and absolute; the width of a central difference


def scalar_close(a: Any, b: Any) -> bool:
    return bool(abs(a - b) < TOL or abs(a - b) < TOL * abs(a + b))


def make_numerical_jvp(f: Function, x: Any) -> Function:
    """v -> (f(x + v h / 2) - f(x - v h / 2)) / h."""
    space, of_y = vspace(x), vspace(f(x))

    def along(v: Any) -> Any:
        ahead, behind = (f(space.add(x, space.scalar_mul(v, h))) for h in (EPS / 2, -EPS / 2))
        return of_y.scalar_mul(of_y.add(ahead, of_y.scalar_mul(behind, -1.0)), 1 / EPS)

    return along


def check_equivalent(x: Any, y: Any) -> None:
    space = vspace(x)
    assert space == vspace(y), f"{x} is of {space}, {y} of {vspace(y)}"
    v = space.randn()
    assert scalar_close(space.inner_prod(v, x), space.inner_prod(v, y)), f"{x} differs from {y}"


def check_jvp(f: Function, x: Any) -> None:
    v = vspace(x).randn()
    check_equivalent(make_jvp(f, x)(v)[1], make_numerical_jvp(f, x)(v))


def check_vjp(f: Function, x: Any) -> None:
    vjp, y = make_vjp(f, x)
    space, of_y = vspace(x), vspace(y)
    v, g = space.randn(), of_y.randn()
    gx = space.covector(vjp(of_y.covector(g)))
    assert vspace(gx) == space, f"the gradient of {get_name(f)} is of {vspace(gx)}, its argument of {space}"
    exact, numeric = space.inner_prod(v, gx), of_y.inner_prod(g, make_numerical_jvp(f, x)(v))
    assert scalar_close(exact, numeric), (
        f"Derivative (VJP) check of {get_name(f)} failed with arg {x}:\nanalytic: {exact}\nnumeric:  {numeric}"
    )


@unary_to_nary
def check_grads(f: Function, x: Any, modes: Sequence[str] = ("fwd", "rev"), order: int = 2) -> None:
    """Compare the derivatives of f with differences, forward ("fwd") and backward ("rev"), up to an order."""
    for mode in modes:
        check, name = {"fwd": (check_jvp, "jvp"), "rev": (check_vjp, "vjp")}[mode]
        check(f, x)
        if order > 1:
            along, v = (
                (lambda x, v: make_jvp(f, x)(v)[1], vspace(x).randn())
                if mode == "fwd"
                else (lambda x, g: make_vjp(f, x)[0](g), vspace(f(x)).randn())
            )
            along.__name__ = f"{name}_{get_name(f)}"
            check_grads(along, (0, 1), modes, order - 1)(x, v)


def combo_check(fun: Function, *check_args: Any, **check_kwargs: Any) -> Function:
    """check_grads for each combination of the arguments given, each argument a list of values."""

    def check(*args: Any, **kwargs: Any) -> None:
        for values in product(*args):
            for options in product(*kwargs.values()):
                check_grads(fun, *check_args, **check_kwargs)(*values, **dict(zip(kwargs, options, strict=True)))

    return check
