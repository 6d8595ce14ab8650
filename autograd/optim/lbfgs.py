"""L-BFGS: Newton's direction, from the gradients of the last steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd._util.atomic import atomic
from autograd._util.locations import location
from autograd.engine.graph import Array
from autograd.engine.modes import enable_grad
from autograd.engine.proxies import proxies
from autograd.engine.tensor import Tensor
from autograd.engine.versions import bump_version
from autograd.optim.line_search import Trial, strong_wolfe
from autograd.optim.optimizer import Optimizer, Params
from autograd.optim.states import ParamGroup, is_hyperparameter, snapshot

Closure = Callable[[], Tensor]
CURVATURE = 1e-10  # a pair of steps and changes of less, of their inner product, is not remembered: it may be noise


class LBFGS(Optimizer):
    """The limited-memory BFGS method (Nocedal and Wright 2006, algorithms 7.4 and 7.5), for a loss without noise.

        def closure():
            optimizer.zero_grad()
            loss = f()
            loss.backward()
            return loss
        optimizer.step(closure)

    max_iter          iterations of one `step`.
    max_eval          calls of the closure in one `step`; 1.25 * max_iter unless told.
    tolerance_grad    a step ends where no element of the gradient is larger,
    tolerance_change  or where no parameter, or the loss, changes by more.
    history_size      steps that are remembered: two arrays of the size of all parameters each.
    line_search_fn    "strong_wolfe", or None: each iteration takes lr times the direction.

    All parameters are one vector, so there is one group. A compiled function can't call `step`, which calls the closure
    as often as the losses ask for; compile the closure.
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        super().__init__(
            params, lr=lr, max_iter=max_iter, max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad, tolerance_change=tolerance_change, history_size=history_size,
            line_search_fn=line_search_fn,
        )  # fmt: skip

    def _add(self, group: ParamGroup) -> None:
        if self.param_groups:
            raise ValueError("LBFGS was given a second group; all its parameters are one vector: pass one list of them")
        super()._add(group)

    def _check(self, group: ParamGroup) -> None:
        numbers = {name: value for name, value in group.items() if name != "line_search_fn"}
        super()._check(numbers)
        for name in ("max_iter", "max_eval", "history_size"):
            if group[name] < 1:
                raise ValueError(f"LBFGS was given {name}={group[name]!r}; it must be at least 1")
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(
                f"LBFGS was given line_search_fn={group['line_search_fn']!r}; it takes 'strong_wolfe', or None"
            )

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: ParamGroup) -> None:
        raise AssertionError("LBFGS updates all parameters at once")

    def step(self, closure: Closure) -> Tensor:  # type: ignore[override]  # others need none
        """Minimise the loss that the closure returns, having left its gradients. Returns the first of these losses.

        If the closure raises an error, or an interrupt comes, parameters and state are what they were before.
        """
        if proxies.get() is not None:
            raise TypeError(
                f"{location()}: LBFGS.step was called in a function that is being compiled, and calls its closure as "
                f"often as the losses ask for, which no program repeats; compile the closure: "
                f"optimizer.step(ag.compile(closure))"
            )
        restore = snapshot(p.data for p in self._params())
        kept = dict(self.state)
        try:
            return self._minimise(closure, self.param_groups[0])
        except BaseException:
            with atomic():
                restore()
                self._note()
                self.state = kept
            raise

    def _minimise(self, closure: Closure, group: ParamGroup) -> Tensor:
        state = dict(self.state.get(self._params()[0], {"n_iter": 0, "func_evals": 0}))
        first, loss, gradient = self._evaluate(closure)
        evaluations, iteration = 1, 0
        while np.abs(gradient).max(initial=0) > group["tolerance_grad"]:
            iteration += 1
            state["n_iter"] += 1
            direction, state = self._direction(gradient, state, group)
            t = group["lr"]
            if state["n_iter"] == 1:
                t *= min(1.0, 1 / float(np.abs(gradient).sum()))
            state |= {"direction": direction, "gradient": gradient, "step_size": t}
            slope, start = float(gradient @ direction), loss
            if slope > -group["tolerance_change"]:
                break
            x = self._vector()
            if group["line_search_fn"]:

                def trial(t: float, x: Array = x, direction: Array = direction) -> Trial:
                    self._place(x + t * direction)
                    _, loss, gradient = self._evaluate(closure)
                    return Trial(t, loss, gradient, float(gradient @ direction))

                best, count = strong_wolfe(
                    trial, Trial(0.0, loss, gradient, slope), t, float(np.abs(direction).max()),
                    group["tolerance_change"], group["max_eval"] - evaluations,
                )  # fmt: skip
                t, loss, gradient = best.t, best.loss, best.gradient
                evaluations += count
                self._place(x + t * direction)
            else:
                self._place(x + t * direction)
                if iteration < group["max_iter"]:  # the gradient after the last is that of the next step's beginning
                    _, loss, gradient = self._evaluate(closure)
                    evaluations += 1
            state["step_size"] = t
            change = float(np.abs(t * direction).max())
            if (
                iteration == group["max_iter"] or evaluations >= group["max_eval"]
                or change <= group["tolerance_change"] or abs(loss - start) < group["tolerance_change"]
            ):  # fmt: skip
                break
        state["func_evals"] += evaluations
        self.state[self._params()[0]] = state
        return first

    def _direction(self, gradient: Array, state: dict[str, Any], group: ParamGroup) -> tuple[Array, dict[str, Any]]:
        """-H @ gradient, and the state with the step that led to it; H is the inverse of the Hessian, as far as known.

        Of each step that is remembered there is what the parameters moved by, what the gradient changed by, and one
        over the inner product of these.
        """
        if state["n_iter"] == 1:
            none = np.zeros((0, gradient.size), gradient.dtype)
            state |= {"moves": none, "changes": none, "inverses": np.zeros(0), "scale": 1.0}
            return -gradient, state
        move, change = state["step_size"] * state["direction"], gradient - state["gradient"]
        if (product := float(change @ move)) > CURVATURE:
            begin = max(0, len(state["moves"]) + 1 - group["history_size"])
            state |= {
                "moves": np.concatenate([state["moves"][begin:], move[None]]),
                "changes": np.concatenate([state["changes"][begin:], change[None]]),
                "inverses": np.concatenate([state["inverses"][begin:], [1 / product]]),
                "scale": product / float(change @ change),
            }
        moves, changes, inverses = state["moves"], state["changes"], state["inverses"].tolist()
        direction, weights = -gradient, [0.0] * len(moves)
        for k in reversed(range(len(moves))):
            weights[k] = float(moves[k] @ direction) * inverses[k]
            direction -= weights[k] * changes[k]
        direction *= state["scale"]
        for k, weight in enumerate(weights):
            direction += (weight - float(changes[k] @ direction) * inverses[k]) * moves[k]
        return direction, state

    def _evaluate(self, closure: Closure) -> tuple[Tensor, float, Array]:
        with enable_grad():
            loss = closure()
        if not isinstance(loss, Tensor) or loss.size != 1:
            raise TypeError(f"LBFGS.step was given a closure that returned {loss!r}; let it return the loss, a Tensor")
        params = self._params()
        if all(p.grad is None for p in params):
            raise ValueError("LBFGS.step was given a closure that left no gradients; call loss.backward() in it")
        grads = [np.zeros_like(p.data) if p.grad is None else p.grad.data for p in params]
        return loss, float(loss.data), self._joined(grads)

    # -- all parameters as one vector ----------------------------------------------------------------------------------

    def _joined(self, arrays: list[Array]) -> Array:
        """Arrays in a row, float16 as float32, complex numbers as two."""
        dtype = np.result_type(np.float32, *(array.real.dtype for array in arrays))
        parts = [np.ascontiguousarray(array).reshape(-1) for array in arrays]
        return np.concatenate([part.view(part.real.dtype) for part in parts], dtype=dtype)

    def _vector(self) -> Array:
        return self._joined([p.data for p in self._params()])

    def _place(self, vector: Array) -> None:
        """Give the parameters the values of a vector."""
        begin = 0
        with atomic():
            for p in self._params():
                size = p.size * (2 if p.dtype.kind == "c" else 1)
                part = vector[begin : begin + size].astype(p.real.dtype)
                p.data[...] = part.view(p.dtype).reshape(p.shape)
                begin += size
            self._note()

    def _note(self) -> None:
        for p in self._params():
            bump_version(p.data, "LBFGS.step")

    # -- state: of the first parameter, as in PyTorch ------------------------------------------------------------------

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        found = [self._checked(k, values) for k, values in state.get("state", {}).items() if values]
        super().load_state_dict({**state, "state": {}})
        self.state = dict(zip(self._params(), found, strict=False))  # of the first, if there is any

    def _checked(self, k: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        vector = self._vector()
        m, n = len(values.get("inverses", ())), vector.size
        shapes = {
            "n_iter": (), "func_evals": (), "direction": (n,), "gradient": (n,), "step_size": (), "moves": (m, n),
            "changes": (m, n), "inverses": (m,), "scale": (),
        }  # fmt: skip
        if values.keys() == {"n_iter", "func_evals"}:
            shapes = dict.fromkeys(values, ())
        found = {name: np.shape(value) for name, value in values.items()}
        if k != 0 or found != shapes or not all(map(is_hyperparameter, (values["n_iter"], values["func_evals"]))):
            raise ValueError(
                f"LBFGS was given a state of parameter {k!r} with {found}, and expects, of parameter 0, {shapes}; pass "
                f"what state_dict() of an LBFGS of the same parameters returned"
            )
        numbers = {name: float(value) for name, value in values.items() if np.ndim(value) == 0}
        counts = {name: int(values[name]) for name in ("n_iter", "func_evals")}
        arrays = {name: np.array(value, vector.dtype) for name, value in values.items() if np.ndim(value)}
        if "inverses" in values:
            arrays["inverses"] = np.array(values["inverses"], np.float64)
        return {**numbers, **arrays, **counts}
