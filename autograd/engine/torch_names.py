"""What a PyTorch user types and there is not: how it is written here.

A row is a name, a call of PyTorch's, and what gives the same here. Both are code: the tests run every row. In it t and
u are Tensors (2, 3), v (3,), i and j integers (2, 2) and (2,), mask is (2, 3) and x an array. A name that NumPy has, in
`t.transpose(0, 1)` and `t.repeat(2)`, means what it means in NumPy, so it is not here.
"""

from __future__ import annotations

import numpy as np

Row = tuple[str, str]

# -- methods of a Tensor, elementwise: each has an in-place one, too, with an underscore -------------------------------

SAME_IN_NUMPY = (
    "abs", "absolute", "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "asin", "asinh",
    "atan", "atanh", "ceil", "cos", "cosh", "deg2rad", "exp", "exp2", "expm1", "floor", "log", "log10", "log1p", "log2",
    "negative", "positive", "rad2deg", "reciprocal", "sign", "sin", "sinc", "sinh", "sqrt", "square", "tan", "tanh",
    "trunc",
)  # fmt: skip
SAME_OF_TWO = (
    "arctan2", "copysign", "divide", "floor_divide", "fmod", "greater", "greater_equal", "heaviside", "hypot", "less",
    "less_equal", "logical_and", "logical_or", "logical_xor", "multiply", "not_equal", "remainder", "subtract",
)  # fmt: skip
ELEMENTWISE: dict[str, Row] = {
    **{name: (f"t.{name}()", f"np.{name}(t)") for name in SAME_IN_NUMPY},
    **{name: (f"t.{name}(u)", f"np.{name}(t, u)") for name in SAME_OF_TWO},
    "add": ("t.add(u)", "t + u"),
    "addcmul": ("t.addcmul(u, v)", "t + u * v"),
    "atan2": ("t.atan2(u)", "np.arctan2(t, u)"),
    "clamp": ("t.clamp(-1, 1)", "np.clip(t, -1, 1)"),
    "clamp_max": ("t.clamp_max(1)", "np.minimum(t, 1)"),
    "clamp_min": ("t.clamp_min(0)", "np.maximum(t, 0)"),
    "div": ("t.div(u)", "t / u"),
    "eq": ("t.eq(u)", "t == u"),
    "erf": ("t.erf()", "scipy.special.erf(t)"),
    "frac": ("t.frac()", "t - np.trunc(t)"),
    "ge": ("t.ge(u)", "t >= u"),
    "gt": ("t.gt(u)", "t > u"),
    "le": ("t.le(u)", "t <= u"),
    "lerp": ("t.lerp(u, 0.5)", "t + 0.5 * (u - t)"),
    "logit": ("t.logit()", "np.log(t / (1 - t))"),
    "lt": ("t.lt(u)", "t < u"),
    "masked_fill": ("t.masked_fill(mask, 0.0)", "np.where(mask, 0.0, t)"),
    "mul": ("t.mul(u)", "t * u"),
    "nan_to_num": ("t.nan_to_num()", "np.nan_to_num(t)"),
    "ne": ("t.ne(u)", "t != u"),
    "neg": ("t.neg()", "-t"),
    "pow": ("t.pow(2)", "t**2"),
    "relu": ("t.relu()", "ag.nn.relu(t)"),
    "rsqrt": ("t.rsqrt()", "1 / np.sqrt(t)"),
    "sgn": ("t.sgn()", "np.sign(t)"),
    "sigmoid": ("t.sigmoid()", "ag.nn.sigmoid(t)"),
    "sub": ("t.sub(u)", "t - u"),
    "true_divide": ("t.true_divide(u)", "t / u"),
    "tril": ("t.tril()", "np.tril(t)"),
    "triu": ("t.triu()", "np.triu(t)"),
}

# -- the other methods -------------------------------------------------------------------------------------------------

OTHERS: dict[str, Row] = {
    # shapes
    "view": ("t.view(3, 2)", "t.reshape(3, 2)"),
    "view_as": ("t.view_as(u)", "t.reshape(u.shape)"),
    "reshape_as": ("t.reshape_as(u)", "t.reshape(u.shape)"),
    "unsqueeze": ("t.unsqueeze(1)", "np.expand_dims(t, 1)"),
    "permute": ("t.permute(1, 0)", "t.transpose(1, 0)"),
    "swapdims": ("t.swapdims(0, 1)", "t.swapaxes(0, 1)"),
    "movedim": ("t.movedim(0, 1)", "np.moveaxis(t, 0, 1)"),
    "moveaxis": ("t.moveaxis(0, 1)", "np.moveaxis(t, 0, 1)"),
    "t": ("t.t()", "t.T"),
    "adjoint": ("t.adjoint()", "t.mT.conj()"),
    "mH": ("t.mH", "t.mT.conj()"),
    "expand": ("v.expand(2, 3)", "np.broadcast_to(v, (2, 3))"),
    "expand_as": ("v.expand_as(t)", "np.broadcast_to(v, t.shape)"),
    "broadcast_to": ("v.broadcast_to((2, 3))", "np.broadcast_to(v, (2, 3))"),
    "tile": ("t.tile((2, 1))", "np.tile(t, (2, 1))"),
    "repeat_interleave": ("t.repeat_interleave(2, dim=1)", "t.repeat(2, axis=1)"),
    "unflatten": ("v.unflatten(0, (3, 1))", "v.reshape(3, 1)"),
    "chunk": ("t.chunk(3, dim=1)", "np.array_split(t, 3, axis=1)"),
    "split": ("t.split([1, 2], dim=1)", "np.split(t, [1], axis=1)"),
    "tensor_split": ("t.tensor_split(2, dim=1)", "np.array_split(t, 2, axis=1)"),
    "unbind": ("t.unbind()", "list(t)"),
    "unfold": ("v.unfold(0, 2, 1)", "np.stack([v[0:2], v[1:3]])"),
    "flip": ("t.flip(1)", "np.flip(t, 1)"),
    "fliplr": ("t.fliplr()", "np.fliplr(t)"),
    "flipud": ("t.flipud()", "np.flipud(t)"),
    "roll": ("t.roll(1, 1)", "np.roll(t, 1, 1)"),
    "rot90": ("t.rot90()", "np.rot90(t)"),
    "narrow": ("t.narrow(1, 0, 2)", "t[:, 0:2]"),
    "select": ("t.select(1, 2)", "t[:, 2]"),
    "diag": ("v.diag()", "np.diag(v)"),
    # copies, types, devices
    "clone": ("t.clone()", "t.copy()"),
    "contiguous": ("t.contiguous()", "t"),
    "cpu": ("t.cpu()", "t"),
    "cuda": ("t.cuda()", "t"),
    "to": ("t.to(torch.float32)", "t.astype(np.float32)"),
    "type": ("t.type(torch.float32)", "t.astype(np.float32)"),
    "type_as": ("t.type_as(u)", "t.astype(u.dtype)"),
    "bool": ("t.bool()", "t.astype(bool)"),
    "byte": ("u.byte()", "u.astype(np.uint8)"),
    "double": ("t.double()", "t.astype(np.float64)"),
    "float": ("t.float()", "t.astype(np.float32)"),
    "half": ("t.half()", "t.astype(np.float16)"),
    "int": ("t.int()", "t.astype(np.int32)"),
    "long": ("t.long()", "t.astype(np.int64)"),
    "short": ("t.short()", "t.astype(np.int16)"),
    # what it is
    "dim": ("t.dim()", "t.ndim"),
    "element_size": ("t.element_size()", "t.dtype.itemsize"),
    "is_floating_point": ("t.is_floating_point()", 't.dtype.kind == "f"'),
    "itemsize": ("t.itemsize", "t.dtype.itemsize"),
    "nbytes": ("t.nbytes", "t.data.nbytes"),
    "ndimension": ("t.ndimension()", "t.ndim"),
    "nelement": ("t.nelement()", "t.size"),
    "numel": ("t.numel()", "t.size"),
    "is_leaf": ("t.is_leaf", "not isinstance(t.node, ag.Node)"),
    # choosing and writing
    "gather": ("t.gather(1, i)", "np.take_along_axis(t, i, axis=1)"),
    "take_along_dim": ("t.take_along_dim(i, 1)", "np.take_along_axis(t, i, axis=1)"),
    "index_select": ("t.index_select(1, j)", "np.take(t, j, axis=1)"),
    "masked_select": ("t.masked_select(mask)", "t[mask]"),
    "where": ("t.where(mask, u)", "np.where(mask, t, u)"),
    "scatter": ("t.scatter(1, i, u)", "t.at[np.arange(len(t))[:, None], i].set(u[:, :2])"),
    "scatter_add": ("t.scatter_add(1, i, u)", "t.at[np.arange(len(t))[:, None], i].add(u[:, :2])"),
    "index_add": ("t.index_add(1, j, u[:, :2])", "t.at[:, j].add(u[:, :2])"),
    "index_copy": ("t.index_copy(1, j, u[:, :2])", "t.at[:, j].set(u[:, :2])"),
    "index_fill": ("t.index_fill(1, j, 0.0)", "t.at[:, j].set(0.0)"),
    # products
    "matmul": ("t.matmul(v)", "t @ v"),
    "mm": ("t.mm(u.T)", "t @ u.T"),
    "mv": ("t.mv(v)", "t @ v"),
    "bmm": ("t[None].bmm(u.T[None])", "t[None] @ u.T[None]"),
    "outer": ("v.outer(v)", "np.outer(v, v)"),
    "inner": ("v.inner(v)", "np.inner(v, v)"),
    "vdot": ("v.vdot(v)", "np.vdot(v, v)"),
    "kron": ("t.kron(u)", "np.kron(t, u)"),
    "det": ("t[:, :2].det()", "np.linalg.det(t[:, :2])"),
    "slogdet": ("t[:, :2].slogdet()", "np.linalg.slogdet(t[:, :2])"),
    "inverse": ("t[:, :2].inverse()", "np.linalg.inv(t[:, :2])"),
    "matrix_power": ("t[:, :2].matrix_power(3)", "np.linalg.matrix_power(t[:, :2], 3)"),
    "norm": ("t.norm()", "np.linalg.norm(t)"),
    "dist": ("t.dist(u)", "np.linalg.norm(t - u)"),
    # along an axis
    "amax": ("t.amax(1)", "t.max(axis=1)"),
    "amin": ("t.amin(1)", "t.min(axis=1)"),
    "count_nonzero": ("t.count_nonzero()", "np.count_nonzero(t)"),
    "diff": ("t.diff()", "np.diff(t)"),
    "logsumexp": ("t.logsumexp(1)", "np.log(np.sum(np.exp(t), axis=1))"),
    "nanmean": ("t.nanmean()", "np.nanmean(t)"),
    "nansum": ("t.nansum()", "np.nansum(t)"),
    "quantile": ("t.quantile(0.25)", "np.quantile(t, 0.25)"),
    "softmax": ("t.softmax(1)", "ag.nn.softmax(t, axis=1)"),
    "log_softmax": ("t.log_softmax(1)", "ag.nn.log_softmax(t, axis=1)"),
    "sort": ("t.sort(1).values", "np.sort(t, axis=1)"),
    "topk": ("t.topk(2, 1).values", "np.sort(t, axis=1)[:, ::-1][:, :2]"),
    "median": ("v.median()", "np.median(v)"),
    # comparisons, of both or of each element
    "allclose": ("t.allclose(u)", "np.allclose(t, u)"),
    "equal": ("t.equal(u)", "np.array_equal(t, u)"),
    "isclose": ("t.isclose(u)", "np.isclose(t, u)"),
    "isfinite": ("t.isfinite()", "np.isfinite(t)"),
    "isinf": ("t.isinf()", "np.isinf(t)"),
    "isnan": ("t.isnan()", "np.isnan(t)"),
    "logical_not": ("t.logical_not()", "np.logical_not(t)"),
    "maximum": ("t.maximum(u)", "np.maximum(t, u)"),
    "minimum": ("t.minimum(u)", "np.minimum(t, u)"),
    "argwhere": ("t.argwhere()", "np.argwhere(t)"),
    "unique": ("t.unique()", "np.unique(t)"),
    "bincount": ("j.bincount()", "np.bincount(j)"),
    # arrays like it
    "new_zeros": ("t.new_zeros((2, 2))", "np.zeros((2, 2), t.dtype)"),
    "new_ones": ("t.new_ones((2, 2))", "np.ones((2, 2), t.dtype)"),
    "new_full": ("t.new_full((2, 2), 3.0)", "np.full((2, 2), 3.0, t.dtype)"),
    "new_tensor": ("t.new_tensor([1.0, 2.0])", "np.array([1.0, 2.0], t.dtype)"),
    # in place
    "zero_": ("t.zero_()", "with ag.no_grad(): t[...] = 0"),
    "fill_": ("t.fill_(3)", "with ag.no_grad(): t[...] = 3"),
    "copy_": ("t.copy_(u)", "with ag.no_grad(): t[...] = u"),
    "detach_": ("t.detach_()", "t.detach()"),
    "requires_grad_": ("t.requires_grad_()", "t.requires_grad = True"),
    "index_fill_": ("t.index_fill_(1, j, 0.0)", "with ag.no_grad(): t[:, j] = 0.0"),
    "index_copy_": ("t.index_copy_(1, j, u[:, :2])", "with ag.no_grad(): t[:, j] = u[:, :2]"),
    # the graph
    "grad_fn": ("t.grad_fn", "t.node"),
    "register_hook": (
        "y = 3 * w; y.register_hook(print); y.sum().backward()",
        "y = 3 * w; y.retain_grad(); y.sum().backward(); print(y.grad)",
    ),
}
METHODS = ELEMENTWISE | OTHERS
OF_METHODS = frozenset((*METHODS, *(f"{name}_" for name in ELEMENTWISE)))

# -- functions: what PyTorch calls torch.NAME. (Those of NumPy's, and of methods above, need no row.) ------------------

FUNCTIONS: dict[str, Row] = {
    "cat": ("torch.cat([t, u], dim=1)", "np.concatenate([t, u], axis=1)"),
    "concat": ("torch.concat([t, u], dim=1)", "np.concatenate([t, u], axis=1)"),
    "stack": ("torch.stack([t, u], dim=1)", "np.stack([t, u], axis=1)"),
    "tensor": ("torch.tensor([1.0, 2.0])", "ag.Tensor(np.array([1.0, 2.0], np.float32))"),
    "as_tensor": ("torch.as_tensor(x)", "ag.Tensor(x)"),
    "from_numpy": ("torch.from_numpy(x)", "ag.Tensor(x)"),
    "is_tensor": ("torch.is_tensor(t)", "isinstance(t, ag.Tensor)"),
    "zeros": ("torch.zeros(2, 3)", "np.zeros((2, 3), np.float32)"),
    "ones": ("torch.ones(2, 3)", "np.ones((2, 3), np.float32)"),
    "eye": ("torch.eye(3)", "np.eye(3, dtype=np.float32)"),
    "full": ("torch.full((2, 3), 0.5)", "np.full((2, 3), 0.5, np.float32)"),
    "linspace": ("torch.linspace(0, 1, 5)", "np.linspace(0, 1, 5, dtype=np.float32)"),
    "numel": ("torch.numel(t)", "t.size"),
    "set_grad_enabled": ("with torch.set_grad_enabled(False): y = w * 2", "with ag.no_grad(): y = w * 2"),
    "inference_mode": ("with torch.inference_mode(): y = w * 2", "with ag.no_grad(): y = w * 2"),
    "manual_seed": ("torch.manual_seed(0)", "ag.seed(0)"),
    "rand": ("torch.rand(2, 3)", "np.random.default_rng(0).random((2, 3), np.float32)"),
    "randn": ("torch.randn(2, 3)", "np.random.default_rng(0).standard_normal((2, 3), np.float32)"),
    "randint": ("torch.randint(0, 5, (2, 3))", "np.random.default_rng(0).integers(0, 5, (2, 3))"),
    "randperm": ("torch.randperm(5)", "np.random.default_rng(0).permutation(5)"),
    "float32": ("torch.float32", "np.float32"),
    "float64": ("torch.float64", "np.float64"),
    "long": ("torch.long", "np.int64"),
    "from_dlpack": ("torch.from_dlpack(x)", "ag.Tensor(np.from_dlpack(x))"),
}

# -- errors ------------------------------------------------------------------------------------------------------------


def row_of(name: str) -> Row | None:
    """PyTorch's call of a method of a Tensor, and what it is here; those that end in _ are of the method without it."""
    if name in METHODS or name[-1:] != "_":
        return METHODS.get(name)
    if (row := ELEMENTWISE.get(name[:-1])) is None:
        return None
    return row[0].replace(f".{name[:-1]}(", f".{name}("), f"with ag.no_grad(): t[...] = {row[1]}"


def of_method(name: str) -> AttributeError:
    """The error for what a Tensor lacks, one of OF_METHODS."""
    row = row_of(name)
    assert row is not None
    return AttributeError(f"a Tensor has no {name}: what PyTorch writes {row[0]} is {row[1]} here")


def of_function(name: str) -> AttributeError | None:
    """The error for what `autograd` lacks; None if PyTorch and NumPy lack it, too."""
    row = FUNCTIONS.get(name) or row_of(name)
    if row is None and not callable(getattr(np, name, None)):
        return None
    way = f"what PyTorch writes {row[0]} is {row[1]} here" if row else f"NumPy's takes Tensors: np.{name}"
    return AttributeError(f"autograd has no {name}: {way}")
