"""What `sourcediff demo` shows: a mixture fitted to Old Faithful's eruptions."""

from __future__ import annotations

from sourcediff.demo.report import report as report
