"""What the compiler decided about a function, line by line, and its stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import bindings, expressions, walk_statements
from sourcediff.compile.analyse import program_of
from sourcediff.compile.session import Session
from sourcediff.compile.sweeps import Sweeps, sweep
from sourcediff.emit import expression_text
from sourcediff.errors import CompileError, MissingRule, NoSource
from sourcediff.kinds import Kind
from sourcediff.rules import lookup
from sourcediff.transform.operators import operator_function
from sourcediff.transform.sweep import Block, Branch, Context, Loop, Node, Step
from sourcediff.trees import walk
from sourcediff.wording import described

#: Longer lines of the user's have their notes below them.
WIDEST = 56


@dataclass(frozen=True)
class Line:
    """A line of the user's function and what was decided about it."""

    number: int
    text: str
    notes: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether a derivative flows through this line."""
        return bool(self.notes) and self.notes[0].startswith("active")


@dataclass(frozen=True)
class Explained:
    """One function: where it stands, what it was compiled for, its lines."""

    title: str
    kinds: tuple[str, ...]
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        width = max(
            (len(x.text) for x in self.lines if len(x.text) <= WIDEST), default=0
        )
        parts = [self.title, *(f"  {kind}" for kind in self.kinds), ""]
        for line in self.lines:
            parts += _laid_out(line, width)
        return "\n".join(parts)


@dataclass(frozen=True)
class Explanation:
    """What the compiler decided, for a function and for those that it calls.

    Its text is what `str` and the prompt show.
    """

    functions: tuple[Explained, ...]
    outcome: str

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the function itself."""
        return self.functions[0].lines

    def __str__(self) -> str:
        return "\n\n".join([*map(str, self.functions), self.outcome])

    __repr__ = __str__


def _laid_out(line: Line, width: int) -> Iterator[str]:
    head = f"{line.number:>5}  {line.text}"
    if not line.notes:
        yield head.rstrip()
        return
    margin = " " * (width + 9)
    notes = list(line.notes)
    if len(line.text) <= width:
        yield f"{head:<{width + 7}}  {notes.pop(0)}"
    else:
        yield head
    for note in notes:
        yield f"{margin}{note}"


def explain_gradient(
    function: Any,
    environment: Mapping[str, Kind],
    wrt: tuple[str, ...],
    otherwise: str = "Nothing was compiled.",
    may_tape: bool = False,
) -> Explanation:
    """Explain the gradient of a function of arguments of the given kinds.

    `otherwise` says what happens if it cannot be compiled; with `may_tape`, functions
    that it calls may run on the tape.
    """
    session = Session(may_tape=may_tape)
    kinds = tuple(f"{name}: {described(kind)}" for name, kind in environment.items())
    try:
        program = program_of(function)
    except NoSource as error:
        return Explanation((Explained(error.name, kinds, ()),), f"{error}\n{otherwise}")
    session.reserve(program.name)
    title = _title(program, f"differentiated by {', '.join(wrt)}")
    try:
        facts = session.analysed(function, environment, frozenset(wrt))
        sweeps = sweep(facts, environment, None, program.name, wrt)
    except (CompileError, MissingRule) as error:
        lines = tuple(_refused_lines(program.origin, error))
        report = isinstance(error, CompileError) and error.report(otherwise)
        told = report or f"{error}\n{otherwise}"
        return Explanation((Explained(title, kinds, lines),), told)
    callees = [
        Explained(
            _title(callee.facts.program, "called above"),
            tuple(f"{n}: {described(k)}" for n, k in callee.environment.items()),
            tuple(_Reader(callee).lines()),
        )
        for callee in session.swept
    ]
    callees += [
        Explained(
            _title(program_of(callee), "called above, on the tape"),
            (),
            tuple(_refused_lines(program_of(callee).origin, refusal)),
        )
        for callee, refusal in session.taped.items()
    ]
    own = Explained(title, kinds, tuple(_Reader(sweeps).lines()))
    named = ", ".join(program_of(callee).name for callee in session.taped)
    outcome = (
        f"Compiled, but for what runs on the tape: {named}."
        if named
        else "Everything is compiled; nothing is taped."
    )
    return Explanation((own, *callees), outcome)


def _title(program: Any, role: str) -> str:
    file = program.origin.file.rpartition("/")[2]
    return f"{program.name} ({file}:{program.origin.line}), {role}"


def _refused_lines(origin: Any, error: CompileError | MissingRule) -> Iterator[Line]:
    causes: dict[int, list[str]] = {}
    if isinstance(error, CompileError):
        for problem in error.problems:
            causes.setdefault(problem.location.line, []).append(problem.cause)
    elif error.location is not None:
        causes[error.location.line] = [f"{error.name} has no derivative rule"]
    for number, text in enumerate(origin.lines, start=origin.line):
        notes = tuple(f"refused: {cause}" for cause in causes.get(number, []))
        yield Line(number, text, notes)


# --- from the sweeps of one function to notes by line ---------------------------------


@dataclass
class _Notes:
    """What is known of the statements that begin on one line."""

    active: bool = False
    passive: bool = False
    heads: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)

    def told(self) -> tuple[str, ...]:
        """The notes, the most general first."""
        first = "active" if self.active else "passive" if self.passive else ""
        if self.rules:
            first += f": {', '.join(dict.fromkeys(self.rules))}"
        heads = list(dict.fromkeys(self.heads))
        if heads and first == "passive":
            first = ""
        return tuple(filter(None, [first, *heads, *dict.fromkeys(self.more)]))


class _Reader:
    """Reads two sweeps for what each line of the primal became."""

    def __init__(self, sweeps: Sweeps) -> None:
        self._facts = sweeps.facts
        self._origin = sweeps.facts.program.origin
        self._by_line: dict[int, _Notes] = {}
        self._own = {
            node.id
            for node in walk(program_of(sweeps.facts.program.function).node)
            if isinstance(node, gast.Name)
        }
        self._bound_at: dict[str, Any] = {}
        self._read = {
            node.id
            for statement in sweeps.backward
            for node in walk(statement)
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load)
        }
        self._saved = set(sweeps.stacks)
        self._stacked = {
            value
            for statement in walk_statements(sweeps.forward)
            for value in self._pushed(statement)
        }
        for statement in walk_statements(self._facts.program.node.body):
            self._statement(statement)
        self._block(sweeps.block)

    def lines(self) -> Iterator[Line]:
        """The function's lines with their notes."""
        for number, text in enumerate(self._origin.lines, start=self._origin.line):
            notes = self._by_line.get(number)
            yield Line(number, text, notes.told() if notes else ())

    def _at(self, statement: Any) -> _Notes:
        number = getattr(statement, "lineno", None) or self._origin.line
        return self._by_line.setdefault(number, _Notes())

    # --- what flows -------------------------------------------------------------------

    def _statement(self, statement: Any) -> None:
        if _is_silent(statement):
            return
        notes = self._at(statement)
        names = self._facts.activity.names(statement)
        nodes = [e for e in expressions(statement) if e is not None]
        if isinstance(statement, gast.Return) and statement.value is not None:
            nodes = [statement.value]
        active = [e for e in nodes if self._facts.activity.is_active(e, names)]
        if active and not isinstance(statement, gast.If | gast.While):
            notes.active = True
        else:
            notes.passive = True
        if active and isinstance(statement, gast.AugAssign):
            function = operator_function(statement.op)
            rule = lookup(function)
            notes.rules.append(rule.name if rule else function.__name__)
        for expression in active:
            notes.rules += self._rules(expression, names)
        for expression in nodes:
            notes.more += self._barriers(expression, names)
            pair = self._facts.pairs.get(expression)
            if pair is not None:
                notes.active = True
                notes.rules.append(f"{pair.forward} and {pair.backward}")

    def _rules(self, expression: Any, names: frozenset[str]) -> Iterator[str]:
        for node in walk(expression):
            function = self._function(node)
            rule = lookup(function) if function is not None else None
            if rule is not None and self._facts.activity.is_active(node, names):
                yield rule.name

    def _barriers(self, expression: Any, names: frozenset[str]) -> Iterator[str]:
        """Why a derivative ends in an expression: results that carry none."""
        for node in walk(expression):
            function = self._facts.callee(node) if isinstance(node, gast.Call) else None
            rule = lookup(function) if function is not None else None
            if rule is None or rule.kind != "passive":
                continue
            if any(self._facts.activity.is_active(a, names) for a in node.args):
                yield f"the result of {_expression(node.func)} carries no derivative"

    def _function(self, node: Any) -> Any:
        match node:
            case gast.BinOp(op=op) | gast.UnaryOp(op=op):
                return operator_function(op)
            case gast.Call() | gast.Attribute():
                return self._facts.callee(node)
            case _:
                return None

    # --- what is kept -----------------------------------------------------------------

    def _block(self, block: Block) -> None:
        for node in block.nodes:
            self._node(node, block.kept.get(node, []))
        for statement in block.restored:
            if not _is_pop(statement, self._saved):
                text = _text(statement)
                self._at(statement).more.append(f"computed again: {text}")

    def _node(self, node: Node, kept: list[Any]) -> None:
        match node:
            case Step(statement=statement, saved=saved, forward=forward):
                self._keep(statement, [*saved, *forward])
            case Branch(statement=statement, then=then, otherwise=otherwise):
                self._decision(node, statement)
                self._keep(statement, [*node.saved, *node.decide])
                self._block(then)
                self._block(otherwise)
            case Loop(statement=statement, body=body):
                self._loop(node, statement)
                self._keep(statement, [*node.saved, *node.before])
                self._block(body)
            case Context(body=body):
                self._block(body)
        self._bound_at |= dict.fromkeys(bindings(node.statement), node.statement)
        self._keep(node.statement, kept, after=True)

    def _decision(self, node: Branch, statement: Any) -> None:
        notes = self._at(statement)
        test = _expression(node.reverse_test)
        names = {n.id for n in walk(node.reverse_test) if isinstance(n, gast.Name)}
        told = (
            f"its adjoint branches on {test}" if names <= self._read else "no adjoint"
        )
        notes.heads.append(f"branch; {told}")

    def _loop(self, node: Loop, statement: Any) -> None:
        notes = self._at(statement)
        if node.reverse_iter is None:
            notes.heads.append("loop; no adjoint")
            return
        notes.heads.append(
            f"loop; its adjoint is over {_expression(node.reverse_iter)}"
        )

    def _keep(self, statement: Any, made: Iterable[Any], after: bool = False) -> None:
        """Note what the forward sweep keeps at a statement, or once it has run."""
        notes = self._at(statement).more
        for each in made:
            identifier, value = self._named(each)
            if identifier and identifier in self._read | self._stacked:
                saved = "_saved" in identifier or "_kept" in identifier
                shown = value if saved else f"{identifier} = {value}"
                passes = " of each pass" if identifier in self._stacked else ""
                counter = isinstance(statement, gast.For | gast.While) and value == "0"
                notes.append(
                    f"counts its passes in {identifier}"
                    if counter
                    else f"keeps {shown}{passes}"
                )
            for value in self._pushed(each):
                if value in self._own or not value.isidentifier():
                    maker = self._bound_at.get(value, statement) if after else statement
                    self._at(maker).more.append(f"keeps {value} of each pass")

    def _pushed(self, statement: Any) -> list[str]:
        """The texts of the values that a statement puts on a stack."""
        match statement:
            case gast.Expr(
                value=gast.Call(
                    func=gast.Attribute(value=gast.Name(id=stack), attr="append"),
                    args=[value],
                )
            ) if stack in self._saved:
                values = value.elts if isinstance(value, gast.Tuple) else [value]
                return [_expression(each) for each in values]
        return []

    def _named(self, statement: Any) -> tuple[str, str]:
        """A name that the forward sweep adds to the user's, and its value."""
        match statement:
            case gast.Assign(targets=[gast.Name(id=name)], value=value) if (
                name not in self._own and name != "out"
            ):
                return name, _expression(value)
        return "", ""


def _is_silent(statement: Any) -> bool:
    if isinstance(statement, gast.Expr):
        return isinstance(statement.value, gast.Constant)
    return isinstance(statement, gast.Pass | gast.Break | gast.Continue)


def _is_pop(statement: Any, stacks: set[str]) -> bool:
    names = {n.id for n in walk(statement) if isinstance(n, gast.Name)}
    return bool(names & stacks) or any("_kept" in n or "_saved" in n for n in names)


def _expression(node: Any) -> str:
    return str(expression_text(node)) if isinstance(node, gast.AST) else ""


def _text(statement: Any) -> str:
    value = getattr(statement, "value", None)
    targets = getattr(statement, "targets", None)
    if value is None or not targets:
        return ""
    return f"{_expression(targets[0])} = {_expression(value)}"
