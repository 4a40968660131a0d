"""The beginning of a run that is ours: from pytest's options to a plan, and who takes part."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.cases import every_source
from harness.errors import HarnessError
from harness.plugin.controller import Controller
from harness.plugin.isolation import settle
from harness.plugin.jobs import in_a_matrix, jobs_of
from harness.plugin.run import Run
from harness.store import key_of
from harness.verify.plan import Plan, Request
from harness.verify.walk import make_plan

__all__ = ["begin", "request_of"]


def begin(config: pytest.Config, *, alone: bool) -> Run:
    """Plans the run and registers what takes part in it.

    Raises:
        pytest.UsageError: for everything that is not as it has to be, in one sentence.
    """
    worker_input = getattr(config, "workerinput", None)
    try:
        request = request_of(config)
        store = request.open_store()
        _check_targets(config)
        plan = msgspec.json.decode(worker_input["harness"], type=Plan) if worker_input else make_plan(request)
        every_source()
        manifest = _manifest(request)
        if in_a_matrix(config):
            # What this machine remembers is not what the others do.
            plan = replace(plan, remembered=())
        jobs = jobs_of(config, request, plan, store)
        if alone:
            # Node ids are the same in every repository, so what failed last has to be kept for each.
            settle(config, manifest.parent, store.root / "pytest" / key_of(str(manifest))[:16])
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from error
    run = Run(config, request, plan, manifest, jobs, alone=alone)
    config.pluginmanager.register(run, "refactor-harness-run")
    run.point_collection_here()
    if worker_input is None:
        config.pluginmanager.register(Controller(run), "refactor-harness-controller")
    return run


def request_of(config: pytest.Config) -> Request:
    """What the options ask for.

    Raises:
        HarnessError: an option has no meaning.
    """
    option = config.option
    environment = {}
    for text in option.harness_env or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise HarnessError(f"--harness-env={text} is not NAME=VALUE.")
        environment[name] = value
    for text, meaning in ((option.harness_range, "--harness-range"), (option.harness_base, "--harness-base")):
        if text == "":
            raise HarnessError(f"{meaning} is empty.", step="Name commits as git does, for instance main..HEAD.")
    if option.harness_range and option.harness_base:
        raise HarnessError("--harness-range and --harness-base exclude each other.", step="Give one of the two.")
    if option.harness_timing and getattr(option, "numprocesses", None):
        raise HarnessError(
            "--harness-timing and -n exclude each other: what runs beside a program makes it slower.",
            step="Leave out one of the two.",
        )
    return Request(
        folder=str(_absolute(config, option.harness_repo) or config.invocation_params.dir),
        range=option.harness_range or "",
        base=option.harness_base or "",
        config=str(_absolute(config, option.harness_config) or ""),
        plan=str(_absolute(config, option.harness_plan) or ""),
        contract=str(_absolute(config, option.harness_contract) or ""),
        probes=tuple(name.strip() for name in (option.harness_probes or "").split(",") if name.strip()),
        cases=option.harness_cases or 0,
        seed=option.harness_seed or 0,
        env=environment,
        store=str(_absolute(config, option.harness_store) or ""),
        timing=bool(option.harness_timing),
        update=_update(option),
    )


def _update(option: Any) -> str:
    """What syrupy's own options say; nothing where it takes no part in the run."""
    if getattr(option, "update_snapshots", False):
        return "all"
    return "new" if getattr(option, "update_new_snapshots_only", False) else ""


def _check_targets(config: pytest.Config) -> None:
    """Hours of work are not to end in a report or an export that cannot be written."""
    if config.option.collectonly:
        return
    if (folder := _absolute(config, config.option.harness_report)) is not None:
        _check_folder(folder, f"The report cannot be written to {folder}", "--harness-report")
    if (file := _absolute(config, config.option.harness_export)) is not None:
        _check_folder(file.parent, f"The export cannot be written to {file}", "--harness-export")
        if file.is_dir():
            raise HarnessError(f"The export cannot be written to {file}: it is a folder.", step="Name a file in it.")


def _check_folder(folder: Path, failed: str, option: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise HarnessError(
            f"{failed}: {error.strerror or error}.", step=f"Name a folder that you may write to with {option}."
        ) from error


def _absolute(config: pytest.Config, text: str | None) -> Path | None:
    # Resolved, since pytest keeps its cache in no folder whose path has `..` in it.
    return (config.invocation_params.dir / Path(text).expanduser()).resolve() if text else None


def _manifest(request: Request) -> Path:
    repository = request.repository()
    return repository.top / repository.workspace / "Cargo.toml"
