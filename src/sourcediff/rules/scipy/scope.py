"""What of SciPy's functions has no rule, and why: for the docs."""

from __future__ import annotations

_PARAMETER = "its derivatives in the parameters are not elementary"
_INVERSE = "inverts a distribution function in a parameter; that has no rule yet"
_ZEROS = "tells zeros, coefficients or nodes, which are constants"
_PIECES = "is a polynomial between jumps of its order: it has no rule"
_CONFLUENT = "has derivatives of another form where arguments are equal: no rule yet"
_ROUGH = "is given by SciPy to few digits only, so that a rule cannot be checked"
_LISTS = "gives all orders at once: use the function of one order"
_FAMILY = "use the function eval_... of the same family"
_LEVELS = "tells eigenvalues, which have no elementary derivatives in the parameters"
_GIVEN = "is told the eigenvalue: use the function without _cv"
_OBJECTS = "makes a polynomial object: use the function eval_... of the same family"
_INTEGERS = "is about whole numbers"
_NOT_YET = "has no rule yet"
_SETTINGS = "changes or tells how SciPy behaves"
_EIGEN = "has no rule yet: use eigh, eigvalsh, eig or svd of the whole matrix"
_MAKERS = "makes a matrix of constants"
_QUESTIONS = "answers a question; its result carries no derivative"
_BASES = "gives any basis of a space: it has no derivative"
_UPDATES = "updates factors in place: factor the new matrix instead"

_SPECIAL = {
    _INVERSE: (
        "bdtrik bdtrin btdtria btdtrib chdtriv chndtridf chndtrinc fdtridfd gdtrib "
        "nbdtrik nbdtrin ncfdtridfd ncfdtridfn ncfdtrinc nctdtridf nctdtrinc pdtrik "
        "stdtridf"
    ),
    _PIECES: "smirnov smirnovi",
    _CONFLUENT: "elliprd elliprj",
    _PARAMETER: "zetac",
    _ROUGH: "itairy pro_rad2 obl_rad2",
    _LISTS: (
        "assoc_legendre_p_all legendre_p_all sph_harm_y_all lmbda lqmn lqn lpmn lpn "
        "clpmn riccati_jn riccati_yn mathieu_even_coef mathieu_odd_coef pbdn_seq "
        "pbdv_seq pbvv_seq sph_legendre_p_all"
    ),
    _FAMILY: "assoc_legendre_p legendre_p sph_legendre_p assoc_laguerre",
    _NOT_YET: (
        "perm sph_harm_y sph_harm ellip_harm ellip_harm_2 ellip_normal btdtr btdtri"
    ),
    _LEVELS: "mathieu_a mathieu_b pro_cv pro_cv_seq obl_cv obl_cv_seq",
    _GIVEN: "obl_ang1_cv obl_rad1_cv obl_rad2_cv pro_ang1_cv pro_rad1_cv pro_rad2_cv",
    _ZEROS: (
        "ai_zeros bei_zeros beip_zeros ber_zeros berp_zeros bi_zeros erf_zeros "
        "fresnel_zeros fresnelc_zeros fresnels_zeros jn_zeros jnjnp_zeros jnp_zeros "
        "jnyn_zeros kei_zeros keip_zeros kelvin_zeros ker_zeros kerp_zeros y0_zeros "
        "y1_zeros y1p_zeros yn_zeros ynp_zeros roots_legendre roots_chebyt "
        "roots_chebyu roots_chebyc roots_chebys roots_jacobi roots_laguerre "
        "roots_genlaguerre roots_hermite roots_hermitenorm roots_gegenbauer "
        "roots_sh_legendre roots_sh_chebyt roots_sh_chebyu roots_sh_jacobi p_roots "
        "t_roots u_roots c_roots s_roots j_roots l_roots la_roots h_roots he_roots "
        "cg_roots ps_roots ts_roots us_roots js_roots"
    ),
    _OBJECTS: (
        "legendre chebyt chebyu chebyc chebys jacobi laguerre genlaguerre hermite "
        "hermitenorm gegenbauer sh_legendre sh_chebyt sh_chebyu sh_jacobi"
    ),
    _INTEGERS: "bernoulli euler factorial2 factorialk stirling2",
    _SETTINGS: "geterr seterr errstate",
}
_LINALG = {
    _QUESTIONS: "bandwidth ishermitian issymmetric expm_cond subspace_angles",
    _MAKERS: (
        "clarkson_woodruff_transform dft hadamard helmert hilbert invhilbert "
        "invpascal pascal"
    ),
    _BASES: "null_space orth",
    _UPDATES: "qr_delete qr_insert qr_multiply qr_update",
    _EIGEN: (
        "eig_banded eigh_tridiagonal eigvals_banded eigvalsh_tridiagonal schur "
        "rsf2csf cdf2rdf hessenberg qz ordqz cossin matrix_balance"
    ),
    _SETTINGS: "find_best_blas_type get_blas_funcs get_lapack_funcs",
    _NOT_YET: (
        "cho_solve_banded cholesky_banded companion convolution_matrix diagsvd "
        "expm_frechet fiedler fiedler_companion fractional_matrix_power funm ldl "
        "leslie matmul_toeplitz orthogonal_procrustes pinvh polar rq signm "
        "solve_circulant solve_continuous_are solve_discrete_are solve_toeplitz tanhm "
        "tanm kron tri tril triu"
    ),
}

#: Arguments without a derivative, which are refused by name, and why.
PARAMETERS = {
    "the order of Bessel functions, the parameters of gammainc, betainc, zeta and of "
    "hypergeometric functions, shapes in distribution functions": _PARAMETER,
    "the modulus m of ellipkinc, ellipeinc and ellipj": "has no rule yet",
    "the widths of the filters in scipy.ndimage": "has no rule yet",
    "the knots of a spline, and what other splines than CubicSpline go through": (
        "has no rule yet"
    ),
    "the elements of a sparse matrix that is an argument, frozen distributions made "
    "outside of what is differentiated": (
        "objects of SciPy are constants: make them from their elements inside"
    ),
    "overwrite_a=, overwrite_b= and out=": "they would destroy what derivatives read",
    "zi= of sosfilt, method='gust' of filtfilt, left= of eig, "
    "return_sign= of logsumexp, repetition= of comb": "has no rule yet",
}


def _named(prefix: str, table: dict[str, str]) -> dict[str, str]:
    return {
        f"{prefix}.{name}": reason
        for reason, names in table.items()
        for name in names.split()
    }


OUT_OF_SCOPE: dict[str, str] = {
    **_named("scipy.special", _SPECIAL),
    **_named("scipy.linalg", _LINALG),
}
