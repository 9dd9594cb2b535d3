"""Write what archives and catalogues read, from what is declared once.

``python tools/metadata.py`` takes the version and the description from ``pyproject.toml``, title,
authors, date and the papers from ``CITATION.cff``, columns and rights from the codebook and the
README files beside the data. It writes the version into ``CITATION.cff`` and the package, and
``.zenodo.json``, ``ro-crate-metadata.json`` and ``datapackage.json`` whole. With ``--check`` it
writes nothing and names the files that are not up to date.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from inputs import ROOT

from spillover.data.codebook import Codebook, Column, read_codebook

FOLDERS = ("official", "geo", "published", "simulated", "examples")
CC_BY = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0 International",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
APACHE = {
    "name": "Apache-2.0",
    "title": "Apache License 2.0",
    "path": "https://www.apache.org/licenses/LICENSE-2.0",
}
BY_COLUMN = {
    "name": "LicenseRef-LICENSE-DATA",
    "title": "Rights differ by column: LICENSE-DATA",
    "path": "LICENSE-DATA",
}
# Outlines of another project; see data/geo/README.md.
OUTLINES = ("data/geo/provinces.geojson", "data/geo/contiguity.csv")
# Numbers whose digits are names, or whose characters count.
TEXTS = ("province_code", "code_a", "code_b", "printed", "stars")
HEADING = re.compile(r"^(?:#+ )?(?:[^`\n]*: )?`(\w+\.csv)`", re.MULTILINE)
ROW = re.compile(r"^\| (`[^|]*`) \| (.*) \|$", re.MULTILINE)


def declared() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the project's table of ``pyproject.toml``, and ``CITATION.cff``."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    return project, citation


def with_version(name: str, pattern: str, version: str) -> str:
    """Text of a file in which the version stands once, with this version."""
    text, count = re.subn(
        pattern, rf"\g<1>{version}\g<2>", (ROOT / name).read_text(encoding="utf-8"), flags=re.M
    )
    if count != 1:
        raise SystemExit(f"{name}: found {count} lines with a version, expected one")
    return text


# --- the data package ---------------------------------------------------------------------------


def data_package(project: dict[str, Any], citation: dict[str, Any]) -> dict[str, Any]:
    """Tables of ``data/`` by the Frictionless standard: columns, units, rights, sources."""
    book = read_codebook(ROOT / "data" / "official" / "codebook.yml")
    files = [file for name in FOLDERS for file in sorted((ROOT / "data" / name).glob("*.csv"))]
    rights = {
        name: {"restricted": r.restricted, "terms": r.terms} for name, r in book.rights.items()
    }
    return {
        "profile": "data-package",
        "name": f"{project['name']}-data",
        "title": "Data of the book Spillover",
        "description": "Public figures of 30 Chinese provinces with a codebook, boundaries, the "
        "numbers that the replicated papers publish, summaries of simulated samples, and a panel "
        "of the United States as an example.",
        "version": project["version"],
        "created": f"{citation['date-released']}T00:00:00Z",
        "licenses": [CC_BY, BY_COLUMN],
        "contributors": [{"title": a["name"], "role": "author"} for a in project["authors"]],
        "rights": rights,
        "flags": book.flags,
        "resources": [*(table(file, book) for file in files), outlines()],
    }


def resource(path: Path, title: str, **more: Any) -> dict[str, Any]:
    """What is said of every file."""
    name = path.relative_to(ROOT).as_posix()
    return {
        "name": "-".join(path.relative_to(ROOT / "data").with_suffix("").parts).replace("_", "-"),
        "path": name,
        "title": title,
        "hash": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}",
        "licenses": [APACHE if name in OUTLINES else CC_BY],
        **more,
    }


def outlines() -> dict[str, Any]:
    """Return the boundaries, which are no table."""
    path = ROOT / "data" / "geo" / "provinces.geojson"
    return resource(path, "Outlines of the provinces", format="geojson")


def table(path: Path, book: Codebook) -> dict[str, Any]:
    """Describe one CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    notes = columns_described(path)
    known = book.of(path.stem) if path.parent.name == "official" else {}
    values = dict(zip(header, zip(*rows, strict=True), strict=True))
    fields = [
        {**field(name, values[name]), **official(name, known, book), **notes.get(name, {})}
        for name in header
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if key := [name for name in ("province_code", "year") if name in header and known]:
        schema["primaryKey"] = key
    if "province_code" in header and path.stem != "provinces":
        reference = {"resource": "official-provinces", "fields": ["province_code"]}
        schema["foreignKeys"] = [{"fields": ["province_code"], "reference": reference}]
    title = book.tables[path.stem] if known else f"{path.parent.name}: {path.stem}"
    more: dict[str, Any] = {"profile": "tabular-data-resource", "format": "csv"}
    more |= {"mediatype": "text/csv", "encoding": "utf-8", "schema": schema}
    restricted = any(book.rights[column.rights].restricted for column in known.values())
    if restricted or path.parent.name == "examples":
        more["licenses"] = [BY_COLUMN]
    if publishers := list(dict.fromkeys(column.publisher for column in known.values())):
        more["sources"] = [{"title": name} for name in publishers]
    return resource(path, title, **more)


def field(name: str, values: tuple[str, ...]) -> dict[str, Any]:
    """Name and type of a column: what all its values can be read as."""
    if name not in TEXTS:
        for kind, read in (("integer", int), ("number", float)):
            try:
                if [read(value) for value in values if value]:
                    return {"name": name, "type": kind}
            except ValueError:
                continue
    return {"name": name, "type": "string"}


def official(name: str, known: dict[str, Column], book: Codebook) -> dict[str, Any]:
    """What the codebook says of a column, or of the flags beside it."""
    if (column := known.get(name)) is None:
        of = known.get(name.removesuffix("_flag"))
        flags = {"constraints": {"enum": list(book.flags)}}
        return {"title": f"Flag of {of.name}", **flags} if of else {}
    low, high = column.range
    said = {
        key: getattr(column, key) for key in ("unit", "publisher", "vintage", "rights", "caveat")
    }
    return {
        "type": "number",
        "title": column.label,
        "constraints": {"minimum": low, "maximum": high},
        "source": column.read_at,
        "flag": f"{name}_flag" if column.flagged else column.flag,
        **{key: text for key, text in said.items() if text},
    }


def columns_described(path: Path) -> dict[str, dict[str, str]]:
    """Meanings of columns in the README beside a file, from the table under the file's name."""
    parts = HEADING.split((path.parent / "README.md").read_text(encoding="utf-8"))
    name = "table01.csv" if re.fullmatch(r"table\d\d\.csv", path.name) else path.name
    text = "".join(
        body for found, body in zip(parts[1::2], parts[2::2], strict=True) if found == name
    )
    return {
        column: {"description": meaning.split(" | ")[-1]}
        for names, meaning in ROW.findall(text)
        for column in re.findall(r"`(\w+)`", names)
    }


# --- archives -----------------------------------------------------------------------------------


def articles(citation: dict[str, Any]) -> list[dict[str, Any]]:
    """Papers that the book replicates and that have a DOI."""
    return [reference for reference in citation["references"] if "doi" in reference]


def zenodo(project: dict[str, Any], citation: dict[str, Any]) -> dict[str, Any]:
    """Metadata of a deposit at Zenodo, which reads ``.zenodo.json`` at every release."""
    return {
        "title": citation["title"],
        "description": f"<p>{project['description']}.</p>",
        "upload_type": "software",
        "version": project["version"],
        "access_right": "open",
        "license": project["license"],
        "creators": [{"name": author["name"]} for author in project["authors"]],
        "keywords": citation["keywords"],
        "language": "eng",
        "related_identifiers": [
            {
                "identifier": paper["doi"],
                "relation": "references",
                "resource_type": "publication-article",
            }
            for paper in articles(citation)
        ],
        "notes": "The licence is that of the code. Text and tables are under CC BY 4.0; rights of "
        "the data differ by column and are stated in LICENSE-DATA.",
    }


def crate(
    project: dict[str, Any], citation: dict[str, Any], package: dict[str, Any]
) -> dict[str, Any]:
    """RO-Crate 1.3 of the repository: its folders, its data files, licences and authors."""
    folders = {
        "src/": "The package spillover",
        "chapters/": "The chapters of the book, executable",
        "data/": "Data with their codebook",
        "tests/": "Tests",
        "tools/": "What builds and releases the book",
    }
    single = {
        "index.md": ("Landing page of the book", "text/markdown"),
        "requirements.lock": ("Every package with its version and hashes", "text/plain"),
        "data/official/codebook.yml": ("Codebook", "application/yaml"),
        "datapackage.json": ("Frictionless description of the data", "application/json"),
        "CITATION.cff": ("How to cite", "application/yaml"),
        "LICENSE-DATA": ("Rights of text and data", "text/plain"),
    }
    types = {"csv": "text/csv", "geojson": "application/geo+json"}
    files = {r["path"]: (r["title"], types[r["format"]]) for r in package["resources"]}
    licences = {
        "https://spdx.org/licenses/MIT": "MIT License",
        CC_BY["path"]: CC_BY["title"],
        APACHE["path"]: APACHE["title"],
    }
    authors = [{"@id": f"#author-{i + 1}"} for i, _ in enumerate(project["authors"])]
    parts = [*folders, *single, *files]
    licence_of = {r["path"]: r["licenses"][0]["path"] for r in package["resources"]}
    graph: list[dict[str, Any]] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.3"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": citation["title"],
            "description": project["description"],
            "version": project["version"],
            "datePublished": str(citation["date-released"]),
            "license": {"@id": "https://spdx.org/licenses/MIT"},
            "keywords": ", ".join(citation["keywords"]),
            "author": authors,
            "citation": [{"@id": f"https://doi.org/{p['doi']}"} for p in articles(citation)],
            "hasPart": [{"@id": name} for name in parts],
        },
    ]
    graph += [{"@id": n, "@type": "Dataset", "name": text} for n, text in folders.items()]
    for name, (text, kind) in {**single, **files}.items():
        entity = {"@id": name, "@type": "File", "name": text, "encodingFormat": kind}
        if name in licence_of:
            entity["license"] = {"@id": licence_of[name]}
        graph.append(entity)
    graph += [
        {**author, "@type": "Organization", "name": who["name"]}
        for author, who in zip(authors, project["authors"], strict=True)
    ]
    graph += [
        {"@id": address, "@type": "CreativeWork", "name": name, "url": address}
        for address, name in licences.items()
    ]
    graph += [
        {
            "@id": f"https://doi.org/{p['doi']}",
            "@type": "ScholarlyArticle",
            "name": p["title"],
            "datePublished": str(p["year"]),
        }
        for p in articles(citation)
    ]
    return {"@context": "https://w3id.org/ro/crate/1.3/context", "@graph": graph}


# --- writing ------------------------------------------------------------------------------------


def written() -> Iterator[tuple[str, str]]:
    """Name and due text of each file."""
    project, citation = declared()
    version = project["version"]
    yield "CITATION.cff", with_version("CITATION.cff", r"^(version: ).*()$", version)
    package = "src/spillover/__init__.py"
    yield package, with_version(package, r'^(__version__ = ").*(")$', version)
    data = data_package(project, citation)
    for name, content in {
        ".zenodo.json": zenodo(project, citation),
        "datapackage.json": data,
        "ro-crate-metadata.json": crate(project, citation, data),
    }.items():
        yield name, json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the files, or name those that are not up to date."""
    stale = [
        (ROOT / name, text)
        for name, text in written()
        if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != text
    ]
    check = "--check" in sys.argv[1:]
    for path, text in stale:
        print(f"{'Not up to date' if check else 'Wrote'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(text, encoding="utf-8")
    if check and stale:
        print("Write them: python tools/metadata.py")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
