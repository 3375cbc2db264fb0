"""The command: what it prints, and how it fails."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sourcediff.cli import main
from sourcediff.rules import all_rules
from sourcediff.target import random_arguments

MODEL = '''\
"""A model."""
import numpy as np

from sourcediff import grad

N = 4


def loss(w, x: np.ndarray, power=2):
    return np.sum((w * x) ** power)


def plain(a: float, x: np.ndarray):
    return a * np.sum(np.sin(x))


def shape_bound(w, X):
    return np.sum(X[:, 1] * w)


def generator(x):
    yield x


@grad(wrt="a")
def decorated(x, a):
    return x * a**3


class Simulator:
    @staticmethod
    def energy(x):
        return x * x


number = 3
'''


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "its_model.py"
    path.write_text(MODEL)
    before = list(sys.path)
    yield path
    sys.path[:] = before
    sys.modules.pop("its_model", None)


def test_show_for_arguments(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", f"{model}:loss", "--args", "1.5, np.ones(N)"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("def loss_grad(w, x, power=2, out_bar=1.0):\n")
    assert "w_bar" in text
    assert "x_bar" not in text


def test_show_by_annotations(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "its_model:plain", "--value", "--wrt", "a,x"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("def plain_value_and_grad(a, x, out_bar=1.0):\n")
    assert "return out, (a_bar, x_bar" in text


def test_a_gradient_keeps_its_wrt(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "its_model:decorated", "--args", "2.0, a=1.5"]) == 0
    assert "return a_bar\n" in capsys.readouterr().out
    assert (
        main(["show", "its_model:decorated", "--args", "2.0, 1.5", "--wrt", "x"]) == 0
    )
    assert "return x_bar\n" in capsys.readouterr().out


def test_a_function_of_a_class(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "its_model:Simulator.energy", "--args", "2.0"]) == 0
    assert "def energy_grad(x, out_bar=1.0):" in capsys.readouterr().out


def test_export(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["export", "its_model:loss", "--args", "1.5, np.ones(N)"]
    assert main(given) == 0
    printed = capsys.readouterr().out
    assert main([*given, "-o", "loss_grad.py"]) == 0
    assert capsys.readouterr().out.startswith("loss_grad.py holds loss's gradient")
    assert Path("loss_grad.py").read_text() == printed
    script = "import numpy as np, loss_grad as m; print(m.loss_grad(1.5, np.ones(4)))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout) == 12.0


def test_explain(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "its_model:loss", "--args", "1.5, np.ones(N)"]) == 0
    text = capsys.readouterr().out
    assert "return np.sum((w * x) ** power)   active: sum, power, multiply\n" in text
    assert "  x: float64 array (x.shape[0],)\n  power: int 2\n" in text


def test_explain_stages_run(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["explain", "its_model:loss", "--args", "1.5, np.ones(N)", "--stages"])
        == 0
    )
    text = capsys.readouterr().out
    stages = text.split("# --- ")[1:]
    titles = [stage.partition("\n")[0] for stage in stages]
    assert titles == ["normal form", "forward sweep", "reverse sweep", "gradient"]
    names = ["loss", "loss_fwd", "loss_bwd", "loss_grad"]
    for stage, name in zip(stages, names, strict=True):
        scope: dict[str, object] = {}
        exec(stage.partition("\n")[2], scope)
        assert callable(scope[name])


def test_check(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "its_model:plain"]) == 0
    assert capsys.readouterr().out.startswith("arguments: ")
    assert main(["check", "its_model:loss", "--args", "1.5, np.ones(N), power=3"]) == 0
    assert capsys.readouterr().out == "the gradient of loss agrees with differences\n"


def test_check_fails_where_differences_differ(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["check", "its_model:plain", "--args", "1.5, np.ones(3)"]
    assert main([*given, "--wrt", "x", "--rtol", "0", "--atol", "0"]) == 1
    assert "expected" in capsys.readouterr().err


def test_refusals_are_told(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "its_model:generator", "--args", "1.0"]) == 1
    error = capsys.readouterr().err
    assert "its_model.py:22:5" in error
    assert not error.startswith("sourcediff: sourcediff")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "loss"], "is not module:function or file.py:function"),
        (["show", "no/such.py:loss"], "there is no file no/such.py"),
        (["show", "no_such_module:loss"], "cannot be imported: ModuleNotFoundError"),
        (["show", "its_model:lost"], "has no lost; it has Simulator, decorated"),
        (["show", "its_model:number"], "number of its_model is int, no function"),
        (["show", "its_model:loss", "--args", "1,,"], "SyntaxError"),
        (["show", "its_model:loss", "--args", "M"], "NameError"),
        (
            ["show", "its_model:loss", "--args", "1.0"],
            "does not fit: missing a required",
        ),
        (["check", "its_model:shape_bound"], "give --args"),
        (
            ["check", "its_model:plain", "--args", "np.ones(2), np.array(['a'])"],
            "cannot be checked at (array([1., 1.]), array(['a'], dtype='<U1')): ",
        ),
        (["check", "its_model:loss", "--args", "None, 1.0"], "has no floats among w"),
    ],
)
def test_misuse_is_told(
    model: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("sourcediff: ")
    assert message in captured.err


@pytest.mark.parametrize(
    "arguments", [[], ["unknown"], ["show"], ["show", "its_model:loss", "--wrt", ","]]
)
def test_usage_is_told(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: sourcediff" in capsys.readouterr().err


def test_rules_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--count"]) == 0
    total, *lines = capsys.readouterr().out.splitlines()
    assert total.startswith(f"{len(list(all_rules()))} rules for ")
    middle = next(k for k, line in enumerate(lines) if "have a derivative" in line)
    kinds, modes = lines[:middle], lines[middle + 1 :]
    assert sum(int(line.split()[1]) for line in kinds) == len(list(all_rules()))
    assert [line.split()[0] for line in modes] == ["reverse", "forward", "second"]
    assert modes[0].split()[1] == lines[middle].split()[0]


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(all_rules()))
    assert "np.sin   elementwise   (y, x): np.cos(x)" in lines
    assert any(line.startswith("np.floor") and "passive" in line for line in lines)


@pytest.mark.parametrize("name", ["np.linalg.inv", "numpy.linalg.inv", "inv"])
def test_a_rule_is_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", name]) == 0
    text = capsys.readouterr().out
    assert text.startswith("np.linalg.inv   (rule)\n")
    assert "def inv(y_bar, y, a):" in text
    assert ">>>" not in text


def test_an_unknown_rule_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "np.logadd"]) == 1
    assert "Did you mean np.logaddexp" in capsys.readouterr().err


def test_random_arguments_follow_annotations() -> None:
    def function(x, n: int, a: "float", v: list[float] | None = None, *, key=3):
        return x * n * a

    given = random_arguments(function, 5)
    assert [type(value) for value in given.args] == [float, int, float]
    assert given == random_arguments(function, 5)


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "sourcediff", "rules", "np.exp"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("np.exp, math.exp   (elementwise)\n")


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m sourcediff rules | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
