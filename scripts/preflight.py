"""Says clearly what this machine lacks, before anything is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys

_NEEDED = {
    "git": "Install git, for instance with `apt-get install git`.",
    "cargo": "Install a Rust toolchain: https://rustup.rs.",
    "rustc": "Install a Rust toolchain: https://rustup.rs.",
    "rustdoc": "Install rustdoc: it belongs to the Rust toolchain.",
    "cargo-clippy": "Install clippy: `rustup component add clippy`.",
}


def main() -> int:
    """0 when all is there; else 1, after a line for each thing that is not."""
    lacking = []
    if sys.version_info < (3, 11):  # noqa: UP036  it is just this that is checked
        lacking.append(
            f"Python 3.11 or later is needed; this is {sys.version.split()[0]}. Use `make PYTHON=python3.11`."
        )
    lacking += [f"`{name}` is missing. {step}" for name, step in _NEEDED.items() if shutil.which(name) is None]
    try:
        import ensurepip  # noqa: F401  Debian ships it apart
    except ImportError:
        lacking.append("Python's venv module is missing. Install it, for instance with `apt-get install python3-venv`.")
    if sys.platform == "linux" and not _contains():
        print(
            "note: bubblewrap is not installed or not allowed to make namespaces, so only help, version and configured"
            " commands are run. `apt-get install bubblewrap` lets the harness try flags and values as well."
        )
    if sys.platform == "linux" and shutil.which("strace") is None:
        print("note: strace is not installed, so what programs look for in vain is not given to them.")
    for line in lacking:
        print(f"missing: {line}", file=sys.stderr)
    return 1 if lacking else 0


def _contains() -> bool:
    if shutil.which("bwrap") is None:
        return False
    done = subprocess.run(["bwrap", "--ro-bind", "/", "/", "--unshare-all", "true"], capture_output=True, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
