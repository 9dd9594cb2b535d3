"""What a release carries for archives, catalogues and rebuilders is valid and says the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import book_extension
import frictionless
import jsonschema
import metadata
import pytest
import yaml
from packaging.specifiers import SpecifierSet
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

import spillover

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(__file__).parent / "schemas"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

# Of Zenodo's deposit API: https://developers.zenodo.org/#representation
UPLOADS = {
    "publication", "poster", "presentation", "dataset", "image", "video", "software", "lesson",
    "physicalobject", "other",
}  # fmt: skip
RELATIONS = {
    "isCitedBy", "cites", "isSupplementTo", "isSupplementedBy", "isContinuedBy", "continues",
    "isDescribedBy", "describes", "hasMetadata", "isMetadataFor", "isNewVersionOf",
    "isPreviousVersionOf", "isPartOf", "hasPart", "isReferencedBy", "references", "isDocumentedBy",
    "documents", "isCompiledBy", "compiles", "isVariantFormOf", "isOriginalFormof", "isIdenticalTo",
    "isAlternateIdentifier", "isReviewedBy", "reviews", "isDerivedFrom", "isSourceOf", "requires",
    "isRequiredBy", "isObsoletedBy", "obsoletes",
}  # fmt: skip


def read(name: str) -> Any:
    text = (ROOT / name).read_text(encoding="utf-8")
    return json.loads(text) if name.endswith(".json") else yaml.load(text, yaml.BaseLoader)


def faults(content: Any, schema: str) -> list[str]:
    rules = json.loads((SCHEMAS / schema).read_text(encoding="utf-8"))
    checker = jsonschema.Draft7Validator(rules, format_checker=jsonschema.FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(content)]


def test_what_is_written_from_declarations_is_up_to_date() -> None:
    stale = [n for n, text in metadata.written() if (ROOT / n).read_text(encoding="utf-8") != text]
    assert stale == [], "run python tools/metadata.py"


def test_one_version() -> None:
    crate = {entity["@id"]: entity for entity in read("ro-crate-metadata.json")["@graph"]}
    said = {
        "package": spillover.__version__,
        "CITATION.cff": read("CITATION.cff")["version"],
        ".zenodo.json": read(".zenodo.json")["version"],
        "datapackage.json": read("datapackage.json")["version"],
        "ro-crate-metadata.json": crate["./"]["version"],
    }
    assert said == dict.fromkeys(said, PROJECT["version"])


def test_the_citation_file_is_valid() -> None:
    content = read("CITATION.cff")
    schema = "citation-file-format-1.2.0.json"
    assert faults(content, schema) == []
    assert faults({**content, "date-released": "last week"}, schema) != []


def test_zenodo_can_read_its_file() -> None:
    """A check by hand of what Zenodo's documentation asks for; it publishes no schema for it."""
    content = read(".zenodo.json")
    assert all(content[key] for key in ("title", "description", "creators", "version"))
    assert content["upload_type"] in UPLOADS
    assert content["access_right"] == "open"
    assert content["license"] == PROJECT["license"]
    assert all(set(one) <= {"name", "affiliation", "orcid", "gnd"} for one in content["creators"])
    assert {one["relation"] for one in content["related_identifiers"]} <= RELATIONS
    assert all(one["identifier"].startswith("10.") for one in content["related_identifiers"])


def test_the_data_package_is_valid() -> None:
    report = frictionless.validate(str(ROOT / "datapackage.json"))
    assert report.flatten(["title", "message"]) == []
    assert len(report.tasks) == len(read("datapackage.json")["resources"])


def test_a_number_that_its_column_does_not_allow_is_found(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    file = tmp_path / "data" / "official" / "trade.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("389555980", "-1"), encoding="utf-8")
    content = read("datapackage.json")
    held = ("official-trade", "official-provinces")
    content["resources"] = [r for r in content["resources"] if r["name"] in held]
    (tmp_path / "datapackage.json").write_text(json.dumps(content), encoding="utf-8")
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    found = {kind for (kind,) in report.flatten(["type"])}
    assert {"constraint-error", "hash-count"} <= found


def test_every_column_under_another_licence_says_so() -> None:
    package = read("datapackage.json")
    restricted = {name for name, rights in package["rights"].items() if rights["restricted"]}
    fields = {
        f["name"]: f for r in package["resources"] for f in r.get("schema", {}).get("fields", [])
    }
    text = (ROOT / "LICENSE-DATA").read_text(encoding="utf-8")
    said = {name for name, field in fields.items() if field.get("rights") in restricted}
    assert said
    assert {name for name in said if name not in text} == set()


def crate_issues(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Issues by the validator, to which its one page of the network is given from a file."""
    context = (SCHEMAS / "ro-crate-1.3-context.jsonld").read_text(encoding="utf-8")

    class Page:
        status_code, text, content = 200, context, context.encode()
        headers = {"Content-Type": "application/ld+json"}  # noqa: RUF012

        def json(self) -> Any:
            return json.loads(context)

    def get(address: str, **_: Any) -> Page:
        assert address == "https://w3id.org/ro/crate/1.3/context"
        return Page()

    monkeypatch.setattr(HttpRequester, "__getattr__", lambda *_: get)
    settings = services.ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier="ro-crate-1.3",
        requirement_severity=models.Severity.REQUIRED,
        no_cache=True,
    )
    return [str(issue.message) for issue in services.validate(settings).get_issues()]


def test_the_crate_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    assert crate_issues(ROOT, monkeypatch) == []


def test_a_crate_without_licence_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = read("ro-crate-metadata.json")
    root = next(entity for entity in content["@graph"] if entity["@id"] == "./")
    del root["license"], root["hasPart"]
    (tmp_path / "ro-crate-metadata.json").write_text(json.dumps(content), encoding="utf-8")
    assert any("license" in issue for issue in crate_issues(tmp_path, monkeypatch))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_workflows_are_valid_and_may_do_little(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["on"] = content.pop(True)  # YAML 1.1 reads the word as a truth value
    assert faults(content, "github-workflow.json") == []
    assert content["permissions"] == {"contents": "read"}
    for job in content["jobs"].values():
        assert "timeout-minutes" in job
        for step in job["steps"]:
            assert step.get("with", {}).get("persist-credentials", True) is not True or not (
                step.get("uses", "").startswith("actions/checkout")
            )
            assert "${{" not in step.get("run", ""), "hand it over in env"


def test_a_workflow_with_a_misspelt_key_is_found() -> None:
    job = {"runs-on": "ubuntu-24.04", "step": []}
    assert faults({"on": "push", "jobs": {"a": job}}, "github-workflow.json") != []


@pytest.mark.skipif(not shutil.which("actionlint"), reason="no actionlint on this machine")
def test_actionlint_finds_nothing() -> None:
    done = subprocess.run(
        ["actionlint", *map(str, WORKFLOWS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", []),
        (
            "https://github.com/one/two.git",
            [
                "https://mybinder.org/v2/gh/one/two/main?urlpath=lab/tree/chapters/carbon/durbin.ipynb"
            ],
        ),
        (
            "https://codeberg.org/one/two",
            [
                "https://mybinder.org/v2/git/https%3A%2F%2Fcodeberg.org%2Fone%2Ftwo/main"
                "?urlpath=lab/tree/chapters/carbon/durbin.ipynb"
            ],
        ),
    ],
)
def test_the_button_for_binder_needs_an_address(address: str, expected: list[str]) -> None:
    options = {"repository_url": address}
    app: Any = SimpleNamespace(config=SimpleNamespace(html_theme_options=options), srcdir=ROOT)
    context: dict[str, Any] = {"header_buttons": []}
    for page in ("chapters/carbon/durbin", "chapters/appendix/references", "genindex"):
        book_extension.offer_binder(app, page, "page.html", context, None)
    assert [button["url"] for button in context["header_buttons"]] == expected


def test_binder_and_the_container_take_what_is_declared() -> None:
    version = (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8").strip()
    assert version.removeprefix("python-") in SpecifierSet(PROJECT["requires-python"])
    lines = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8").split()
    assert lines == ["-r", "../requirements.lock"]
    container = read(".devcontainer/devcontainer.json")
    assert container["postCreateCommand"] == "make setup"
    tested = yaml.safe_load(WORKFLOWS[-1].read_text(encoding="utf-8"))["jobs"]
    for job in ("book", "package"):
        lowest = tested[job]["strategy"]["matrix"]["python"][0]
        assert PROJECT["requires-python"] == f">={lowest}"


def test_the_chapters_open_as_notebooks_in_binder(tmp_path: Path) -> None:
    shutil.copy(ROOT / "chapters" / "carbon" / "durbin.md", tmp_path / "durbin.md")
    program = str(Path(sys.executable).with_name("mystnb-to-jupyter"))
    subprocess.run([program, str(tmp_path / "durbin.md")], check=True, capture_output=True)
    made = json.loads((tmp_path / "durbin.ipynb").read_text(encoding="utf-8"))
    assert made["metadata"]["kernelspec"]["name"] == "python3"
