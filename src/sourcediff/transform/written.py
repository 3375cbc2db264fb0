"""Whose memory the nodes of the two sweeps write into."""

from __future__ import annotations

from sourcediff.analysis.effects import root
from sourcediff.analysis.facts import Facts
from sourcediff.transform.sweep import Branch, Context, Loop, Node, Step


def written_by(facts: Facts, node: Node) -> set[str]:
    """The names whose memory a node of the sweeps may write into."""
    found: set[str] = set()
    match node:
        case Step(stores=stores):
            for target in stores:
                base = root(target)
                if base is not None:
                    found.add(base)
                    found |= set(facts.aliases.partners(node.statement, base))
        case Branch(then=then, otherwise=otherwise):
            for inner in (*then.nodes, *otherwise.nodes):
                found |= written_by(facts, inner)
        case Loop(body=body) | Context(body=body):
            for inner in body.nodes:
                found |= written_by(facts, inner)
    return found
