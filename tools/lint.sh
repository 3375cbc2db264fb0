#!/usr/bin/env bash
# The lint step, the same one in CI and in pre-commit.
# Usage: tools/lint.sh [ruff|format|mypy|imports]...   (all of them by default)
set -euo pipefail
cd "$(dirname "$0")/.."

run() {
    case $1 in
        ruff) ruff check . ;;
        format) ruff format --check . ;;
        mypy) mypy ;;
        imports) lint-imports ;;
        *) echo "tools/lint.sh: no step named $1" >&2; exit 2 ;;
    esac
}

if [ $# -eq 0 ]; then
    set -- ruff format mypy imports
fi
for step in "$@"; do
    run "$step"
done
