"""What stands for frozen distributions whose parameters carry derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy import stats

from sourcediff.rules.declare import lookup, with_meanings
from sourcediff.rules.stand_ins import stands_for
from sourcediff.runtime.scipy.frozen import freeze

dist, spelled = stats.norm, "norm"


@dataclass(frozen=True, eq=False)
class Frozen:
    """A distribution with its parameters, by place and by name."""

    dist: Any
    args: Any
    kwds: Any
    spelled: str

    def __getattr__(self, name: str) -> Any:
        """What has no derivative is asked of SciPy's own frozen distribution."""
        if name.startswith("__") or vars(self).get("spelled") is None:
            raise AttributeError(name)
        return getattr(freeze(self.spelled, self.args, self.kwds), name)

    def logpdf(self, x):
        """The logarithm of the density."""
        return self.dist.logpdf(x, *self.args, **self.kwds)

    def pdf(self, x):
        """The density."""
        return self.dist.pdf(x, *self.args, **self.kwds)

    def logpmf(self, k):
        """The logarithm of the probability of a whole number."""
        return self.dist.logpmf(k, *self.args, **self.kwds)

    def pmf(self, k):
        """The probability of a whole number."""
        return self.dist.pmf(k, *self.args, **self.kwds)

    def logcdf(self, x):
        """The logarithm of the probability of less."""
        return self.dist.logcdf(x, *self.args, **self.kwds)

    def cdf(self, x):
        """The probability of less."""
        return self.dist.cdf(x, *self.args, **self.kwds)

    def logsf(self, x):
        """The logarithm of the probability of more."""
        return self.dist.logsf(x, *self.args, **self.kwds)

    def sf(self, x):
        """The probability of more."""
        return self.dist.sf(x, *self.args, **self.kwds)

    def ppf(self, q):
        """The value below which there is a given probability."""
        return self.dist.ppf(q, *self.args, **self.kwds)


def frozen(*args, **kwds):
    """The distribution with these parameters."""
    return Frozen(dist, args, kwds, spelled)


def _is_declared(value: Any) -> bool:
    """Whether a distribution's density, or probability, has a derivative here."""
    return any(
        lookup(getattr(value, name, None)) is not None for name in ("logpdf", "logpmf")
    )


for _name, _dist in sorted(vars(stats).items()):
    if hasattr(_dist, "rvs") and not isinstance(_dist, type) and _is_declared(_dist):
        stands_for(_dist, same=True)(with_meanings(frozen, dist=_dist, spelled=_name))
