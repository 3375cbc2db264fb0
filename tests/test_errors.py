"""Messages say where, what and how to go on; errors survive pickling."""

import pickle
from pathlib import Path

import pytest

from sourcediff import errors
from sourcediff.errors import CompileError, Location, Problem, SourcediffError

PLACE = Location("model.py", 18, 5)
EXAMPLES = [
    CompileError("simulate", PLACE, [Problem(PLACE, "yield state", "collect")]),
    errors.EndlessStructure("tree.parent.children"),
    errors.LostGradient("float(x)", "use x itself", PLACE),
    errors.MissingRule("np.sinc", PLACE),
    errors.NoAuxiliary("loss"),
    errors.NonScalarResult("predict", "an array of shape (3,)"),
    errors.NoSource("sin", "it is written in C"),
    errors.NotDifferentiable("loss", "n", "the integer 3"),
    errors.OverlapError("step", "u", "v"),
    errors.SeedError("cotangent", "the result", "shape (3,)", "shape (2,)"),
    errors.UnknownArgument("eig", "got an unexpected keyword argument 'left'", PLACE),
    errors.WrtError("loss", "v", ("w", "x")),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda e: type(e).__name__)
def test_errors_pickle_with_message_and_data(error):
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert vars(other) == vars(error)


def test_every_error_class_has_an_example_and_one_base():
    classes = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert {type(e) for e in EXAMPLES} | {SourcediffError} == classes
    assert all(issubclass(c, SourcediffError) for c in classes)


def test_problems_stand_in_columns_and_in_the_order_of_the_file():
    later = Location("model.py", 118, 12)
    problems = [
        Problem(later, "cache[key] = v", "keys must be constants"),
        Problem(PLACE, "yield", "collect the states"),
    ]
    assert str(CompileError("simulate", Location("model.py", 12), problems)) == (
        "sourcediff cannot compile simulate (model.py:12): "
        "2 constructs are outside its language\n"
        "  model.py:18:5     yield            collect the states\n"
        "  model.py:118:12   cache[key] = v   keys must be constants\n"
        "Nothing was compiled."
    )


def test_the_outcome_of_a_report_can_change():
    error = EXAMPLES[0]
    assert error.report("It runs on the tape.").endswith("\nIt runs on the tape.")
    assert "1 construct is outside" in str(error)


def test_long_constructs_are_cut_to_their_first_line():
    problem = Problem(PLACE, "with open(name) as file:\n    pass", "why")
    assert errors.problem_lines([problem])[0] == (
        "  model.py:18:5   with open(name) as file:   why"
    )
    long = Problem(PLACE, "x = " + "a + " * 40, "why")
    assert errors.problem_lines([long])[0].endswith("a + a...   why")


def test_paths_below_the_working_directory_are_shown_from_there(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    inside = Location(str(tmp_path / "src" / "model.py"), 3, 4)
    assert str(inside) == f"{Path('src') / 'model.py'}:3:4"
    outside = str(Path(tmp_path.anchor) / "elsewhere.py")
    assert str(Location(outside, 7)) == f"{outside}:7"


def test_wrt_errors_list_the_parameters():
    assert str(errors.WrtError("f", "v", ("a", "b", "c"))) == (
        "wrt='v' is no parameter of f; its parameters are a (0), b (1) and c (2)."
    )
    assert str(errors.WrtError("f", 0, ())) == (
        "wrt=0 is no parameter of f; it has none."
    )
