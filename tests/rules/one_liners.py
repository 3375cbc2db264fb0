"""Plain NumPy programs of one line: what users write, for each function and option.

A program is an expression, or statements that end in one for `y`. Its names are the
values of `sourcediff.checking.values`; all that are floats or complex are differentiated by.
"""

# ruff: noqa: E501

EXPRESSIONS = """
np.cumprod(A, axis=1)
np.cumprod(v)
np.interp(u, np.sort(v), w)
np.interp(s, [0.0, 1.0, 3.0], w[:3])
np.interp(u, np.linspace(-2, 2, 5), w, left=s, right=t)
np.interp(u, np.linspace(-2, 2, 5), w, period=1.7)
np.median(A)
np.median(A, axis=0)
np.median(v)
np.median(A, axis=(0, 1), keepdims=True)
np.percentile(A, 30)
np.percentile(A, [30, 70.0], axis=1)
np.percentile(A, 30, axis=1, method="hazen")
np.quantile(A, 0.3)
np.quantile(v, s / 3)
np.quantile(A, 0.3, axis=0)
np.quantile(A, [0.2, 0.3], axis=1, keepdims=True)
np.nanquantile(A, 0.3, axis=1)
np.nanpercentile(A, 30)
np.nanmedian(A, axis=1)
np.nanmedian(N)
np.nansum(N)
np.nansum(N, axis=0)
np.nanmean(N, axis=1)
np.nanmax(N, axis=1)
np.nanmin(N)
np.nanstd(N, axis=1)
np.nanvar(N, ddof=1)
np.nanprod(N, axis=1)
np.nancumsum(N, axis=1)
np.nancumprod(N, axis=1)
np.take(A, [0, 2, 0], axis=1)
np.take(A, [0, 5, 7])
np.take(A, [0, 5, -7, 13], mode="wrap")
np.take(A, [0, 5, -7, 13], mode="clip")
A.take([0, 5, 7])
A.take([1, 1], axis=0)
np.take_along_axis(A, np.argsort(A, axis=1), axis=1)
np.take_along_axis(A, np.argsort(A, axis=None), axis=None)
np.convolve(v, w)
np.convolve(v, w[:3], "same")
np.convolve(v, w[:3], mode="valid")
np.correlate(v, w, "full")
np.correlate(v, w[:2])
np.trapezoid(v)
np.trapezoid(v, w)
np.trapezoid(v, dx=s)
np.trapezoid(A, dx=0.5, axis=0)
np.trapezoid(A, A[0], axis=1)
np.trapezoid(A, C, axis=1)
np.cov(A)
np.cov(v, w)
np.cov(A, rowvar=False, ddof=0)
np.cov(A, fweights=[1, 2, 1, 3])
np.cov(A, aweights=[1, 2.5, 1, 3])
np.cov(A, bias=True)
np.corrcoef(A)
np.corrcoef(v, w)
np.corrcoef(A, rowvar=False)
np.average(A)
np.average(A, weights=C)
np.average(A, axis=1, weights=w[:4] + 3)
np.average(v, weights=p)
np.average(A, axis=1, weights=w[:4] + 3, returned=True)[0]
np.float_power(p, v)
np.float_power(p, 2)
np.cbrt(v)
np.flip(A)
np.flip(A, 1)
np.flip(A, (0, 1))
np.flipud(A)
np.fliplr(A)
np.piecewise(v, [v < 0, v >= 0], [lambda x: x * x, lambda x: np.sin(x)])
np.piecewise(v, [v < 0], [s, t])
np.piecewise(v, [v < 0, v > 1], [lambda x: x * s, lambda x: x * x, 0.5])
np.piecewise(v[:2], [True, False], [np.sin, np.cos])
np.piecewise(v, v < 0, [np.sin, 2.0 * s])
np.select([v < 0, v > 1], [v * v, np.sin(v)], default=t)
np.select([v < 0, v > 1], [w, v])
np.select([A < 0], [C], A * A)
np.unwrap(5 * v)
np.unwrap(5 * A, axis=0, discont=3.5)
np.unwrap(5 * v, period=3.0)
np.polyval(v, w)
np.polyval(v, s)
np.polyval([s, t, 1.5], 0.7)
np.polyfit(v, w, 2)
np.polyfit(v, w, 2, w=p)
np.polyfit(v, A[:, 0].sum() * w, 1)
np.polyder(v)
np.polyder(v, 2)
np.polyint(v)
np.polyint(v, 2, k=[s, t])
np.polyadd(v, w[:3])
np.polysub(v, w[:3])
np.polymul(v, w[:3])
np.polydiv(v, w[:3])[0]
np.polydiv(v, w[:3])[1]
np.poly(v)
np.roots(np.array([1.3, -1.2, -9.5, 2.7]) * s)
np.meshgrid(v, w)[0]
np.meshgrid(v, w, indexing="ij")[1]
np.meshgrid(v, w[:2], sparse=True)[0]
np.vander(v)
np.vander(v, 3, increasing=True)
np.geomspace(s, 7.5, 5)
np.geomspace(t, s, num=4, endpoint=False)
np.linspace(s, t, 5)
np.linspace(v, w, 4)
np.linspace(v, w, 4, axis=1)
np.linspace(s, 3.0, num=4, endpoint=False)
np.linspace(s, 3.0, num=4, retstep=True)[1]
np.logspace(s, t, 5)
np.logspace(s, t, 5, base=2.0)
np.logspace(0.0, 1.0, 5, base=s)
np.arange(s, 7.5, t)
np.arange(s)
np.gradient(v)
np.gradient(v, 0.3)
np.gradient(A, axis=0)
np.gradient(A)[0]
np.gradient(A, 0.3, np.array([0.1, 0.4, 0.5, 1.1]))[1]
np.gradient(v, edge_order=2)
np.diff(v)
np.diff(v, n=2)
np.diff(A, axis=0)
np.diff(v, prepend=s, append=t)
np.ediff1d(v)
np.ediff1d(v, to_end=s, to_begin=w)
np.cross(A[:, :3], C[:, 1:])
np.cross(A[0, :3], C[:, 1:])
np.linalg.cross(A[:, :3], C[:, 1:])
np.cross(A[:, :3], C[:, 1:], axis=0)
np.apply_along_axis(np.sum, 0, A)
np.apply_along_axis(lambda r: r * r[0], 1, A)
np.apply_along_axis(np.cumsum, 0, A)
np.apply_along_axis(np.convolve, 1, A, w, "same")
np.apply_over_axes(np.sum, T, [0, 2])
np.histogram(v, 4, weights=w)[0]
np.histogram(v, bins=[-3.0, 0.0, 3.0], weights=w)[0]
np.bincount([3, 0, 3, 1, 0], weights=v)
np.bincount([3, 0, 3, 1, 0], v, 7)
np.insert(v, 2, s)
np.insert(v, [1, 3], w[:2])
np.insert(A, 1, w[:4], axis=0)
np.insert(A, 1, w[:3], axis=1)
np.delete(v, 2)
np.delete(A, [0, 2], axis=1)
np.delete(A, slice(1, 3), axis=1)
np.delete(v, m)
np.append(v, w)
np.append(A, C, axis=0)
np.append(v, s)
np.unique(v) * v
v[np.unique([3, 1, 3])]
v * np.searchsorted(np.sort(w), v)
np.where(np.nextafter(v, w) > 0, v, w)
np.nextafter(v, w)
np.ix_([0, 2], [1, 3])[0] * A[:2, :1]
A[np.ix_([0, 2], [1, 3])]
np.block([[A, C], [C, A]])
np.block([v, w])
np.block([[s, t], [t, s]])
np.column_stack([v, w])
np.column_stack((v, A.T[:, 0].sum() * w))
np.dstack([A, C])
np.vstack([v, w])
np.hstack([v, w])
np.hstack((A, C))
np.stack([v, w], axis=1)
np.stack([v, w], axis=-1)
np.concatenate([v, w])
np.concatenate([A, C], axis=1)
np.concatenate([A, C], axis=None)
np.concat([v, w])
np.rot90(A)
np.rot90(A, 2)
np.rot90(T, -1, (1, 2))
A[np.triu_indices(3)]
M[np.tril_indices(4, -1)]
M[np.triu_indices_from(M)]
M[np.diag_indices(4)]
np.nan_to_num(N)
np.nan_to_num(N, nan=s)
np.sinc(v)
np.i0(v)
np.heaviside(v, 0.5) * v
np.heaviside(v, s)
np.ldexp(v, 3)
np.ldexp(v, i)
np.frexp(v)[0]
np.modf(7.3 * v)[0]
np.modf(7.3 * v)[1] * v
np.hypot(v, w)
np.logaddexp(v, w)
np.logaddexp2(v, w)
np.copysign(v, w)
np.divmod(7.3 * v, p)[1]
divmod(s, t)[1]
np.fmod(7.3 * v, p)
np.remainder(7.3 * v, p)
np.mod(7.3 * v, p)
(7.3 * v) % p
np.linalg.qr(B)[0]
np.linalg.qr(B)[1]
np.linalg.qr(B, mode="r")
np.linalg.qr(B).R
np.linalg.qr(A)[1]
np.linalg.qr(T)[1]
np.linalg.lstsq(B, v[:4])[0]
np.linalg.lstsq(B, v[:4], rcond=None)[0]
np.linalg.lstsq(B, v[:4])[1]
np.linalg.lstsq(B, v[:4])[3]
np.linalg.pinv(A)
np.linalg.pinv(A, rcond=1e-10)
np.linalg.pinv(S, hermitian=True)
np.linalg.pinv(A, rtol=1e-12)
np.linalg.matrix_power(M, 3)
np.linalg.matrix_power(M, -2)
np.linalg.eigh(S)[0]
np.abs(np.linalg.eigh(S)[1])
np.linalg.eigh(S).eigenvalues
np.linalg.eigvalsh(S)
np.linalg.eigvalsh(S, UPLO="U")
np.linalg.eig(np.diag([1.0, 2.5, -1.2]) + A[:, :3] / 5)[0]
np.linalg.eigvals(np.diag([1.0, 2.5, -1.2]) + A[:, :3] / 5)
np.linalg.svd(A)[1]
np.linalg.svd(A, full_matrices=False)[0] @ np.diag(np.linalg.svd(A, full_matrices=False)[1])
np.linalg.svd(A, full_matrices=False)[2]
np.linalg.svd(A, compute_uv=False)
np.linalg.svd(S, hermitian=True)[1]
np.linalg.svd(S, compute_uv=False, hermitian=True)
np.linalg.svdvals(A)
np.linalg.slogdet(M)[1]
np.linalg.slogdet(M).logabsdet
np.linalg.slogdet(np.stack([M, S]))[1]
np.linalg.det(M)
np.linalg.inv(M)
np.linalg.solve(M, v[:4])
np.linalg.solve(M, B)
np.linalg.cholesky(S)
np.linalg.cholesky(S, upper=True)
np.linalg.multi_dot([A, B, A])
np.linalg.multi_dot([v[:3], A, B, w[:3]])
np.linalg.norm(A)
np.linalg.norm(v)
np.linalg.norm(v, 1)
np.linalg.norm(v, 3)
np.linalg.norm(v, np.inf)
np.linalg.norm(v, -np.inf)
np.linalg.norm(v, -2)
np.linalg.norm(A, axis=1)
np.linalg.norm(A, ord=1, axis=1, keepdims=True)
np.linalg.norm(A, "fro")
np.linalg.norm(A, "nuc")
np.linalg.norm(A, 2)
np.linalg.norm(A, -2)
np.linalg.norm(A, 1)
np.linalg.norm(A, -1)
np.linalg.norm(A, np.inf)
np.linalg.norm(A, -np.inf)
np.linalg.norm(T, axis=(1, 2))
np.linalg.norm(T, 2, axis=(0, 2))
np.linalg.norm(T, 1, (0, 2), True)
np.linalg.matrix_norm(A)
np.linalg.matrix_norm(A, ord=2)
np.linalg.matrix_norm(A, ord="nuc", keepdims=True)
np.linalg.matrix_norm(T)
np.linalg.vector_norm(A)
np.linalg.vector_norm(A, axis=1)
np.linalg.vector_norm(A, axis=1, ord=3, keepdims=True)
np.linalg.vector_norm(A, ord=1)
np.linalg.cond(M)
np.linalg.cond(M, "fro")
np.linalg.cond(M, 1)
np.linalg.cond(M, np.inf)
np.linalg.cond(A)
np.linalg.cond(M, -2)
np.linalg.tensorsolve(np.reshape(np.kron(M, np.eye(3)), (4, 3, 2, 6)), B)
np.linalg.tensorinv(np.reshape(M, (4, 2, 2)), ind=1)
np.linalg.tensorinv(np.reshape(np.kron(M, np.eye(3)), (4, 3, 2, 6)))
np.linalg.matrix_transpose(A)
np.linalg.outer(v, w)
np.linalg.diagonal(T)
np.linalg.trace(M)
np.linalg.vecdot(A, C)
np.linalg.matmul(A, B)
np.linalg.tensordot(A, C)
np.vecdot(A, C)
np.linalg.matrix_rank(A) * A
np.fft.fft(v)
np.fft.fft(z)
np.fft.fft(v, 8)
np.fft.fft(A, axis=0, norm="ortho")
np.fft.ifft(z)
np.fft.ifft(z, 3, norm="forward")
np.fft.rfft(v)
np.fft.rfft(A, axis=0)
np.fft.irfft(z)
np.fft.irfft(z, 7)
np.fft.irfft(np.fft.rfft(v) * z[:3], 5)
np.fft.hfft(z)
np.fft.ihfft(v)
np.fft.fft2(A)
np.fft.ifft2(Z)
np.fft.rfft2(A)
np.fft.irfft2(Z)
np.fft.fftn(T)
np.fft.ifftn(Z, norm="ortho")
np.fft.fftn(T, axes=(0, 2))
np.fft.fftn(T, s=(4,), axes=(1,))
np.fft.rfftn(T, axes=(0, 1))
np.fft.irfftn(Z, s=(3, 5), axes=(0, 1))
np.fft.fftshift(v)
np.fft.ifftshift(A, axes=0)
np.fft.fftfreq(5, s)
np.fft.rfftfreq(5, d=s)
np.einsum("ij,jk->ik", A, B)
np.einsum("ij,jk", A, B)
np.einsum("ii->i", M)
np.einsum("ii", M)
np.einsum("ij->j", A)
np.einsum("ij->", A)
np.einsum("ij,ij->i", A, C)
np.einsum("...ij,jk->...ik", T, B)
np.einsum("i...->...", T)
np.einsum("...i,...i", A, C)
np.einsum("i,j,k->ijk", v, w, p)
np.einsum("ij,jk,kl->il", A, B, A, optimize=True)
np.einsum("ij,jk,kl->il", A, B, A, optimize="greedy")
np.einsum("ij,jk,kl->il", A, B, A, optimize="optimal")
np.einsum("iij->j", np.stack([M, S], axis=2))
np.einsum("ij,kj->ik", A, A)
np.einsum(A, [0, 1], B, [1, 2], [0, 2])
np.einsum(A, [0, 1], B, [1, 2])
np.einsum("ij , jk -> ik", A, B)
np.einsum("ii,i->", M, w[:4])
np.einsum("i,i", z, q)
np.einsum("ij->ji", Z)
np.add.reduce(A)
np.add.reduce(A, axis=1)
np.add.reduce(A, axis=None)
np.add.reduce(A, axis=(0, 1), keepdims=True)
np.add.reduce(v, initial=s)
np.add.reduce(v, where=m)
np.add.accumulate(A, axis=1)
np.add.accumulate(v)
np.add.outer(v, w)
np.add.reduceat(v, [0, 2, 3])
np.add.reduceat(A, [0, 2], axis=1)
np.multiply.reduce(v)
np.multiply.reduce(A, axis=1)
np.multiply.reduce(v, initial=s)
np.multiply.reduce(v, where=m)
np.multiply.accumulate(v)
np.multiply.accumulate(A, axis=1)
np.multiply.outer(v, w)
np.multiply.outer(A, v)
np.multiply.reduceat(v, [0, 2, 3])
np.maximum.reduce(A, axis=1)
np.maximum.reduce(v, initial=0.3)
np.maximum.reduce(v, initial=-9.0, where=m)
np.maximum.accumulate(v)
np.maximum.outer(v, w)
np.maximum.reduceat(v, [0, 2, 3])
np.minimum.reduce(A, axis=None)
np.minimum.accumulate(A, axis=1)
np.minimum.outer(v, w)
np.minimum.reduceat(v, [0, 2, 3])
np.subtract.reduce(v)
np.subtract.reduce(A, axis=1)
np.subtract.accumulate(v)
np.subtract.outer(v, w)
np.subtract.reduceat(v, [0, 2])
np.divide.outer(v, w)
np.divide.reduce(v)
np.divide.reduce(A, axis=1)
np.divide.accumulate(v)
np.power.outer(p, v)
np.logaddexp.reduce(v)
np.logaddexp.reduce(A, axis=1)
np.logaddexp.reduce(A, axis=(0, 1), keepdims=True)
np.logaddexp.accumulate(v)
np.logaddexp.outer(v, w)
np.logaddexp2.reduce(v)
np.logaddexp2.reduce(A, axis=0)
np.logaddexp2.outer(v, w)
np.hypot.reduce(v)
np.hypot.outer(v, w)
np.arctan2.outer(v, w)
np.fmax.reduce(v)
np.fmin.reduce(A, axis=1)
np.fmax.accumulate(v)
np.matmul(T, B)
np.dot(A, B)
np.inner(A, C)
np.outer(v, w)
np.kron(A, C)
np.kron(v, A)
np.tensordot(A, C)
np.tensordot(T, B, axes=1)
np.vdot(v, w)
np.trace(M)
np.trace(M, offset=1)
np.trace(T, axis1=1, axis2=2)
np.diag(v)
np.diag(A)
np.diag(v, k=1)
np.diagflat(v)
np.diagonal(A, 1)
np.tri(3, 4) * A
np.tril(A)
np.triu(A, 1)
np.sum(A, where=A > 0)
np.sum(A, axis=0, initial=s)
np.sum(A, axis=1, where=A > 0, initial=2.0)
np.sum(A, dtype=np.float64)
np.mean(A, where=A > 0)
np.mean(A, axis=0, keepdims=True)
np.std(A, axis=0)
np.std(A, ddof=1)
np.std(A, axis=1, correction=1)
np.std(A, axis=1, mean=np.mean(A, axis=1, keepdims=True))
np.std(A, where=A > 0)
np.var(A)
np.var(z)
np.std(Z, axis=0)
np.prod(A, axis=1)
np.prod(A, where=A > 0)
np.prod(A, axis=0, initial=s)
np.max(A, axis=1)
np.max(A, initial=0.0)
np.max(A, axis=1, where=A > 0, initial=-5.0)
np.min(A, axis=1, initial=9.0)
np.amax(A, 0)
np.amin(A, 0)
np.ptp(A, axis=1)
np.clip(v, -1, 1)
np.clip(v, w - 1, p)
np.clip(v, None, 0.5)
np.sin(v, where=m, out=np.zeros(5))
np.add(v, w, where=m, out=np.ones(5))
np.multiply(v, w, dtype=np.float64)
np.sin(v, dtype=np.float64)
np.sort(v)
np.sort(A, axis=0)
np.sort(A, axis=None)
np.sort(v, kind="stable")
np.partition(v, 2)
v[np.argsort(v)]
v[np.argpartition(v, 2)]
v[np.lexsort((w, v))]
np.where(m, v, w)
np.where(A > 0, A, 0.5)
A[np.where(A > 0)]
np.extract(v > 0, v)
np.compress(m, v)
np.compress([True, False, True], A, axis=0)
np.choose([0, 1, 1, 0, 1], [v, w])
np.choose(i % 2, (v, w))
np.repeat(v, 2)
np.repeat(A, [1, 2, 0], axis=0)
np.tile(v, 2)
np.tile(A, (2, 1))
np.resize(v, 8)
np.resize(A, (2, 9))
np.pad(v, 2)
np.pad(A, ((1, 0), (0, 2)))
np.pad(v, 2, mode="edge")
np.pad(v, 2, mode="reflect")
np.pad(v, 2, mode="symmetric")
np.pad(v, 2, mode="wrap")
np.pad(v, 2, mode="constant", constant_values=s)
np.pad(v, (1, 2), constant_values=(s, t))
np.roll(v, 2)
np.roll(A, 1, axis=1)
np.roll(A, (1, 2), axis=(0, 1))
np.rollaxis(T, 2)
np.moveaxis(T, 0, -1)
np.swapaxes(T, 0, 1)
np.transpose(T, (2, 0, 1))
np.permute_dims(T, (2, 0, 1))
np.matrix_transpose(A)
np.expand_dims(v, 0)
np.squeeze(A[:1])
np.squeeze(A[:1], axis=0)
np.ravel(A)
np.ravel(A, order="F")
np.reshape(A, (2, 6))
np.reshape(A, (2, -1), order="F")
np.atleast_1d(s)
np.atleast_2d(v)
np.atleast_3d(A)
np.broadcast_to(v, (3, 5))
np.broadcast_arrays(v, A[:, :1])[0]
np.split(v, [2])[1]
np.array_split(v, 3)[1]
np.hsplit(A, 2)[1]
np.vsplit(T, 2)[1]
np.dsplit(T, 2)[1]
np.copy(A)
np.array(v)
np.array([s, t, 1.0])
np.array([[s, t], [t, 0.0]])
np.array([v, w])
np.asarray(v)
np.asanyarray(v)
np.ascontiguousarray(A.T)
np.asfortranarray(A)
np.full(3, s)
np.full((2, 2), v[0])
np.full_like(v, s)
np.ones_like(v) * v
np.zeros_like(v) + v
np.empty_like(v) * 0 + v
np.eye(3) * A[:, :3]
np.identity(3) @ A
np.real(z)
np.imag(z)
np.angle(z)
np.angle(z, deg=True)
np.conj(z)
np.conjugate(z)
np.abs(z)
np.absolute(z)
np.exp(z)
np.log(z)
np.sqrt(z)
np.sin(v)
np.cos(v)
np.tan(v)
np.arcsin(u)
np.arccos(u)
np.arctan(v)
np.arctan2(v, w)
np.asin(u)
np.acos(u)
np.atan(v)
np.atan2(v, w)
np.asinh(v)
np.acosh(1 + p)
np.atanh(u)
np.sinh(v)
np.cosh(v)
np.tanh(v)
np.exp(v)
np.exp2(v)
np.expm1(v)
np.log(p)
np.log2(p)
np.log10(p)
np.log1p(p)
np.sqrt(p)
np.square(v)
np.reciprocal(v)
np.abs(v)
np.fabs(v)
np.sign(v) * v
np.positive(v)
np.negative(v)
np.pow(p, v)
np.power(p, 2)
np.power(v, 3)
np.true_divide(v, w)
np.divide(v, w)
np.floor_divide(v, w) * v
np.deg2rad(v)
np.rad2deg(v)
np.degrees(v)
np.radians(v)
np.maximum(v, w)
np.minimum(v, w)
np.fmax(v, w)
np.fmin(v, w)
np.round(v, 1) * v
np.rint(v) * v
np.trunc(2.5 * v) * v
np.floor(v) * v
np.ceil(v) * v
np.trunc(v) * v
np.spacing(v) * v
np.count_nonzero(v > 0) * v
np.argmax(v) * v
np.nonzero(v > 0)[0] * s
v[np.flatnonzero(v > 0)]
v[np.nonzero(v > 0)]
A[np.argwhere(A > 0)[:, 0]]
v[np.digitize(w, [-1.0, 0.0, 1.0])]
v[np.isin(v, v[:2])]
np.trim_zeros(v)
np.bartlett(5) * v
np.blackman(5) * v
np.hamming(5) * v
np.hanning(5) * v
np.kaiser(5, 14.0) * v
np.nanargmax(N) * s
np.lib.stride_tricks.sliding_window_view(v, 3)
np.fromfunction(lambda j, k: s * j + k, (3, 4))
np.fromfunction(lambda j: np.sin(s * j) * t, (3,), dtype=float) * v[:3]
np.astype(v, np.float64)
np.float64(s)
np.float64(v)
np.complex128(z)
np.triu(M) @ np.tril(M)
np.c_[v, w]
np.r_[v, w]
np.r_[s, v, 0.0]
np.mgrid[0:3, 0:4][0] * A
np.ogrid[0:3, 0:4][0] * A
np.bitwise_and(i, 1) * v
np.shape(A)[0] * A
np.size(A) * A
np.ndim(A) * A
np.diag_indices_from(M)[0] * M
np.unravel_index(3, (3, 4))[0] * s
v[np.ravel_multi_index(([0, 1],), (5,))]
np.tril_indices(3)[0] * s
np.indices((3, 4))[0] * A
np.mask_indices(3, np.triu)[0] * s
A.sum()
A.sum(0)
A.sum(axis=1, keepdims=True)
A.sum(axis=1, where=A > 0)
A.sum(initial=s)
A.T
A.mT
z.real
z.imag
v.real
v.imag + v
A.mean()
A.mean(axis=0)
A.mean(1)
A.std()
A.std(axis=0, ddof=1)
A.var(axis=1)
v.clip(-1, 1)
v.clip(max=0.3)
v.clip(w, p)
A.dot(B)
v.dot(w)
v.prod()
A.prod(axis=1)
A.cumsum()
A.cumsum(axis=1)
A.cumprod(0)
M.trace()
M.trace(1)
A.diagonal()
M.diagonal(1)
A.repeat(2)
A.repeat(2, axis=1)
A.reshape(2, 6)
A.reshape((2, 6))
A.reshape(-1)
A.reshape(2, -1, order="F")
v.astype(float)
v.astype(np.float64, copy=False)
v[:1].item()
v.item(2)
A.item(1, 2)
np.array(v.tolist())
A.flatten()
A.flatten("F")
A.ravel()
A.ravel(order="F")
A[:1].squeeze()
A[:1].squeeze(axis=0)
T.swapaxes(0, 2)
T.transpose(2, 0, 1)
T.transpose()
T.transpose((1, 0, 2))
v.max()
A.max(axis=1)
A.min(axis=0)
A.min(axis=0, initial=0.2)
v.argmax() * v
v[v.argsort()]
v.nonzero()[0] * s
v.searchsorted(0.1) * v
v.round(1) * v
z.conj()
z.conjugate()
v.copy()
A.copy("F")
A.compress([True, False, True], axis=0)
i.choose([v, w, v, w])
v.flat[2]
v.any() * v
v.all() * v
A.shape[0] * A
A.size * A
A.ndim * A
len(v) * v
float(s) * v
sum(v)
max(v)
min(s, t)
abs(v)
pow(s, 2)
round(s) * v
v @ w
A @ B
A ** 2
2.0 ** v
-v
+v
v // 0.3 * v
p ** w
1 / v
v[::-1]
v[1:-1]
A[:, None]
A[..., 0]
A[m[:3]]
A[[0, 2], [1, 3]]
A[:, [0, 0, 1]]
A[A > 0]
v[i]
np.real(np.exp(1j * v)) @ w
np.imag(c * (z * s)) * v
np.conj(c * z * s).imag
np.vdot(c * z * s, 1j * t * q)
np.fft.irfft(c * z * s)
np.sum(np.real((2 + 1j) * z * z)) * v
sum(range(3), s * v)
np.nanpercentile(N, [10, 90.0], axis=1)
np.stack(np.gradient(T, axis=(0, 2)))
(v * 2).tolist()[1] * w
"""

STATEMENTS = """
i_ = np.array([0, 1]); j_ = np.array([1, 2]); y = np.einsum(A, i_, B, j_) * A[:, :3]
a = v.copy(); np.copyto(a, w); y = a * a
a = v.copy(); np.copyto(a, w, where=m); y = a * v
a = v.copy(); np.putmask(a, m, w); y = a * a
a = v.copy(); np.place(a, m, w[:2]); y = a * a
a = M.copy(); np.fill_diagonal(a, s); y = a * a
a = M.copy(); np.fill_diagonal(a, v[:4]); y = a * a
a = A.copy(); np.put_along_axis(a, np.argmin(A, axis=1)[:, None], s, axis=1); y = a * A
a = A.copy(); np.put(a, [1, 5], v[:2]); y = a * a
a = A.copy(); a.put([1, 5], v[:2]); y = a * a
a = A.copy(); a.fill(s); y = a * A
a = A.copy(); a.sort(); y = a * A
a = A.copy(); a.sort(axis=0); y = a * A
a = v.copy(); a.partition(2); y = a * v
a = v.copy(); np.add.at(a, i, w); y = a * v
a = v.copy(); np.subtract.at(a, i, w); y = a * v
a = v.copy(); np.multiply.at(a, [0, 2], w[:2]); y = a * v
a = v.copy(); np.multiply.at(a, i, w); y = a * v
a = v.copy(); np.divide.at(a, [0, 2], w[:2]); y = a * v
a = v.copy(); np.maximum.at(a, [0, 2], w[:2]); y = a * v
a = v.copy(); np.maximum.at(a, i, w); y = a * v
a = v.copy(); np.minimum.at(a, [0, 2], w[:2]); y = a * v
a = v.copy(); np.negative.at(a, [0, 2]); y = a * v
a = v.copy(); np.exp.at(a, [0, 2]); y = a * v
a = v.copy(); np.logaddexp.at(a, [0, 2], w[:2]); y = a * v
a = v.copy(); np.power.at(a, [0, 2], 2); y = a * v
a = np.zeros(5); np.sin(v, out=a); y = a * v
a = np.zeros(5); np.sin(v, a); y = a * v
a = np.zeros(5); np.add(v, w, out=a); y = a * v
a = np.zeros(5); b = np.add(v, w, out=a); y = a * b
a = np.ones(5); np.add(v, w, out=a, where=m); y = a * v
a = np.zeros((3, 3)); np.matmul(A, B, out=a); y = a * a
a = np.zeros((3, 3)); np.dot(A, B, out=a); y = a * a
a = np.zeros(4); np.sum(A, axis=0, out=a); y = a * a
a = np.zeros(4); A.sum(axis=0, out=a); y = a * a
a = np.zeros(4); np.mean(A, axis=0, out=a); y = a * a
a = np.zeros((3, 4)); np.cumsum(A, axis=0, out=a); y = a * a
a = np.zeros(5); np.clip(v, -1, 1, out=a); y = a * v
a = v.copy(); np.clip(a, -1, 1, out=a); y = a * v
a = v.copy(); a += w; y = a * a
a = v.copy(); a *= w; y = a * a
a = v.copy(); np.multiply(a, w, out=a); y = a * a
a = np.zeros((3, 3)); np.einsum("ij,jk->ik", A, B, out=a); y = a * a
a = np.zeros(3); np.take(v, [0, 2, 2], out=a); y = a * a
a = np.zeros(10); np.concatenate([v, w], out=a); y = a * a
a = np.zeros((2, 5)); np.stack([v, w], out=a); y = a * a
a = np.zeros(4); np.add.reduce(A, out=a); y = a * a
a = np.zeros(5); np.add.accumulate(v, out=a); y = a * a
a = np.zeros(4); np.max(A, axis=0, out=a); y = a * a
a = np.zeros((5, 5)); np.outer(v, w, out=a); y = a * a
a = v.copy(); a[:] = w; y = a * a
a = v.copy(); a.flat[1:3] = w[:2]; y = a * v
a = v.copy(); a.real[1:] = s; y = a * v
a = A.copy(); a.T[0] = w[:3]; y = a * A
a = A.copy(); np.nan_to_num(a, copy=False); y = a * A
q_, r_ = np.linalg.qr(B); y = q_ @ r_ * B + r_[0]
w_, v_ = np.linalg.eigh(S); y = v_ * w_ @ v_.T * S
u_, s_, vh_ = np.linalg.svd(A, full_matrices=False); y = u_ * s_ @ vh_ * A
u_, s_, vh_ = np.linalg.svd(A, False); y = np.abs(u_) + s_[0]
sign_, logdet_ = np.linalg.slogdet(M); y = sign_ * logdet_
x_, res_, rank_, sv_ = np.linalg.lstsq(B, v[:4], rcond=None); y = x_ * rank_
r = np.linalg.eigh(S); y = r.eigenvalues * v[:4]
X_, Y_ = np.meshgrid(v, w[:3]); y = X_ * Y_
a, b = np.divmod(7.3 * v, p); y = a * b
a, b = np.modf(7.3 * v); y = a * b
a, b = np.frexp(v); y = a * b
a, b = np.gradient(A); y = a * b
a, b = np.split(A, 2, axis=1); y = a * b
a, b = np.broadcast_arrays(v, A[:, :1]); y = a * b
h, e = np.histogram(v, 4, weights=w); y = h * h
a, k = np.unique(v, return_inverse=True); y = a[k] * v
a, k = np.linspace(s, t, 5, retstep=True); y = a * k
C_, R = np.average(A, axis=1, weights=w[:4] + 3, returned=True); y = C_ * R
a = np.empty(5); a[:] = v; y = a * a
r = np.split(v * 2, [1, 2, 4]); y = r[0] * r[1] * r[2]
"""

#: What the tape refuses; it is compiled.
UNTAPED = """
np.polyval([s, t, 1.5], 0.7)
np.linalg.matrix_rank(A) * A
i.choose([v, w, v, w])
round(s) * v
a = A.copy(); np.nan_to_num(a, copy=False); y = a * A
"""

#: Expressions that not every NumPy 2 knows, by the version that brought them.
SINCE = {
    "2.1.0": """
np.cumulative_sum(v)
np.cumulative_sum(A, axis=1)
np.cumulative_sum(v, include_initial=True)
np.cumulative_prod(v)
np.cumulative_prod(A, axis=0, include_initial=True)
np.clip(v, min=-0.5, max=0.5)
np.reshape(A, shape=(6, 2))
np.unstack(A)[1]
""",
    "2.2.0": """
np.matvec(A, v[:4])
np.vecmat(v[:3], A)
""",
}
