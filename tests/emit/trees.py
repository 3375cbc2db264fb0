"""Random gast trees, as `gast.parse` would make them."""

from typing import Any

import gast
from hypothesis import strategies as st

NAMES = st.sampled_from(
    ["x", "y", "np", "a_bar", "i", "velocity", "temperature_field_bar", "e1", "l"]
)
ATTRIBUTES = st.sampled_from(["T", "sum", "shape", "transpose", "boundary_values"])
BINARY = [
    gast.Add,
    gast.Sub,
    gast.Mult,
    gast.Div,
    gast.MatMult,
    gast.Mod,
    gast.Pow,
    gast.FloorDiv,
    gast.BitAnd,
    gast.BitOr,
    gast.BitXor,
    gast.LShift,
    gast.RShift,
]
COMPARISONS = [
    gast.Eq,
    gast.NotEq,
    gast.Lt,
    gast.LtE,
    gast.Gt,
    gast.GtE,
    gast.Is,
    gast.IsNot,
    gast.In,
    gast.NotIn,
]

Trees = st.SearchStrategy[Any]


def name(identifier: str, ctx: Any = None) -> Any:
    return gast.Name(identifier, ctx or gast.Load(), None, None)


def constant(value: Any) -> Any:
    return gast.Constant(value, None)


CONSTANTS = st.one_of(
    st.integers(min_value=0, max_value=10**6),
    st.floats(min_value=0, allow_nan=False),
    st.floats(min_value=0, max_value=10).map(lambda imag: complex(0, imag)),
    st.sampled_from([True, False, None, ...]),
    st.text(max_size=8).filter(lambda s: not any(0xD800 <= ord(c) < 0xE000 for c in s)),
    st.sampled_from(["it's", 'say "hi"', "\\", "a\nb", "'\"", "é中", ""]),
    st.binary(max_size=6),
).map(constant)
ATOMS = st.one_of(NAMES.map(name), NAMES.map(name), CONSTANTS)


def slices(expressions: Trees) -> Trees:
    part = st.none() | expressions
    element = expressions | st.builds(gast.Slice, part, part, part)
    several = st.lists(element, min_size=1, max_size=3)
    return element | several.map(lambda elements: gast.Tuple(elements, gast.Load()))


def comprehensions(expressions: Trees) -> Trees:
    conditions = st.lists(expressions, max_size=2)
    target = NAMES.map(lambda n: name(n, gast.Store()))
    pair = st.lists(target, min_size=1, max_size=2).map(
        lambda names: gast.Tuple(names, gast.Store())
    )
    return st.lists(
        st.builds(
            gast.comprehension, target | pair, expressions, conditions, st.just(0)
        ),
        min_size=1,
        max_size=2,
    )


def calls(expressions: Trees) -> Trees:
    starred = st.builds(gast.Starred, expressions, st.builds(gast.Load))
    keyword = st.builds(gast.keyword, NAMES, expressions)
    double_starred = st.builds(gast.keyword, st.none(), expressions)
    arguments = st.lists(expressions | starred, max_size=3)
    keywords = st.lists(
        keyword | double_starred, max_size=2, unique_by=lambda k: (k.arg, id(k))
    ).filter(lambda ks: len({k.arg for k in ks}) == len(ks))
    return st.builds(gast.Call, expressions, arguments, keywords)


def displays(expressions: Trees) -> Trees:
    load = st.builds(gast.Load)
    elements = st.lists(expressions, max_size=3)
    keys = st.none() | expressions
    return st.one_of(
        st.builds(gast.Tuple, elements, load),
        st.builds(gast.List, elements, load),
        st.builds(gast.Set, st.lists(expressions, min_size=1, max_size=3)),
        st.lists(st.tuples(keys, expressions), max_size=3).map(
            lambda items: gast.Dict([k for k, _ in items], [v for _, v in items])
        ),
    )


def operations(expressions: Trees) -> Trees:
    return st.one_of(
        st.builds(
            gast.BinOp, expressions, st.sampled_from(BINARY).map(_made), expressions
        ),
        st.builds(
            gast.UnaryOp,
            st.sampled_from([gast.USub, gast.UAdd, gast.Invert, gast.Not]).map(_made),
            expressions,
        ),
        st.builds(
            gast.BoolOp,
            st.sampled_from([gast.And, gast.Or]).map(_made),
            st.lists(expressions, min_size=2, max_size=3),
        ),
        st.integers(1, 2).flatmap(
            lambda n: st.builds(
                gast.Compare,
                expressions,
                st.lists(
                    st.sampled_from(COMPARISONS).map(_made), min_size=n, max_size=n
                ),
                st.lists(expressions, min_size=n, max_size=n),
            )
        ),
        st.builds(gast.IfExp, expressions, expressions, expressions),
    )


def places(expressions: Trees) -> Trees:
    """What can be assigned to, and read."""
    return st.one_of(
        st.builds(gast.Attribute, expressions, ATTRIBUTES, st.builds(gast.Load)),
        st.builds(
            gast.Subscript, expressions, slices(expressions), st.builds(gast.Load)
        ),
    )


def numerical(leaves: Trees = ATOMS, max_leaves: int = 25) -> Trees:
    """Expressions of the kind that numerical programs and their adjoints hold."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            operations(inner), calls(inner), places(inner), displays(inner)
        ),
        max_leaves=max_leaves,
    )


def any_expressions(max_leaves: int = 15) -> Trees:
    """Expressions of nearly every kind."""
    return st.recursive(
        ATOMS,
        lambda e: st.one_of(operations(e), calls(e), places(e), displays(e), rare(e)),
        max_leaves=max_leaves,
    )


def rare(expressions: Trees) -> Trees:
    clauses = comprehensions(expressions)
    return st.one_of(
        st.builds(gast.ListComp, expressions, clauses),
        st.builds(gast.SetComp, expressions, clauses),
        st.builds(gast.GeneratorExp, expressions, clauses),
        st.builds(gast.DictComp, expressions, expressions, clauses),
        st.builds(
            gast.NamedExpr, NAMES.map(lambda n: name(n, gast.Store())), expressions
        ),
        st.builds(gast.Lambda, parameters(expressions), expressions),
        fstrings(expressions),
    )


def fstrings(expressions: Trees) -> Trees:
    field = st.builds(
        gast.FormattedValue,
        expressions,
        st.sampled_from([-1, ord("r"), ord("s"), ord("a")]),
        st.none()
        | st.sampled_from([">8", ".3e"]).map(lambda s: gast.JoinedStr([constant(s)])),
    )
    literal = st.sampled_from(["x = ", "{", "it's", '"', "\n", "}"]).map(constant)
    return st.lists(st.tuples(literal, field), min_size=1, max_size=2).map(
        lambda pairs: gast.JoinedStr([part for pair in pairs for part in pair])
    )


def parameters(expressions: Trees) -> Trees:
    @st.composite
    def draw_parameters(draw: st.DrawFn) -> Any:
        names = draw(st.lists(NAMES, unique=True, max_size=5))
        made = [name(n, gast.Param()) for n in names]
        sizes = sorted(
            draw(st.lists(st.integers(0, len(made)), min_size=4, max_size=4))
        )
        only, args = made[: sizes[0]], made[sizes[0] : sizes[1]]
        star = made[sizes[1] : sizes[2]][:1]
        keyword_only = made[sizes[2] : sizes[3]]
        double_star = made[sizes[3] :][:1]
        positional = len(only) + len(args)
        defaults = draw(st.lists(expressions, max_size=positional))
        kw_defaults = [draw(st.none() | expressions) for _ in keyword_only]
        return gast.arguments(
            args,
            only,
            star[0] if star else None,
            keyword_only,
            kw_defaults,
            double_star[0] if double_star else None,
            defaults,
        )

    return draw_parameters()


def _made(kind: type) -> Any:
    return kind()


def stored(node: Any) -> Any:
    """The same place, as a target."""
    if isinstance(node, gast.Name):
        return name(node.id, gast.Store())
    if isinstance(node, gast.Attribute):
        return gast.Attribute(node.value, node.attr, gast.Store())
    if isinstance(node, gast.Subscript):
        return gast.Subscript(node.value, node.slice, gast.Store())
    return gast.Tuple([stored(element) for element in node.elts], gast.Store())


def targets(expressions: Trees) -> Trees:
    single = st.one_of(NAMES.map(name), places(NAMES.map(name)), places(expressions))
    several = st.lists(single, min_size=1, max_size=3).map(
        lambda elements: gast.Tuple(elements, gast.Load())
    )
    return single.map(stored), several.map(stored)


def simple_statements(expressions: Trees) -> Trees:
    single, several = targets(expressions)
    message = st.none() | expressions
    return st.one_of(
        st.builds(
            gast.Assign,
            st.lists(single | several, min_size=1, max_size=2),
            expressions,
            st.none(),
        ),
        st.builds(
            gast.AugAssign, single, st.sampled_from(BINARY).map(_made), expressions
        ),
        st.builds(gast.Return, st.none() | expressions),
        st.builds(gast.Expr, calls(expressions)),
        st.builds(gast.Assert, expressions, message),
        st.builds(gast.Raise, expressions, message),
        st.sampled_from([gast.Pass, gast.Break, gast.Continue]).map(_made),
    )


def statements(expressions: Trees) -> Trees:
    """Statements, for use in a loop within a function."""
    single, several = targets(NAMES.map(name))
    item = st.builds(gast.withitem, calls(expressions), st.none() | single)

    def compound(inner: Trees) -> Trees:
        body = st.lists(inner, min_size=1, max_size=3)
        orelse = st.lists(inner, max_size=2)
        handler = st.builds(
            gast.ExceptHandler,
            expressions,
            st.none() | NAMES.map(lambda n: name(n, gast.Store())),
            body,
        )
        return st.one_of(
            st.builds(gast.If, expressions, body, orelse),
            st.builds(gast.While, expressions, body, orelse),
            st.builds(gast.For, single | several, expressions, body, orelse, st.none()),
            st.builds(
                gast.With, st.lists(item, min_size=1, max_size=2), body, st.none()
            ),
            st.builds(
                gast.Try,
                body,
                st.lists(handler, min_size=1, max_size=2),
                orelse,
                orelse,
            ),
            st.builds(
                gast.FunctionDef,
                NAMES,
                parameters(expressions),
                body,
                st.lists(NAMES.map(name), max_size=1),
                st.none() | NAMES.map(name),
                st.none(),
                st.just([]),
            ),
        )

    return st.recursive(simple_statements(expressions), compound, max_leaves=8)
