"""Functions that need no rule, because no gradient flows through them or because they return no array."""

from __future__ import annotations

import numpy as np

from autograd.rules.registry import NO_GRADIENT, PLAIN, WRITES

# Comparisons and logic
NO_GRADIENT |= {
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.isclose, np.array_equiv,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.all, np.any,
    np.isfinite, np.isinf, np.isnan, np.isnat, np.isneginf, np.isposinf, np.isreal, np.iscomplex, np.signbit, np.isin,
}  # fmt: skip
# Steps, constant between their jumps
NO_GRADIENT |= {
    np.floor, np.ceil, np.rint, np.trunc, np.fix, np.round, np.around, np.floor_divide, np.spacing,
    np.linalg.matrix_rank,
}  # fmt: skip
# Whole numbers
NO_GRADIENT |= {
    np.invert, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift, np.bitwise_count,
    np.gcd, np.lcm, np.packbits, np.unpackbits,
}  # fmt: skip
# Positions and counts
NO_GRADIENT |= {
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.argwhere, np.flatnonzero,
    np.nonzero, np.count_nonzero, np.searchsorted, np.digitize, np.lexsort, np.ix_, np.ravel_multi_index,
    np.unravel_index, np.diag_indices_from, np.tril_indices_from, np.triu_indices_from,
}  # fmt: skip
# Arrays of another content; `like=t` makes them Tensors
NO_GRADIENT |= {
    np.zeros_like, np.ones_like, np.empty_like, np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri,
    np.fromfunction, np.fromfile, np.fromstring, np.frombuffer, np.loadtxt, np.genfromtxt,
}  # fmt: skip

PLAIN |= {
    np.shape, np.ndim, np.size, np.allclose, np.array_equal, np.array_repr, np.array_str, np.array2string,
    np.result_type, np.can_cast, np.min_scalar_type, np.common_type, np.iscomplexobj, np.isrealobj,
    np.may_share_memory, np.shares_memory, np.save, np.savez, np.savez_compressed, np.savetxt, np.einsum_path,
}  # fmt: skip

WRITES |= {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal}
