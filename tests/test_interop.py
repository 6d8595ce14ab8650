"""Tensors beside the types of other libraries: what comes out of every pair, with the gradient where there is one.

(The rule by small types: test_engine_foreign.py. Arrays of JAX, PyTorch and CuPy are stood for there.)
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd as ag

X, NUMBERS = np.array([0.5, 1.0, 2.0]), np.array([3.0, 2.0, 4.0])


def leaf() -> ag.Tensor:
    return ag.Tensor(X, requires_grad=True)


# -- one of each type, holding NUMBERS; made in the tests, so that only those who run them import it -------------------


def series() -> Any:
    import pandas as pd

    return pd.Series(NUMBERS, index=["a", "b", "c"])


def frame() -> Any:
    import pandas as pd

    return pd.DataFrame([NUMBERS] * 3, index=["a", "b", "c"])


def data_array() -> Any:
    import xarray as xr

    return xr.DataArray(NUMBERS, dims="x", coords={"x": [10, 20, 30]})


def data_set() -> Any:
    return data_array().to_dataset(name="y")


def of_pint() -> Any:
    import pint

    return pint.get_application_registry().Quantity(NUMBERS, "m")


def of_astropy() -> Any:
    from astropy import units

    return NUMBERS * units.km


def of_unyt() -> Any:
    import unyt

    return unyt.unyt_array(NUMBERS, "km")


def of_dask() -> Any:
    import dask.array as da

    return da.from_array(NUMBERS, chunks=2)


def sparse_matrix() -> Any:
    from scipy import sparse

    return sparse.csr_array(np.diag(NUMBERS))


def of_ml_dtypes() -> Any:
    import ml_dtypes

    return NUMBERS.astype(ml_dtypes.bfloat16)


@pytest.fixture
def chunks_may_be_tensors() -> Iterator[None]:
    """What the refusal of a dask array says to do. It holds for the whole process, so it is taken back."""
    from dask.array import chunk_types

    chunk_types.register_chunk_type(ag.Tensor)
    yield
    chunk_types._HANDLED_CHUNK_TYPES.remove(ag.Tensor)


# -- the table ---------------------------------------------------------------------------------------------------------

MAKERS: dict[str, Callable[[], Any]] = {
    "np.ndarray": lambda: NUMBERS, "list": NUMBERS.tolist, "float": lambda: 3.0, "np.float32": lambda: np.float32(3),
    "np.memmap": lambda: NUMBERS.view(np.memmap), "np.matrix": lambda: np.diag(NUMBERS).view(np.matrix),
    "np.ma.MaskedArray": lambda: np.ma.array(NUMBERS, mask=NUMBERS > 3), "bfloat16": of_ml_dtypes,
    "pandas.Series": series, "pandas.DataFrame": frame, "pandas.Index": lambda: series().set_axis(NUMBERS).index,
    "pandas.FloatingArray": lambda: series().astype("Float64").array,
    "xarray.DataArray": data_array, "xarray.Variable": lambda: data_array().variable, "xarray.Dataset": data_set,
    "pint.Quantity": of_pint, "pint.Unit": lambda: of_pint().units, "astropy.Quantity": of_astropy,
    "astropy.Unit": lambda: of_astropy().unit, "unyt.unyt_array": of_unyt, "unyt.Unit": lambda: of_unyt().units,
    "dask.Array": of_dask, "scipy.csr_array": sparse_matrix,
}  # fmt: skip

CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "*": operator.mul, "/": operator.truediv, "@": operator.matmul, "<": operator.lt, "multiply": np.multiply,
    "arctan2": np.arctan2, "dot": np.dot, "stack": lambda a, b: np.stack([a, b]),
}  # fmt: skip
# What comes out of a Tensor and a value of the type, on either side the same: its type, or - if it is refused. Where
# the sides differ: with the Tensor on the left, / with it on the right.
WITH_GRAPH = """
                         *          /           @         <          multiply   arctan2    dot       stack
    np.ndarray           Tensor     Tensor      Tensor    Tensor     Tensor     Tensor     Tensor    Tensor
    np.memmap            Tensor     Tensor      Tensor    Tensor     Tensor     Tensor     Tensor    Tensor
    np.matrix            -          -           -         -          -          -          -         -
    np.ma.MaskedArray    -          -           -         -          -          -          -         -
    bfloat16             Tensor     Tensor      Tensor    Tensor     Tensor     Tensor     Tensor    Tensor
    list                 Tensor     Tensor      Tensor    Tensor     Tensor     Tensor     Tensor    Tensor
    float                Tensor     Tensor      -         Tensor     Tensor     Tensor     Tensor    -
    np.float32           Tensor     Tensor      -         Tensor     Tensor     Tensor     Tensor    -
    pandas.Series        -          -           -         Series     -          -          -         -
    pandas.DataFrame     -          -           -         -          -          -          -         -
    pandas.Index         -          -           -         Tensor     -          -          -         -
    pandas.FloatingArray -          -           -         -          -          -          -         -
    xarray.DataArray     DataArray  DataArray   -         DataArray  DataArray  DataArray  -         -
    xarray.Variable      Variable   Variable    -         Variable   Variable   Variable   -         -
    xarray.Dataset       Dataset    Dataset     -         Dataset    Dataset    Dataset    -         -
    pint.Quantity        Quantity   Quantity    Quantity  -          Quantity   -          Quantity  -
    pint.Unit            Quantity   -/Quantity  -         -          Quantity   -          -         -
    astropy.Quantity     -          -           -         -          -          -          -         -
    astropy.Unit         -          -           -         -          -          -          -         -
    unyt.unyt_array      -          -           -         -          -          -          -         -
    unyt.Unit            -          -           -         -          -          -          -         -
    dask.Array           -          -           -         -          -          -          -         -
    dask.Array, told     Array      Array       Array     Array      Array      Array      Array     Array
    scipy.csr_array      -          -           Tensor    -          -          -          -         -
"""
# A Tensor without a graph is what could as well be an array; rows that are not here are as above.
CONSTANT = """
                         *              /              @        <              multiply   arctan2    dot      stack
    np.ma.MaskedArray    -/MaskedArray  -/MaskedArray  -        -/MaskedArray  -          -          -        -
    pandas.Series        Series         Series         float64  Series         Series     -          -        -
    pandas.DataFrame     DataFrame      DataFrame      Series   DataFrame      DataFrame  -          -        -
    pandas.Index         Index          Index          -        Tensor         Index      Index      -        -
    pandas.FloatingArray FloatingArray  FloatingArray  -        BooleanArray   -          -          -        -
    unyt.Unit            -/unyt_array   -              -        -              -          -          -        -
    scipy.csr_array      coo_array      -              Tensor   -              -          -          -        -
"""


def rows(table: str) -> dict[str, list[str]]:
    lines = [line for line in table.splitlines()[2:] if line]
    return {line[4:25].strip(): line[25:].split() for line in lines}


TABLES = {True: rows(WITH_GRAPH), False: rows(WITH_GRAPH) | rows(CONSTANT)}


def tensor_in(y: Any) -> Any:
    """The Tensor that something holds; None if it holds an array."""
    if type(y).__name__ == "Dataset":
        y = y["y"]
    y = y.compute() if hasattr(y, "dask") else getattr(y, "magnitude", y)
    y = y.data if hasattr(y, "dims") else y
    return y if isinstance(y, ag.Tensor) else None


def numbers_of(other: Any) -> Any:
    if type(other).__name__ == "Unit":
        return 1.0
    return other.toarray() if hasattr(other, "toarray") else other if isinstance(other, float | np.float32) else NUMBERS


def check_pair(call: Callable[[Any, Any], Any], make: Callable[[], Any], expected: str, has_graph: bool) -> None:
    left, _, right = expected.partition("/")
    for wanted, is_left in ((left, True), (right or left, False)):
        t, other = ag.Tensor(X, requires_grad=has_graph), make()
        operands = (t, other) if is_left else (other, t)
        if wanted == "-":
            with pytest.raises((TypeError, ValueError)):
                call(*operands)
            continue
        y = call(*operands)
        assert type(y).__name__ == wanted
        if has_graph and call is not operator.lt:
            check_gradient(call, y, t, other, is_left)


def check_gradient(call: Callable[[Any, Any], Any], y: Any, t: ag.Tensor, other: Any, is_left: bool) -> None:
    """The gradient through what came out is that beside a plain array."""
    numbers = numbers_of(other)
    (found,) = ag.grads(np.sum(tensor_in(y)), [t])
    expected = ag.grad(lambda x: np.sum(call(x, numbers) if is_left else call(numbers, x)))(X)
    np.testing.assert_allclose(found.data, expected, rtol=1e-12)


@pytest.mark.parametrize("has_graph", [True, False], ids=["graph", "constant"])
@pytest.mark.parametrize("name", TABLES[True])
def test_every_pair(name: str, has_graph: bool, request: pytest.FixtureRequest) -> None:
    kind, _, told = name.partition(", ")
    if told:
        request.getfixturevalue("chunks_may_be_tensors")
    for call, expected in zip(CALLS.values(), TABLES[has_graph][name], strict=True):
        check_pair(call, MAKERS[kind], expected, has_graph)


def test_the_table_is_whole() -> None:
    assert {name.partition(",")[0] for name in TABLES[True]} == set(MAKERS)
    assert all(len(row) == len(CALLS) for table in TABLES.values() for row in table.values())


# -- refusals ----------------------------------------------------------------------------------------------------------

OUT = {
    "pandas.Series": "to_numpy()", "pandas.DataFrame": "to_numpy()", "pandas.Index": "to_numpy()",
    "astropy.Quantity": "x.to_value(unit)", "unyt.unyt_array": "x.to_value(unit)",
    "dask.Array": "dask.array.register_chunk_type(ag.Tensor)", "np.ma.MaskedArray": "x.filled(value)",
    "np.matrix": "np.asarray(x)",
}  # fmt: skip


@pytest.mark.parametrize("name", OUT)
def test_a_refusal_says_what_to_pass(name: str) -> None:
    for call in (operator.mul, np.multiply, np.dot):
        with pytest.raises(TypeError) as caught:
            call(leaf(), MAKERS[name]())
        assert OUT[name] in str(caught.value)
    if name not in ("np.ma.MaskedArray", "unyt.unyt_array"):  # which convert a Tensor first
        with pytest.raises(TypeError) as caught:
            MAKERS[name]() * leaf()
        assert OUT[name] in str(caught.value)


@pytest.mark.parametrize("name", ["scipy.csr_array", "xarray.DataArray", "pint.Quantity", "pandas.Series"])
def test_functions_that_nobody_answers_say_what_to_pass(name: str) -> None:
    ways = {"scipy": r"x\.toarray\(\)", "xarray": r"x\.data", "pint": r"x\.m_as\(unit\)", "pandas": r"x\.to_numpy\(\)"}
    with pytest.raises(TypeError, match=rf"was given an? {name} beside a Tensor.*pass {ways[name.partition('.')[0]]}"):
        leaf().at[0].set(MAKERS[name]())


def test_what_a_tensor_is_made_of() -> None:
    for name in (
        "pandas.Series",
        "pandas.Index",
        "pandas.FloatingArray",
        "xarray.DataArray",
        "dask.Array",
        "np.memmap",
    ):
        np.testing.assert_array_equal(ag.Tensor(MAKERS[name]()).data, NUMBERS)
    for name in ("pint.Quantity", "astropy.Quantity", "unyt.unyt_array"):
        quantity = MAKERS[name]()
        for data in (quantity, quantity[0], [quantity, quantity], list(quantity)):
            with pytest.raises(TypeError, match=r"whose unit it would lose; pass numbers: x\.(to_value|m_as)\(unit\)"):
                ag.Tensor(data)
    for name in ("scipy.csr_array", "pint.Unit", "astropy.Unit", "unyt.Unit", "bfloat16"):
        with pytest.raises(TypeError, match=r"Tensor was given data of dtype (object|bfloat16), and expects numbers"):
            ag.Tensor(MAKERS[name]())


def test_a_number_is_not_added_to_a_length() -> None:
    for name in ("pint.Quantity", "astropy.Quantity", "unyt.unyt_array"):
        length = MAKERS[name]()
        for has_graph in (True, False):
            t = ag.Tensor(X, requires_grad=has_graph)
            for add in (operator.add, np.add):
                for pair in ((t, length), (length, t)):
                    with pytest.raises(Exception, match=r"unit|dimensionless"):
                        add(*pair)
        t = ag.Tensor(X)
        with ag.no_grad(), pytest.raises(TypeError, match=r"add was given|operation on a Tensor was given"):
            t += length


# -- what works --------------------------------------------------------------------------------------------------------


def check_gradients(f: Callable[[Any], Any], x: Any, order: int = 1) -> None:
    """f of a Tensor gives a Tensor; its derivatives are right, and of a sum of squares not constant."""
    ag.assert_gradients(lambda x: np.sum(np.square(np.nan_to_num(f(x)))), x, order=order)


def test_labels_stay() -> None:
    """A Series on either side gives the same; a Tensor that requires a gradient is refused on both."""
    labelled, t = series(), ag.Tensor(X)
    for y, expected in (
        (t * labelled, X * NUMBERS), (labelled * t, X * NUMBERS), (t - labelled, X - NUMBERS),
        (labelled - t, NUMBERS - X), (np.add(t, labelled), X + NUMBERS), (t < labelled, X < NUMBERS),
    ):  # fmt: skip
        assert list(y.index) == ["a", "b", "c"]
        np.testing.assert_array_equal(y.to_numpy(), expected)
    y = t * data_array() - data_array() / t
    assert (y.dims, list(y.coords["x"].values)) == (("x",), [10, 20, 30])


def test_a_gradient_through_a_data_array() -> None:
    """It was 0 when the product was a bare Tensor, whose `.data` is an array."""
    labelled = data_array()
    assert ag.grad(lambda x: np.sum((x * labelled).data))(2.0) == NUMBERS.sum()
    assert ag.grad(lambda x: np.sum((labelled * x).data))(2.0) == NUMBERS.sum()
    assert ag.grad(lambda x: np.sum(np.power(x, labelled).data))(1.0) == NUMBERS.sum()


TIMES = np.array([[0.3, 1.1, 2.2], [0.7, 1.6, 0.2], [2.4, 0.9, 1.3], [1.9, 0.4, 0.6]])
OF_XARRAY: dict[str, Callable[[Any], Any]] = {
    "mean": lambda d: d.mean("time"), "std": lambda d: d.std("x"), "max": lambda d: d.max("x"),
    "quantile": lambda d: d.quantile(0.3, "time"), "cumsum": lambda d: d.cumsum("time"),
    "diff": lambda d: d.diff("time"),
    "isel": lambda d: d.isel(time=slice(1, 3)), "sel": lambda d: d.sel(x=20), "where": lambda d: d.where(d > 1, 0),
    "shift": lambda d: d.shift(time=1), "roll": lambda d: d.roll(time=1), "coarsen": lambda d: d.coarsen(time=2).mean(),
    "rolling": lambda d: d.rolling(time=2).mean(), "pad": lambda d: d.pad(time=1, constant_values=0),
    "stack": lambda d: d.stack(z=("time", "x")), "transpose": lambda d: d.transpose("x", "time"),
    "products": lambda d: d * d.isel(time=0) + np.exp(d), "align": lambda d: d + d.isel(x=slice(1, 3)),
    "integrate": lambda d: d.integrate("x"), "differentiate": lambda d: d.differentiate("x"),
    "sortby": lambda d: d.sortby("x", ascending=False), "copy": lambda d: d.copy(deep=True) * d,
    "dataset": lambda d: d.to_dataset(name="y").mean("time")["y"], "clip": lambda d: d.clip(0.5, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_XARRAY)
def test_xarray(name: str) -> None:
    import xarray as xr

    def f(x: Any) -> Any:
        labelled = xr.DataArray(x, dims=("time", "x"), coords={"time": np.arange(4), "x": [10, 20, 30]})
        return OF_XARRAY[name](labelled).data

    check_gradients(f, TIMES, order=2 if name == "products" else 1)


def test_xarray_groups_and_joins() -> None:
    import xarray as xr

    def f(x: Any) -> Any:
        labelled = xr.DataArray(x, dims=("time", "x"), coords={"year": ("time", [1, 1, 2, 2])})
        waves = xr.apply_ufunc(np.sin, labelled).groupby("year").sum()
        return xr.concat([labelled.groupby("year").mean(), waves], "year").data

    check_gradients(f, TIMES)


def test_pint() -> None:
    import pint

    units = pint.get_application_registry()

    def energy(x: Any) -> Any:
        speed = units.Quantity(x, "km/h")
        mass = ag.Tensor(NUMBERS) * units.kg
        return np.sum((mass * speed * speed / 2).to("J")).magnitude + (x * (2 * units.m)).m_as("cm")[0]

    check_gradients(energy, X, order=2)
    with pytest.raises(pint.DimensionalityError):
        units.Quantity(leaf(), "m") + units.Quantity(leaf(), "s")


def test_a_deep_copy_of_what_holds_a_tensor_stays_in_the_graph() -> None:
    """Of a leaf alone it is another leaf: what a library copies on the way would have gradient 0."""
    t = leaf()
    for held in (data_array().copy(data=t), of_pint().units * t, data_array().copy(data=t * 1.0)):
        (gx,) = ag.grads(np.sum(tensor_in(copy.deepcopy(held))), [t])
        np.testing.assert_array_equal(gx.data, np.ones(3))
    twin = copy.deepcopy([t, t])
    assert twin[0] is twin[1]
    assert (twin[0].requires_grad, twin[0].node is t.node) == (True, False)
    with pytest.raises(TypeError, match="graphs cannot be"):
        copy.deepcopy(t * 2)


def test_dask_chunks() -> None:
    import dask.array as da

    def f(x: Any) -> Any:
        chunks = da.from_array(x, chunks=2, asarray=False)
        return (chunks * chunks + da.exp(chunks)).map_blocks(np.sin).sum().compute(scheduler="synchronous")

    check_gradients(f, X)


@pytest.mark.usefixtures("chunks_may_be_tensors")
def test_dask_stays_lazy() -> None:
    lazy: list[Any] = []

    def f(x: Any) -> Any:
        lazy[:] = [of_dask() * x, x + of_dask(), np.maximum(x, of_dask())]
        assert all(hasattr(y, "dask") for y in lazy)
        return sum(y.sum() for y in lazy).compute(scheduler="synchronous")

    check_gradients(f, X)


def test_sympy_lambdify() -> None:
    import sympy

    x, y = sympy.symbols("x y")
    f = sympy.lambdify((x, y), sympy.sin(x) * sympy.exp(-y * x**2) + sympy.sqrt(y) / sympy.Max(x, y), "numpy")
    check_gradients(lambda x: f(x, NUMBERS), X, order=2)
    check_gradients(lambda x: f(NUMBERS, x), X)


# -- dtypes of others --------------------------------------------------------------------------------------------------


def test_bfloat16() -> None:
    """It is a number to compute with, and a gradient would be lost in it."""
    import ml_dtypes

    half, short = of_ml_dtypes(), ag.Tensor(X.astype(np.float32), requires_grad=True)
    for y in (short * half, half / short, short @ half, np.power(short, half)):
        assert (y.dtype, y.requires_grad) == (np.float32, True)
    for call in (
        lambda: short.astype(half.dtype), lambda: short.astype(ml_dtypes.float8_e4m3fn),
        lambda: short.astype(ml_dtypes.int4), lambda: np.astype(short, half.dtype),
        lambda: np.add(short, short, dtype=half.dtype), lambda: np.mean(short, dtype=half.dtype),
        lambda: np.concatenate([short, half], dtype=half.dtype),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=r"of a Tensor gives (bfloat16|float8_e4m3fn|int4), .* t\.detach\(\)"):
            call()
    with ag.no_grad():
        assert short.astype(half.dtype).dtype == half.dtype
    assert short.detach().astype(half.dtype).dtype == half.dtype
