"""Legendre's elliptic integrals and Jacobi's elliptic functions, of the parameter m = k**2.

Their derivatives by m are written with Carlson's R_D (DLMF 19.25.1, 19.25.5, 19.25.9 differentiated by 19.18.1), since
the usual formulas (DLMF 19.4) are 0 / 0 at m = 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from autograd.rules.registry import rule
from autograd.rules.scipy.shared import pulled


def half_periods(phi: Any) -> Any:
    """Of pi, those that lie between 0 and an amplitude."""
    return np.rint(phi / math.pi)


def first_kind_gm(sin: Any, cos: Any, delta: Any, k: Any, m: Any) -> Any:
    """The derivative of F(phi, m) by m; phi is given by its sine, its cosine, delta = 1 - m sin**2, and half periods."""
    sin = sin * (1 - 2 * (k % 2))  # of phi - k pi
    whole = np.where(k == 0, 0, m)  # not at m = 1, where K is infinite, if it is multiplied by 0
    return (sin * sin * sin * special.elliprd(cos * cos, 1.0, delta) + 2 * k * special.elliprd(0.0, 1.0, 1 - whole)) / 6


def second_kind_gm(sin: Any, cos: Any, delta: Any, k: Any, m: Any) -> Any:
    """That of E(phi, m)."""
    sin = sin * (1 - 2 * (k % 2))
    whole = np.where(k == 0, 0, m)
    return (
        sin * sin * sin * special.elliprd(cos * cos, delta, 1.0) + 2 * k * special.elliprd(0.0, 1 - whole, 1.0)
    ) / -6


def squared_delta(phi: Any, m: Any) -> Any:
    """1 - m sin(phi)**2, to its last digits where m is near 1."""
    sin, cos = np.sin(phi), np.cos(phi)
    return cos * cos + (1 - m) * (sin * sin)


def ellipkinc_gm(g: Any, phi: Any, m: Any) -> Any:
    return g * first_kind_gm(np.sin(phi), np.cos(phi), squared_delta(phi, m), half_periods(phi), m)


def ellipeinc_gm(g: Any, phi: Any, m: Any) -> Any:
    return g * second_kind_gm(np.sin(phi), np.cos(phi), squared_delta(phi, m), half_periods(phi), m)


def ellipj_gu(g: Any, m: Any, y: Any) -> Any:
    """DLMF 22.13.1, and the derivative dn of the amplitude."""
    sn, cn, dn, _ = y
    return pulled(g, cn * dn, -sn * dn, -m * sn * cn, dn)


def ellipj_gm(g: Any, m: Any, y: Any) -> Any:
    """All through the amplitude phi, for which F(phi, m) = u stays as it is."""
    sn, cn, dn, phi = y
    slope = -dn * first_kind_gm(sn, cn, dn * dn, half_periods(phi), m)
    return pulled(g, cn * slope, -sn * slope, -sn * (sn + 2 * m * cn * slope) / (2 * dn), slope)


# fmt: off
rule(special.ellipk,    m=lambda g, m: g * special.elliprd(0.0, 1.0, 1 - m) / 6)
rule(special.ellipkm1,  p=lambda g, p: g * special.elliprd(0.0, 1.0, p) / -6)
rule(special.ellipe,    m=lambda g, m: g * special.elliprd(0.0, 1 - m, 1.0) / -6)
rule(special.ellipkinc, phi=lambda g, phi, m: g / np.sqrt(squared_delta(phi, m)), m=ellipkinc_gm, broadcasts=True)
rule(special.ellipeinc, phi=lambda g, phi, m: g * np.sqrt(squared_delta(phi, m)), m=ellipeinc_gm, broadcasts=True)
rule(special.ellipj,    u=ellipj_gu, m=ellipj_gm, broadcasts=True, several=True)
