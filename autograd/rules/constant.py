"""Functions that need no rule, because no gradient flows through them or because they return no array."""

from __future__ import annotations

import numpy as np

from autograd.rules.registry import NO_GRADIENT, PLAIN, WRITES

# Comparisons and logic
NO_GRADIENT |= {
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.isclose, np.array_equiv,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.all, np.any,
    np.isfinite, np.isinf, np.isnan, np.isneginf, np.isposinf, np.isreal, np.iscomplex, np.signbit, np.isin,
    np.invert, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift,
}  # fmt: skip
# Steps, constant between their jumps
NO_GRADIENT |= {np.sign, np.floor, np.ceil, np.rint, np.trunc, np.round, np.around, np.floor_divide}
# Positions and counts
NO_GRADIENT |= {
    np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.argwhere, np.flatnonzero,
    np.nonzero, np.count_nonzero, np.searchsorted, np.digitize, np.bincount,
}  # fmt: skip
# Arrays of the same shape and another content
NO_GRADIENT |= {np.zeros_like, np.ones_like, np.empty_like}

PLAIN |= {
    np.shape, np.ndim, np.size, np.allclose, np.array_equal, np.array_repr, np.array_str, np.array2string,
    np.result_type, np.can_cast, np.min_scalar_type, np.common_type, np.iscomplexobj, np.isrealobj,
    np.may_share_memory, np.shares_memory, np.save, np.savez, np.savez_compressed, np.savetxt,
}  # fmt: skip

WRITES |= {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal}
