"""What of NumPy's public names has no rule, and why: for messages and for the docs."""

from __future__ import annotations

import sys
from typing import Any

_NUMBER_TYPES = "makes or describes a type of number; nothing to differentiate"
_TEXT = "makes text or reads it"
_FILES = "reads or writes a file or a buffer; call it outside of what is differentiated"
_SETTINGS = "changes or tells how NumPy behaves"
_QUERIES = "answers a question about types or shapes; its result carries no derivative"
_DATES = "is about dates and days"
_RANDOM = (
    "draws random numbers: the draw itself has no derivative. Draw from the standard "
    "distribution and compute with it, as in loc + scale * rng.standard_normal(n)"
)
_SHUFFLES = (
    "rearranges its argument at random: draw the order first, as in "
    "x[rng.permutation(len(x))]"
)
_GENERATORS = "makes or steers a generator of random numbers"
_CALLBACKS = "calls a Python function for parts of its argument: write the loop"
_ITERATORS = "iterates over the memory of arrays: write the loop over indices"
_PLACES = "is written out in for loops, and has no derivative elsewhere"
_MATRIX = "belongs to np.matrix, which NumPy advises against: use arrays and @"
_SETS = "compares values as sets; np.unique has a derivative"
_BINS = "counts into bins: np.histogram and np.bincount have derivatives in weights"
_VALUES = "gives an array whose size depends on the values"
_MEMORY = "looks at the memory of an array, not at its numbers"
_DEPRECATED = "is an old name that NumPy is about to drop"
_POLYNOMIALS = "has no rule yet; np.polyval, np.polyfit and np.roots have"

_NUMPY = {
    _NUMBER_TYPES: (
        "bytes_ character clongdouble complex256 complexfloating datetime64 dtype "
        "finfo flexible float16 floating generic half iinfo inexact integer longlong "
        "number object_ record signedinteger str_ timedelta64 ulonglong "
        "unsignedinteger void ufunc recarray memmap"
    ),
    _TEXT: (
        "base_repr binary_repr typename fromstring fromregex info get_printoptions "
        "set_printoptions printoptions"
    ),
    _FILES: (
        "from_dlpack frombuffer fromfile genfromtxt load loadtxt save savetxt savez "
        "savez_compressed packbits unpackbits"
    ),
    _SETTINGS: (
        "errstate seterr geterr seterrcall geterrcall setbufsize getbufsize "
        "show_config show_runtime get_include test"
    ),
    _QUERIES: (
        "broadcast broadcast_shapes can_cast common_type einsum_path isdtype isfortran "
        "issubdtype min_scalar_type mintypecode promote_types"
    ),
    _DATES: (
        "busday_count busday_offset busdaycalendar datetime_as_string datetime_data "
        "is_busday"
    ),
    _CALLBACKS: ("fromiter frompyfunc vectorize"),
    _ITERATORS: "nditer nested_iters flatiter",
    _PLACES: "ndenumerate",
    _MATRIX: "asmatrix bmat matrix",
    _SETS: (
        "intersect1d setdiff1d setxor1d union1d unique_all unique_counts "
        "unique_inverse unique_values"
    ),
    _BINS: "histogram2d histogram_bin_edges histogramdd",
    _VALUES: "real_if_close",
    _POLYNOMIALS: "poly1d",
    _DEPRECATED: "in1d row_stack trapz",
    "has no rule yet: np.sort sorts real numbers": "sort_complex",
    "has no rule yet: np.array and np.ascontiguousarray have": "require",
}
_LINALG = {
    "is an exception": "LinAlgError",
    _QUERIES: "matrix_rank",
}
_NDARRAY = {
    _MEMORY: (
        "base byteswap ctypes data device getfield setfield setflags to_device view"
    ),
    _FILES: "dump dumps tobytes tofile",
    "changes the shape of an array in place: use np.resize": "resize",
    "has left NumPy": "itemset newbyteorder ptp tostring",
}
_DRAWS = (
    "beta binomial chisquare dirichlet exponential f gamma geometric gumbel "
    "hypergeometric laplace logistic lognormal logseries multinomial "
    "multivariate_hypergeometric multivariate_normal negative_binomial "
    "noncentral_chisquare noncentral_f normal pareto poisson power rayleigh "
    "standard_cauchy standard_exponential standard_gamma standard_normal standard_t "
    "triangular uniform vonmises wald weibull zipf "
    "bytes integers tomaxint rand randint randn random random_integers random_sample "
    "ranf sample"
)
_RANDOM_NAMES = {
    _RANDOM: _DRAWS,
    _SHUFFLES: "choice permutation permuted shuffle",
    _GENERATORS: (
        "BitGenerator Generator MT19937 PCG64 PCG64DXSM Philox RandomState SFC64 "
        "SeedSequence bit_generator default_rng get_state seed set_state spawn "
        "get_bit_generator set_bit_generator"
    ),
}


def _named(prefix: str, table: dict[str, str]) -> dict[str, str]:
    return {
        f"{prefix}.{name}": reason
        for reason, names in table.items()
        for name in names.split()
    }


OUT_OF_SCOPE: dict[str, str] = {
    **_named("np", _NUMPY),
    **_named("np.linalg", _LINALG),
    **_named("np.ndarray", _NDARRAY),
    **_named("np.random", _RANDOM_NAMES),
    **_named("np.random.Generator", _RANDOM_NAMES),
    **_named("np.random.RandomState", _RANDOM_NAMES),
}


def why_no_rule(name: str) -> str | None:
    """Why a public name has no derivative rule; None where nothing is known.

    >>> why_no_rule("np.frompyfunc")
    'calls a Python function for parts of its argument: write the loop'
    >>> why_no_rule("np.sin") is None
    True
    """
    return OUT_OF_SCOPE.get(name) or _elsewhere.get(name)


_elsewhere: dict[str, str] = {}


def tell_why(reasons: dict[str, str]) -> None:
    """Add the reasons of another library, by public name.

    >>> tell_why({"mine.f": "has no rule yet"})
    >>> why_no_rule("mine.f")
    'has no rule yet'
    """
    _elsewhere.update(reasons)


def name_in_scipy(function: Any) -> str | None:
    """The public name of a function of SciPy's whose own name says little, if it is.

    >>> from scipy import linalg, special
    >>> name_in_scipy(special.elliprd), name_in_scipy(linalg.tanm), name_in_scipy(abs)
    ('scipy.special.elliprd', 'scipy.linalg.tanm', None)
    """
    short = getattr(function, "__name__", None)
    if (getattr(function, "__module__", None) or "").startswith("numpy"):
        return None  # SciPy has some of NumPy's functions under its own name
    owner = getattr(function, "__self__", None)
    label = getattr(owner, "name", None)
    stats = sys.modules.get("scipy.stats")
    if isinstance(label, str) and getattr(stats, label, None) is owner:
        return f"scipy.stats.{label}.{short}"
    for module in ("scipy.special", "scipy.linalg"):
        found = getattr(sys.modules.get(module), short or "", None)
        if found is not None and found is function:
            return f"{module}.{short}"
    return None
