"""The noncentral chi-square distribution, and the other noncentral distributions, which are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from autograd.rules.duck_arrays import opaque
from autograd.rules.registry import primitive, rule
from autograd.rules.scipy.densities import compute_gamma_density
from autograd.rules.scipy.floats import precision_of

SERIES = "its density is an infinite series, which is not computed here"
DEGREES = "no formula for the derivative in the degrees of freedom is known"


@primitive
def noncentral_density(x: Any, df: Any, nc: Any) -> Any:
    """Of the noncentral chi-square distribution."""
    return opaque(compute_noncentral_density, x, df, nc)


def compute_noncentral_density(x: Any, df: Any, nc: Any) -> Any:
    """That of the central one times exp(-nc / 2) 0F1(; df / 2; nc x / 4), of which large values are Bessel functions
    (DLMF 10.39.9)."""
    dtype = precision_of(x, df, nc)
    x, df, nc = (np.asarray(value, float) for value in (x, df, nc))
    with np.errstate(all="ignore"):
        z, b = nc * x / 4, df / 2
        near = np.minimum(2 * np.sqrt(z), z / b) < 500
        factor = special.hyp0f1(b, np.where(near, z, 0)) * np.exp(-nc / 2)
        central = compute_gamma_density(b, x / 2) / 2 * factor
        root = np.sqrt(np.where(near, 1, nc * x))
        apart = np.sqrt(x) - np.sqrt(nc)
        far = 0.5 * np.exp(-0.5 * apart * apart) * (x / nc) ** ((b - 1) / 2) * special.ive(b - 1, root)
    return np.where(near, central, far).astype(dtype)


def noncentral_density_gx(g: Any, x: Any, df: Any, nc: Any, y: Any) -> Any:
    return g * (y * ((df - 2) / (2 * x) - 0.5) + nc / (2 * x) * noncentral_density(x, df + 2, nc))


def noncentral_density_gnc(g: Any, x: Any, df: Any, nc: Any, y: Any) -> Any:
    return g * (0.5 * (noncentral_density(x, df + 2, nc) - y))


def by_noncentrality(x: Any, df: Any, nc: Any) -> Any:
    """Half the distribution function of df + 2 less that of df: less the density of df + 2."""
    return -noncentral_density(x, df + 2, nc)


# fmt: off
rule(noncentral_density,  x=noncentral_density_gx, df=DEGREES, nc=noncentral_density_gnc, broadcasts=True)
rule(special.chndtr,      x=lambda g, x, df, nc: g * noncentral_density(x, df, nc),  df=DEGREES,  nc=lambda g, x, df, nc: g * by_noncentrality(x, df, nc), broadcasts=True)
rule(special.chndtrix,    p=lambda g, df, nc, y: g / noncentral_density(y, df, nc),  df=DEGREES,
     nc=lambda g, df, nc, y: -g * by_noncentrality(y, df, nc) / noncentral_density(y, df, nc), broadcasts=True)
rule(special.chndtrinc,   x=lambda g, x, df, y: -g * noncentral_density(x, df, y) / by_noncentrality(x, df, y),  df=DEGREES,
     p=lambda g, x, df, y: g / by_noncentrality(x, df, y), broadcasts=True)

rule(special.chndtridf,   x=DEGREES, p=DEGREES, nc=DEGREES)
rule(special.ncfdtr,      dfn=SERIES, dfd=SERIES, nc=SERIES, f=SERIES)
rule(special.ncfdtri,     dfn=SERIES, dfd=SERIES, nc=SERIES, p=SERIES)
rule(special.ncfdtridfd,  dfn=SERIES, p=SERIES, nc=SERIES, f=SERIES)
rule(special.ncfdtridfn,  p=SERIES, dfd=SERIES, nc=SERIES, f=SERIES)
rule(special.ncfdtrinc,   dfn=SERIES, dfd=SERIES, p=SERIES, f=SERIES)
rule(special.nctdtr,      df=SERIES, nc=SERIES, t=SERIES)
rule(special.nctdtridf,   p=SERIES, nc=SERIES, t=SERIES)
rule(special.nctdtrinc,   df=SERIES, p=SERIES, t=SERIES)
rule(special.nctdtrit,    df=SERIES, nc=SERIES, p=SERIES)
