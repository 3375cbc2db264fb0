"""The command `sourcediff`: show, export, explain, check, rules, demo."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sourcediff.api import Gradient, grad, value_and_grad
from sourcediff.callables import Wrt
from sourcediff.demo import report
from sourcediff.emit import write_atomically
from sourcediff.errors import CompileError, SourcediffError
from sourcediff.listing import count_rules, describe_rule, list_rules
from sourcediff.taped import Fallback
from sourcediff.target import Arguments, BadTarget, find_target, random_arguments
from sourcediff.testing import check_grads

DONE, REFUSED, MISUSED = 0, 1, 2

TARGET = """\
The function is named module:function or file.py:function; a dotted name such as
model.py:Simulator.loss reaches into a class. --args is evaluated in the function's
module, where np is NumPy: --args "np.ones(3), steps=4"."""

WANTED = """\
Nothing was compiled, and little is known of the arguments. Examples (--args "...") or
annotations of the parameters tell more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status is 0, 1 (refused, or wrong) or 2 (misused)."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        status = run(options)
        sys.stdout.flush()
    except BadTarget as error:
        return _fail(error, MISUSED)
    except (SourcediffError, AssertionError) as error:
        return _fail(error, REFUSED)
    except BrokenPipeError:  # a reader such as `head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:  # a file cannot be written
        return _fail(error, MISUSED)
    return status


def _fail(error: BaseException, status: int) -> int:
    text = str(error)
    prefix = "" if text.startswith("sourcediff ") else "sourcediff: "
    print(f"{prefix}{text}", file=sys.stderr)
    return status


# --- the commands ---------------------------------------------------------------------


def _show(options: argparse.Namespace) -> int:
    gradient, given = _gradient(options)
    with _example_wanted(given):
        text = gradient.source_for(*given.args, **given.kwargs) if given else None
        print(gradient.source if text is None else text, end="")
    return DONE


def _export(options: argparse.Namespace) -> int:
    gradient, given = _gradient(options)
    with _example_wanted(given):
        text = gradient.module_text(*given.args, **given.kwargs)
    if options.output is None:
        print(text, end="")
    else:
        write_atomically(options.output, text)
        print(f"{options.output} holds {gradient.__name__}'s gradient; it needs NumPy.")
    return DONE


def _explain(options: argparse.Namespace) -> int:
    gradient, given = _gradient(options)
    if options.stages:
        stages = gradient.stages(*given.args, **given.kwargs)
        print("\n\n".join(map(str, stages)), end="")
    else:
        print(gradient.explain(*given.args, **given.kwargs))
    return DONE


def _check(options: argparse.Namespace) -> int:
    gradient, given = _gradient(options)
    if not given:
        given = random_arguments(gradient.primal, options.seed)
        print(f"arguments: {given}")
    try:
        check_grads(
            gradient.primal,
            given.args,
            wrt=options.wrt,
            order=options.order,
            rng=options.seed,
            rtol=options.rtol,
            atol=options.atol,
            kwargs=given.kwargs,
        )
    except (SourcediffError, AssertionError):
        raise
    except Exception as error:  # the function's own, or there is nothing to check
        raise BadTarget(
            f"{gradient.__name__} cannot be checked at ({given}): "
            f"{type(error).__name__}: {error}"
        ) from error
    print(f"the gradient of {gradient.__name__} agrees with differences")
    return DONE


def _rules(options: argparse.Namespace) -> int:
    if options.count:
        lines = count_rules()
    elif options.name:
        lines = describe_rule(options.name)
    else:
        lines = list_rules()
    for line in lines:
        print(line)
    return DONE


def _demo(options: argparse.Namespace) -> int:
    width = shutil.get_terminal_size((160, 50)).columns
    for line in report(options.plot, max(width, 100)):
        print(line, flush=True)
    return DONE


@contextlib.contextmanager
def _example_wanted(given: Arguments) -> Iterator[None]:
    """Where a refusal may be for want of example arguments, say so."""
    try:
        yield
    except CompileError as error:
        if given:
            raise
        raise BadTarget(error.report(WANTED)) from None


def _gradient(options: argparse.Namespace) -> tuple[Gradient[Any], Arguments]:
    """The gradient that the options ask for, and the arguments that they give."""
    target = find_target(options.function)
    function = target.function
    if isinstance(function, Gradient):
        if options.wrt is None:
            options.wrt = function.wrt
        function = function.primal
    options.wrt = 0 if options.wrt is None else options.wrt
    make = value_and_grad if getattr(options, "value", False) else grad
    fallback: Fallback = "error" if options.run in (_show, _export) else "tape"
    gradient = make(function, wrt=options.wrt, fallback=fallback)
    return gradient, target.arguments(options.args)


# --- options --------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sourcediff",
        description="Exact gradients of NumPy programs, as readable Python source.",
        epilog=TARGET,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    show = _command(commands, "show", _show, "print the generated gradient")
    export = _command(
        commands,
        "export",
        _export,
        "write the gradient as a module that needs NumPy only",
    )
    export.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="instead of the terminal"
    )
    for command in (show, export):
        command.add_argument(
            "--value", action="store_true", help="the value together with the gradient"
        )
    explain = _command(
        commands, "explain", _explain, "tell line by line what was decided, and why"
    )
    explain.add_argument(
        "--stages",
        action="store_true",
        help="print every stage of the compilation as a program that runs",
    )
    check = _command(
        commands, "check", _check, "compare the gradient with finite differences"
    )
    check.add_argument("--order", type=int, default=1, choices=(1, 2))
    check.add_argument("--rtol", type=float, help="1e-6 for float64 by default")
    check.add_argument("--atol", type=float, default=1e-8)
    check.add_argument("--seed", type=int, default=0, help="of all that is random")
    rules = commands.add_parser("rules", help="list the derivative rules, or show one")
    rules.add_argument("name", nargs="?", metavar="NAME", help="such as np.linalg.inv")
    rules.add_argument("--count", action="store_true", help="how many there are")
    rules.set_defaults(run=_rules)
    demo = commands.add_parser("demo", help="fit a model to real data, and show how")
    demo.add_argument("--plot", type=Path, metavar="FILE.png", help="draw a picture")
    demo.set_defaults(run=_demo)
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], help_text: str
) -> argparse.ArgumentParser:
    """A command that takes a function."""
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help_text,
        description=f"{help_text[0].upper()}{help_text[1:]}.",
        epilog=TARGET,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("function", metavar="FUNCTION", help="module:function")
    command.add_argument(
        "--args", metavar="ARGS", help="example arguments; else annotations, defaults"
    )
    command.add_argument(
        "--wrt", type=parse_wrt, metavar="NAMES", help="by which parameters (0)"
    )
    command.set_defaults(run=run)
    return command


def parse_wrt(text: str) -> Wrt:
    """What --wrt means: a name or position, or several with commas between.

    >>> parse_wrt("w"), parse_wrt("0,b"), parse_wrt("w,")
    ('w', (0, 'b'), ('w',))
    """
    parts = [part.strip() for part in text.split(",")]
    items = [int(p) if p.lstrip("-").isdigit() else p for p in parts if p]
    if not items:
        raise argparse.ArgumentTypeError(f"{text!r} names no parameter")
    return tuple(items) if "," in text else items[0]
