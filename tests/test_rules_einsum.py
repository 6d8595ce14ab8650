"""Sums of products, by letters and by numbers, against differences."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numeric import case, check, has_complex, judged, normal, reversed_columns, rotated

import autograd as ag
from autograd.rules.einsum import einsum, lettered


def einsum_case(subscripts: str, *shapes: tuple[int, ...], make: Any = normal, label: str = "", **options: Any) -> Any:
    label = "-".join([subscripts, *([str(options)] if options else []), *([label] if label else [])])
    return case(einsum, *(make(*shape) for shape in shapes), label=label,
                f=lambda *xs: np.einsum(subscripts, *xs, **options))  # fmt: skip


PATH = ["einsum_path", (0, 2), (0, 1)]

CASES = [
    # One operand: in other order, summed, diagonals
    *(einsum_case(subscripts, (2, 3, 2)) for subscripts in
      ["ijk", "kij", "ijk->kij", "ijk->ik", "ijk->", "jik->i", "iji->ij", "iji->ji", "iji->j", "iji", "iji->",
       "...i", "i...", "i...->...", "i...->...i", "...ij->...ji", "i...i->...i", "i...i", "...->...", "zAb",
       " i j k -> k i j", "ijk...->ik...", "i j...i"]),
    *(einsum_case(subscripts, (3, 3)) for subscripts in ["ii", "ii->i", "ii->", "ij->ji", "ji"]),
    *(einsum_case(subscripts, (2, 2, 2)) for subscripts in ["iii->i", "iii", "iij->ij", "iij->j", "jii->j"]),
    einsum_case("iijj->ij", (2, 2, 3, 3)),
    einsum_case("ijij->ji", (2, 3, 2, 3)),
    *(einsum_case(subscripts, ()) for subscripts in ["", "->", "...", "...->..."]),
    *(einsum_case(subscripts, (0, 2)) for subscripts in ["ij->", "ij->j", "ij->i", "ij->ji"]),
    einsum_case("ii->i", (0, 0)),
    *(einsum_case(subscripts, (1, 1), label="ones") for subscripts in ["ii->i", "ii", "ij->ji", "ij->j"]),
    einsum_case("ii->i", (3, 3), make=rotated, label="complex"),
    # Two
    *(einsum_case(subscripts, (2, 3), (3, 2)) for subscripts in
      ["ij,jk", "ij,jk->ik", "ij,jk->ki", "ij,jk->ijk", "ij,jk->", "ij,ji->", "ij,ji", "ij,jk->i", "ij,jk->j",
       "ij,kl->jk", "ij,kl->", "ij,kl", "ab,bA", "...j,j...->...", "...j,jk->...k", "i...,...i->..."]),
    *(einsum_case(subscripts, (3,), (3,)) for subscripts in ["i,i", "i,j", "i,i->i", "i,j->ji", "i,j->"]),
    einsum_case("ii,i->i", (2, 2), (2,)),
    einsum_case("ii,ij->j", (2, 2), (2, 3)),
    einsum_case("ii,jj->ij", (2, 2), (3, 3)),
    einsum_case("i,jii->ij", (2,), (3, 2, 2)),
    einsum_case("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    einsum_case("bhid,bhjd->bhij", (1, 2, 2, 3), (1, 2, 2, 3)),
    einsum_case(",ij->ij", (), (2, 3)),
    einsum_case(",", (), ()),
    einsum_case("...,...", (2, 3), ()),
    einsum_case("i,i->", (0,), (0,)),
    einsum_case("ij,jk->ik", (2, 0), (0, 3)),
    # Ellipses for more axes and for fewer, which broadcast
    einsum_case("...i,...i->...", (2, 3), (3,)),
    einsum_case("...i,...i", (4, 1, 3), (2, 3)),
    einsum_case("...ij,...jk->...ik", (2, 2, 3), (1, 3, 2)),
    einsum_case("...,...", (2, 3), (3,)),
    einsum_case("...,...->...", (2, 1), (3,)),
    einsum_case("i...,j->ij...", (2, 3), (2,)),
    einsum_case("i...j,...->...j", (2, 3, 2), (1,)),
    einsum_case("...i,i->i...", (2, 3), (3,)),
    # Axes of length 1
    einsum_case("ij,ij", (2, 3), (1, 1)),
    einsum_case("ij,ij->ij", (2, 3), (2, 1)),
    einsum_case("ij,ij->ij", (1, 3), (2, 1)),
    einsum_case("ij,jk->ik", (2, 1), (3, 2)),
    einsum_case("ij,jk->ik", (2, 3), (1, 2)),
    einsum_case("ij,jk->k", (2, 3), (1, 2)),
    einsum_case("ii,i->i", (1, 1), (3,)),
    einsum_case("ii,i->", (1, 1), (3,)),
    einsum_case("i,j->i", (1,), (1,)),
    # More, and options
    *(einsum_case("ij,jk,kl->il", (2, 3), (3, 2), (2, 2), optimize=optimize)
      for optimize in (False, True, "greedy", "optimal", PATH, tuple(PATH), ("greedy", 100))),
    einsum_case("i,i,i->", (3,), (3,), (3,)),
    einsum_case("i,j,k->ki", (2,), (2,), (3,)),
    einsum_case("ij,kk,...j->i...", (2, 3), (2, 2), (2, 3)),
    einsum_case("i,ij,j,->", (2,), (2, 3), (3,), ()),
    einsum_case("ij,jk->ik", (2, 3), (3, 2), optimize=True, order="F", casting="safe"),
    einsum_case("ij,jk", (2, 3), (3, 2), dtype=np.float64),
    einsum_case("ij,jk->ik", (2, 3), (3, 2), dtype=complex),
    # Complex: no conjugates
    einsum_case("ij,jk->ik", (2, 3), (3, 2), make=rotated, label="complex"),
    case(einsum, rotated(2, 3), normal(3), f=lambda *xs: np.einsum("ij,j->i", *xs), label="and real"),
    # The same Tensor in several places, constants, other ways to call it
    case(einsum, normal(2, 2), f=lambda x: np.einsum("ij,jk,ki->", x, x, x), label="the same"),
    case(einsum, normal(2, 2), f=lambda x: np.einsum("ij,j,->i", x, [1, 2], 0.5), label="lists, numbers"),
    case(einsum, normal(2, 2), np.array([1, 2]), f=lambda *xs: np.einsum("ij,j->i", *xs), label="integers"),
    case(einsum, reversed_columns(normal(2, 3)), normal(2, 3).T, f=lambda *xs: np.einsum("ij,jk->ki", *xs),
         label="strided"),
    case(einsum, normal(2, 3), normal(3), f=lambda a, b: einsum([a, b], "ij,j->i"), label="the primitive"),
    case(np.einsum, normal(2, 3), f=lambda x: np.einsum(x, [1, 0]), label="by numbers"),
    case(np.einsum, normal(2, 3), f=lambda x: np.einsum(x, [0, 1], [0]), label="by numbers, summed"),
    case(np.einsum, normal(2, 2), f=lambda x: np.einsum(x, [5, 5]), label="by numbers, diagonal"),
    case(np.einsum, normal(2, 3), normal(3, 2), f=lambda a, b: np.einsum(a, [0, 1], b, [1, 2]), label="two by numbers"),
    case(np.einsum, normal(2, 3), normal(3, 2), label="two by numbers, with the output's",
         f=lambda a, b: np.einsum(a, [7, 30], b, (30, 51), [51, 7], optimize=True)),
    case(np.einsum, normal(2, 3), normal(3), f=lambda a, b: np.einsum(a, [..., 0], b, [0], [...]),
         label="ellipses by numbers"),
]  # fmt: skip


test_gradients, test_float32 = judged(
    CASES,
    [c for c in CASES if not has_complex(c) and not any(word in c.label for word in ("list", "number", "complex"))],
)


# -- what einsum reads and refuses -----------------------------------------------------------------------------------


@pytest.mark.parametrize("subscripts", ["ii->i", "ii"])
def test_no_gradient_flows_off_the_diagonal(subscripts: str) -> None:
    """Not even the NaN that 0 * inf would be."""
    t = ag.Tensor(np.ones((2, 2)), requires_grad=True)
    y = np.einsum(subscripts, t)
    y.backward(np.full(y.shape, np.inf))
    assert t.grad is not None
    assert t.grad.data.tolist() == [[np.inf, 0.0], [0.0, np.inf]]


def test_letters_of_einsum() -> None:
    assert lettered("...i,i", [(2, 3), (3,)]) == (["Ai", "i"], "A")
    assert lettered(" ij , jk ", [(2, 3), (3, 2)]) == (["ij", "jk"], "ik")
    assert lettered("bA", [(2, 3)]) == (["bA"], "Ab")
    assert lettered("A...,...i->...A", [(2, 3, 4), (4, 5)]) == (["ABC", "Ci"], "BCA")
    assert lettered("ii", [(2, 2)]) == (["ii"], "")


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda t: np.einsum(t, [0, 52]), ValueError, "from 0 to 51"),
    (lambda t: np.einsum(t, [0, 0.5]), TypeError, "float"),
    (lambda t: np.einsum("ij->ji", t, out=np.zeros((2, 2))), TypeError, "out="),
    (lambda t: np.einsum("ij,jk", t), ValueError, "operands"),
    (lambda t: np.einsum("ij->ik", t), ValueError, "'k'"),
])  # fmt: skip
def test_what_is_refused(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(ag.Tensor(np.ones((2, 2)), requires_grad=True))


# -- properties ------------------------------------------------------------------------------------------------------

SIZES = {"i": 2, "j": 3, "k": 2, "A": 2}


@settings(max_examples=60, deadline=None)
@given(data=st.data(), count=st.integers(1, 3), optimize=st.booleans())
def test_einsum_of_any_letters(data: Any, count: int, optimize: bool) -> None:
    terms = data.draw(st.lists(st.text("ijkA", max_size=3), min_size=count, max_size=count))
    dots = data.draw(st.lists(st.sampled_from([(), (2,), (1,), (3, 2), (3, 1)]), min_size=count, max_size=count))
    used = sorted({c for term in terms for c in term})
    output = "".join(data.draw(st.permutations(used))[: data.draw(st.integers(0, len(used)))])
    subscripts = ",".join(f"...{term}" for term in terms) + data.draw(st.sampled_from(["", f"->...{output}"]))
    ones = [data.draw(st.booleans()) and len(set(term)) == len(term) for term in terms]
    xs = [normal(*dot, *(1 if one and c == term[0] else SIZES[c] for c in term))
          for dot, term, one in zip(dots, terms, ones, strict=True)]  # fmt: skip
    check(lambda *xs: np.einsum(subscripts, *xs, optimize=optimize), *xs)
