# Finds the Pythons of a machine; sourced by .ci/run.
#
# survey_interpreters fills `survey` with one line per minor version:
#   STATUS MINOR VERSION PATH      STATUS is ok, old, other, bare or broken

survey=()

# Where Pythons live: PATH, then what the usual version managers lay out.
python_directories() {
    local home=${HOME:-~}
    printf '%s\n' "$PATH" | tr ':' '\n'
    printf '%s\n' \
        "${PYENV_ROOT:-$home/.pyenv}"/versions/*/bin \
        "${ASDF_DATA_DIR:-$home/.asdf}"/installs/python/*/bin \
        "$home"/.local/share/mise/installs/python/*/bin \
        "$home"/.local/share/uv/python/*/bin \
        "$home"/.rye/py/*/bin \
        "$home"/{miniconda3,miniforge3,anaconda3}/{,envs/*/}bin \
        /opt/python/*/bin /opt/homebrew/bin /usr/local/bin /usr/bin \
        /Library/Frameworks/Python.framework/Versions/*/bin
}

# Prints STATUS MINOR VERSION PATH of a Python that runs; PATH is the interpreter itself
# where the given one is a launcher.
probe() {
    timeout 30 "$1" -I -c '
import importlib.util, platform, sys
minor = "%d.%d" % sys.version_info[:2]
if platform.python_implementation() != "CPython":
    status = "other"
elif sys.version_info < (3, 11):
    status = "old"
elif not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
    status = "bare"
else:
    status = "ok"
print(status, minor, platform.python_version(), sys.executable)' 2>/dev/null </dev/null
}

survey_interpreters() {
    local directory python path facts status minor version name
    local -A known=() broken=()
    while read -r directory; do
        for python in "$directory"/python3 "$directory"/python3.{[0-9],[0-9][0-9]}; do
            [ -x "$python" ] && [ ! -d "$python" ] || continue
            name=${python##*/python}
            if ! facts=$(probe "$python"); then
                broken[$name]=$python
                continue
            fi
            read -r status minor version path <<<"$facts"
            # One that can be tested is not hidden by one of its version that cannot.
            case $status in other | bare) minor=$minor-$status ;; esac
            [ -z "${known[$minor]:-}" ] || continue
            known[$minor]=$path
            survey+=("$status $minor $version $path")
        done
    done < <(python_directories)
    # A launcher that does not run matters only where nothing else runs that version.
    for name in "${!broken[@]}"; do
        if [ "$name" != 3 ] && [ -z "${known[$name]:-}" ]; then
            survey+=("broken $name ? ${broken[$name]}")
        fi
    done
}

suitable_interpreters() {
    local line status minor version python
    for line in "${survey[@]}"; do
        read -r status minor version python <<<"$line"
        if [ "$status" = ok ]; then echo "$minor $python"; fi
    done | sort -t. -k2 -n
}

# python3 of PATH is found first; it is the main one if it is new enough.
main_interpreter() {
    local line status minor version python
    for line in "${survey[@]}"; do
        read -r status minor version python <<<"$line"
        if [ "$status" = ok ]; then
            echo "$python"
            return
        fi
    done
}

minor_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'
}

report_interpreters() {
    local line status minor version python
    for line in "${survey[@]}"; do
        read -r status minor version python <<<"$line"
        case $status in
            ok) echo "found Python $version at $python" ;;
            old) echo "NOT TESTED: Python $version at $python is older than 3.11" ;;
            bare) echo "NOT TESTED: Python $version at $python has no venv or ensurepip" ;;
            other) echo "NOT TESTED: Python $version at $python is not CPython" ;;
            broken) echo "NOT TESTED: $python does not run" ;;
        esac
    done
}
