"""A copy of a function's code whose calls all go through one function.

What is called is often known only when the call is made: a function in a dict, an
attribute by a computed name, a method of an object that was built at run time. In the
copy `f(x)` has become `__call__(f, x)`, which can put a tracked version in its place.
"""

from __future__ import annotations
import __future__

import ast
import copy
import functools
import inspect
import operator
import symtable
import textwrap
import types
from collections.abc import Iterator
from typing import Any

#: The builtin name under which the copy finds the function that makes its calls.
CALL = "__sourcediff_call__"
#: The same for the operator %, which may write numbers into text.
MOD = "__sourcediff_mod__"

_FUTURES = functools.reduce(
    operator.or_,
    (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names),
)
#: Functions that look at the frame or the scope of their caller.
_FRAME_READERS = {"super", "locals", "globals", "vars", "dir", "eval", "exec"}


@functools.lru_cache(maxsize=1024)
def instrumented(code: types.CodeType) -> types.CodeType | None:
    """The code with its calls made by `__sourcediff_call__`; None without source.

    The text that is found is believed only if it compiles to the code itself.
    """
    text = _text_of_module(code)
    if text is None:
        return None
    imports = _imports(text)
    for tree in _definitions(code, text):
        same = _compiled(tree, code, imports)
        if same is not None and _is_same(same, code):
            _declare_globals(tree)
            changed = ast.fix_missing_locations(_Calls().visit(tree))
            return _compiled(changed, code, imports)
    return None


def _is_same(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether codes of one name do the same; of lambdas there may be several."""
    if one.co_code != other.co_code or one.co_names != other.co_names:
        return False
    if one.co_name != "<lambda>":
        return True
    return len(one.co_consts) == len(other.co_consts) and all(
        type(a) is type(b)
        and (_is_same(a, b) if isinstance(a, types.CodeType) else repr(a) == repr(b))
        for a, b in zip(one.co_consts, other.co_consts, strict=True)
    )


@functools.lru_cache(maxsize=256)
def instrumented_text(text: str | bytes, mode: str) -> types.CodeType:
    """The code of text for `eval` or `exec`, its calls made by one function."""
    tree = ast.parse(text.lstrip() if mode == "eval" else text, mode=mode)
    _declare_globals(tree)
    changed = ast.fix_missing_locations(_Calls().visit(tree))
    return compile(changed, "<string>", mode, dont_inherit=True)


def _text_of_module(code: types.CodeType) -> str | None:
    try:
        return "".join(inspect.findsource(code)[0])
    except (OSError, TypeError, SyntaxError):
        return None


def _definitions(code: types.CodeType, module: str) -> Iterator[Any]:
    """The trees that may be the function's, at its own line numbers."""
    if code.co_name == "<lambda>":
        for node in _lambdas(module):
            if node.lineno == code.co_firstlineno:
                yield copy.deepcopy(node)
        return
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return
    found = tree.body[0]
    if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
        ast.increment_lineno(tree, first - 1)
        found.decorator_list = []
        yield found


@functools.lru_cache(maxsize=64)
def _lambdas(text: str) -> list[ast.Lambda]:
    nodes = ast.walk(ast.parse(text))
    return [node for node in nodes if isinstance(node, ast.Lambda)]


@functools.lru_cache(maxsize=64)
def _imports(text: str) -> tuple[ast.stmt, ...]:
    """The imports of a module: Python compiles `np.sin(x)` by whether `np` is one."""
    found: list[ast.stmt] = []
    pending: list[Any] = list(ast.parse(text).body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            if getattr(node, "module", None) != "__future__":
                found.append(node)
        elif not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            pending += ast.iter_child_nodes(node)
    return tuple(found)


def _declare_globals(tree: Any) -> None:
    """Say in the bodies of classes which names are global.

    Otherwise Python reads the dict of the globals itself, past `Names.__getitem__`.
    """
    bodies = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    if not bodies:
        return
    scopes = _class_scopes(symtable.symtable(ast.unparse(tree), "", "exec"))
    for body, scope in zip(sorted(bodies, key=_place), scopes, strict=True):
        names = [
            symbol.get_name()
            for symbol in scope.get_symbols()
            if symbol.is_global() and not symbol.is_assigned()
        ]
        if names:
            after = 0 if ast.get_docstring(body) is None else 1
            body.body.insert(after, ast.Global(names))


def _place(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _class_scopes(table: symtable.SymbolTable) -> list[symtable.SymbolTable]:
    """The scopes of classes in the order of the text."""
    found = [table] if table.get_type() == "class" else []
    return found + [scope for t in table.get_children() for scope in _class_scopes(t)]


class _Calls(ast.NodeTransformer):
    """Calls become calls of one function, and so does the operator %."""

    def visit_Call(self, node: ast.Call) -> Any:
        """`f(x, k=y)` becomes `__sourcediff_call__(f, x, k=y)`."""
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in _FRAME_READERS and not (name == "super" and node.args):
            return node
        return _call(CALL, node, [node.func, *node.args], node.keywords)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        """`text % x` becomes `__sourcediff_mod__(text, x)`."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.Mod):
            return node
        return _call(MOD, node, [node.left, node.right], [])

    def visit_MatchClass(self, node: ast.MatchClass) -> Any:
        """`case float(v)` becomes `case float() as v`, which stand-ins can do, too."""
        self.generic_visit(node)
        match node:
            case ast.MatchClass(
                cls=ast.Name(id="float" | "int" | "complex"),
                patterns=[ast.MatchAs(pattern=None, name=name)],
            ):
                kind = ast.MatchClass(node.cls, [], [], [])
                made = ast.MatchAs(kind, name) if name else kind
                return ast.copy_location(made, node)
        return node


def _call(name: str, place: Any, args: Any, keywords: Any) -> ast.Call:
    made = ast.Call(ast.Name(name, ast.Load()), args, keywords)
    return ast.copy_location(made, place)


def _compiled(
    tree: Any, code: types.CodeType, imports: tuple[ast.stmt, ...]
) -> types.CodeType | None:
    """The code of a definition within the scopes that the original stands in."""
    outer = ast.parse("def factory(): pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.args.args = [ast.arg(name) for name in code.co_freevars]
    outer.body = [ast.Expr(tree) if isinstance(tree, ast.expr) else tree]
    module = ast.fix_missing_locations(ast.Module([*imports, outer], []))
    flags = code.co_flags & _FUTURES
    made = compile(module, code.co_filename, "exec", flags, dont_inherit=True)
    (factory,) = _inner(made, "factory")
    found = _inner(factory, code.co_name)
    if len(found) != 1 or set(found[0].co_freevars) != set(code.co_freevars):
        return None
    return found[0].replace(co_qualname=code.co_qualname)


def _inner(code: types.CodeType, name: str) -> list[types.CodeType]:
    """The codes of that name that are defined within a code."""
    return [
        constant
        for constant in code.co_consts
        if isinstance(constant, types.CodeType) and constant.co_name == name
    ]
