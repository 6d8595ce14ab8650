"""Which states fit a module, and what is advised where one does not."""

from typing import Any

import numpy as np
import pytest

from autograd import nn


def model() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 2, rng=np.random.default_rng(0)), nn.ReLU(), nn.Linear(2, 2))


def test_all_keys_match() -> None:
    keys = model().load_state_dict(model().state_dict())
    assert keys == ([], [])
    assert repr(keys) == "<all keys matched>"


def test_what_both_have_is_loaded() -> None:
    module, state = model(), {"0.weight": np.ones((3, 2)), "head.weight": np.ones(1), "2.bias": [3, 4]}
    before = module.state_dict()
    keys = module.load_state_dict(state, strict=False)
    assert keys.missing_keys == ["0.bias", "2.weight"]
    assert keys.unexpected_keys == ["head.weight"]
    assert "missing_keys=['0.bias'" in repr(keys)
    expected = {**before, "0.weight": np.ones((3, 2), np.float32), "2.bias": np.array([3, 4], np.float32)}
    np.testing.assert_equal(module.state_dict(), expected)


def test_shapes_are_checked_all_the_same() -> None:
    module = model()
    before = module.state_dict()
    with pytest.raises(ValueError, match=r"0\.weight has shape \(4, 2\), .*make the module with the sizes"):
        module.load_state_dict({"0.weight": np.ones((4, 2)), "0.bias": np.ones(2)}, strict=False)
    np.testing.assert_equal(module.state_dict(), before)


ADVICE: dict[str, tuple[Any, str]] = {
    "a prefix": (
        lambda s: {f"module.{name}": a for name, a in s.items()},
        r"; leave 'module\.' out .*: \{name\.removeprefix\('module\.'\): a for name, a in state\.items\(\)\}$",
    ),
    "other names": (lambda s: {name.replace("2", "5"): s[name] for name in s}, r"; rename .*strict=False\)$"),
    "one is missing": (lambda s: {name: s[name] for name in list(s)[1:]}, r"; rename .*\(state, strict=False\)$"),
    "another shape": (lambda s: {**s, "0.bias": np.ones(3)}, r"; make the module with the sizes that .* has$"),
    "another kind": (lambda s: {**s, "0.bias": np.ones(2, complex)}, r"; convert it .*\(array, np\.float32\)$"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "message"), ADVICE.values(), ids=ADVICE)
def test_the_advice_is_about_what_does_not_fit(change: Any, message: str) -> None:
    module = model()
    before = module.state_dict()
    with pytest.raises(ValueError, match=message):
        module.load_state_dict(change(module.state_dict()))
    np.testing.assert_equal(module.state_dict(), before)


def test_the_advice_about_a_prefix_works() -> None:
    module = model()
    state: dict[str, Any] = {f"module.{name}": a for name, a in module.state_dict().items()}
    module.load_state_dict({name.removeprefix("module."): a for name, a in state.items()})
