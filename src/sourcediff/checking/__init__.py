"""What a derivative rule must satisfy, for our own rules and for a user's."""

from __future__ import annotations

from sourcediff.checking.rule import check_rule

__all__ = ["check_rule"]
