"""The demo: its data are Old Faithful's, its fit is the maximum likelihood."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sourcediff import check_grads
from sourcediff.demo import report
from sourcediff.demo.columns import folded, side_by_side
from sourcediff.demo.data import old_faithful, standardised
from sourcediff.demo.fit import (
    all_differences,
    descend,
    first_guess,
    kinds_in_minutes,
    log_likelihood,
)
from sourcediff.demo.mixture import misfit
from sourcediff.demo.plot import NoMatplotlib, new_figure


def test_the_data_have_the_published_statistics() -> None:
    """R's summary(faithful), var(faithful), and lm(eruptions ~ waiting)."""
    data = old_faithful()
    assert data.shape == (272, 2)
    quartiles = np.quantile(data, [0, 0.25, 0.5, 0.75, 1], axis=0)
    assert np.allclose(quartiles[:, 0], [1.6, 2.16275, 4.0, 4.45425, 5.1], rtol=1e-12)
    assert np.array_equal(quartiles[:, 1], [43, 58, 76, 82, 96])
    assert np.allclose(data.mean(axis=0), [3.487783, 70.897059], rtol=1e-7)
    covariance = [[1.302728, 13.977808], [13.977808, 184.823312]]
    assert np.allclose(np.cov(data.T), covariance, rtol=1e-6)
    line = np.polyfit(data[:, 1], data[:, 0], 1)
    assert np.allclose(line, [0.075628, -1.874016], rtol=1e-5)
    residuals = data[:, 0] - np.polyval(line, data[:, 1])
    assert np.allclose(
        np.quantile(residuals, [0, 0.25, 0.5, 0.75, 1]),
        [-1.29917, -0.37689, 0.03508, 0.34909, 1.19329],
        atol=6e-6,
    )


def test_the_gradient_is_right_along_the_way() -> None:
    data = standardised(old_faithful())
    for step, _, model in descend(data, 30):
        if step % 15 == 0:
            check_grads(misfit, (model, data))


def test_differences_are_those_of_another_program() -> None:
    data = standardised(old_faithful())
    model = first_guess()
    slopes = all_differences(model, data)
    ahead = {key: value + 1e-6 * slopes[key] for key, value in model.items()}
    gained = (misfit(ahead, data) - misfit(model, data)) / 1e-6
    assert gained == pytest.approx(sum(np.sum(s**2) for s in slopes.values()), rel=1e-4)


def test_the_fit_is_the_maximum_likelihood() -> None:
    """EM finds -1130.264 and these means (R's mclust, model VVV with 2 components)."""
    data = old_faithful()
    *_, (_, value, model) = descend(standardised(data))
    assert log_likelihood(value, data) == pytest.approx(-1130.264, abs=1e-3)
    short, long = kinds_in_minutes(model, data)
    assert short.share == pytest.approx(0.3559, abs=1e-4)
    assert np.allclose(short.mean, [2.0364, 54.4785], atol=1e-3)
    assert np.allclose(long.mean, [4.2897, 79.9681], atol=1e-3)
    assert np.allclose(
        long.covariance, [[0.1700, 0.9406], [0.9406, 36.0462]], rtol=1e-3
    )


def test_the_report_tells_all_parts_in_time() -> None:
    start = time.perf_counter()
    text = "\n".join(report(width=100))
    assert time.perf_counter() - start < 20
    for part in (
        "272 eruptions",
        "def misfit(",
        "def misfit_grad(",
        "largest difference",
        "step  600   log likelihood   -1130.2640",
        "35.6%",
        "central differences",
    ):
        assert part in text


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "fit.png"
    assert list(report(picture))[-1].endswith(f"The picture is in {picture}.")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_missing_matplotlib_is_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(NoMatplotlib, match=r"sourcediff\[viz\]"):
        new_figure()
    with pytest.raises(NoMatplotlib):
        next(report(Path("never.png")))


def test_columns_fold_what_is_too_wide() -> None:
    assert folded("short", 10) == ["short"]
    assert folded("x" * 30, 10) == ["x" * 30]
    wide = "value = " + " + ".join(["something"] * 12)
    lines = side_by_side(wide + "\nend", wide, 80)
    assert max(map(len, lines)) <= 80
    joined = " ".join(line.partition(" | ")[2].strip() for line in lines)
    assert joined.split() == wide.split()
