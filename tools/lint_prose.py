"""Check chapters: no number typed in prose, no result in fixed words, cells that only call.

Numbers in prose must be glued. Excepted by rule are years, printed references ("Table 6"), names
that merely contain a digit ("CO2", "2SLS"), versions ("CC BY 4.0") and the units of Chinese
statistics ("10,000 yuan"); code, mathematics, roles, links and options are not prose.

Words that state a result ("significant", "larger", "two of …") stand in a span or paragraph bound
to a condition, ``{.if-key}``, or say in place why they are fixed: ``{.fixed reason="…"}``, or a
comment line ``% fixed: …`` down to the next heading.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inputs import ROOT
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

MOST_STATEMENTS = 8
MOST_LINES = 30
RUFF = "E,F,B,UP,SIM,C4"
UNBOUND = "“{}” states a result: bind it, [...]{{.if-key}}, or say why it is fixed"
SENTENCE = 4  # from this many words on, a text in a cell is read by readers

# Directives whose body is not prose, and those whose argument is not.
NOT_PROSE = {"code-cell", "code", "code-block", "math", "raw", "bibliography", "eval-rst"}
PATH_ARGUMENT = {"grid", "figure", "image", "include", "literalinclude"}

_NUMBER = r"\(?\d+(?:\.\d+)*[a-z]?\)?"
_AND = r"(?:\s*(?:,|and|or|to|–|-|&)\s*)+"
_THING = (
    r"(?:Tables?|Figures?|Equations?|Sections?|Parts?|Chapters?|Columns?|Models?|Hypothes[ei]s"
    r"|Appendix|Appendices|Footnotes?)"
)
_YEAR = r"(?:19|20)\d\d"
ALLOWED = (
    re.compile(rf"\b{_THING}\s+{_NUMBER}(?:{_AND}{_NUMBER})*", re.IGNORECASE),
    re.compile(rf"(?<!\d)(?<!\d[.,]){_YEAR}(?:[–-](?:{_YEAR}|\d\d))?s?(?![\d%]|[.,]\d)"),
    re.compile(r"(?<![\w.])\d[A-Z]{2,}\w*"),
    re.compile(r"\b(?:CC BY(?:-[A-Z]+)*|[Vv]ersion) \d+(?:\.\d+)*"),
    re.compile(r"\b(?:10,000|100 million)(?=\s(?:yuan|tonnes?|persons?|people)\b)"),
)
TYPED = re.compile(r"(?<![A-Za-z_\d])[+−-]?\d+(?:[.,]\d+)*\s?%?")

_COUNT = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|most|none|neither"
RESULT = re.compile(
    rf"""(?ix) \b(?:
    (?:in)?significan(?:t|tly|ce) | signs? | opposite | positive(?:ly)? | negative(?:ly)?
    | (?:larg|small|high|low|great|strong|weak|wid|narrow|near|short)(?:er|est) | robust(?:ly)?
    | (?:more|less|fewer|better|worse)\s+than
    | most(?:ly)? | none | neither | majority | twice | half
    | (?:out)?grow(?:s|n)? | shr(?:ink|inks|ank|unk) | rise[sn]? | rose | fall(?:s|en)? | fell
    | increase[sd]? | decrease[sd]? | vanish\w* | disappear\w* | surviv\w* | exceed\w*
    | reject(?:s|ed|ion|ions)? | confirm\w* | agrees? | disagrees? | contradict\w*
    | nearly | almost | hardly | barely
    | (?:{_COUNT})\s+(?:of|are|is|have|has|do|does|were|was)
    )\b"""
)
"""Words that state a result."""
NO_RESULT = re.compile(
    r"""(?ix) \b(?:
    robust\s+(?:standard\s+)?(?:errors?|LM|Wald|covariance) | Kleibergen\W+Paap
    | at\s+most | at\s+least | most\s+recent | sign\s+tests?
    | (?:levels?|stars?|tests?)\s+of\s+significance | significance\s+levels?
    )\b"""
)
"""Names of methods that hold such words."""
_SPAN = re.compile(
    r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
    r"\{[^{}\"]*\.(?:if-[a-z]|fixed\s+reason=\"[^\"]+\")(?:[^{}\"]|\"[^\"]*\")*\}"
)

_OPTIONS = re.compile(r"\A(?:---\n(?s:.*?)\n---\n|(?:[ \t]*:[\w-]+:.*\n)*)")
_FORBIDDEN = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.For,
    ast.AsyncFor,
    ast.While,
)


@dataclass(frozen=True)
class Passage:
    """Some prose, the line of its file where it stands, and what of it no condition binds."""

    line: int
    text: str
    unbound: str = ""


@dataclass(frozen=True)
class Fault:
    """A rule broken, and where."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def typed_numbers(text: str) -> list[str]:
    """Numbers in a text that no rule excepts."""
    for allowed in ALLOWED:
        text = allowed.sub(" ", text)
    return [found.strip() for found in TYPED.findall(text)]


def parse(text: str) -> list[Token]:
    """Tokens of a MyST text, as the book reads it."""
    extensions = {
        "amsmath",
        "attrs_block",
        "attrs_inline",
        "colon_fence",
        "deflist",
        "dollarmath",
        "substitution",
    }
    parser = create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)
    return list(parser.parse(text))


def directive(token: Token) -> tuple[str, str]:
    """Name and argument of a fence, both empty when it is no directive."""
    found = re.match(r"\{([^}]+)\}\s*(.*)", token.info.strip())
    return (found[1], found[2]) if found else ("", "")


def passages(text: str, start: int = 1, fixed: bool = False) -> Iterator[Passage]:
    """Prose of a MyST text: paragraphs, headings, tables, titles and bodies of directives."""
    around = fixed
    bound = False
    for token in parse(text):
        line = start + (token.map[0] if token.map else 0)
        if token.type == "heading_open":
            fixed = around
        elif token.type == "myst_line_comment" and re.match(r"\s*fixed:\s*\w", token.content):
            fixed = True
        if token.type in {"paragraph_open", "heading_open"}:
            bound = binds(token)
        elif token.type == "inline":
            children = token.children or []
            loose = "" if fixed or bound else inline_text(children, bound=False)
            yield Passage(line, inline_text(children), loose)
            bound = False
        elif token.type == "html_block":
            plain = re.sub(r"<[^>]*>", " ", token.content)
            yield Passage(line, plain, "" if fixed else plain)
        elif token.type in {"fence", "colon_fence"}:
            name, argument = directive(token)
            if not name or name in NOT_PROSE:
                continue
            if name not in PATH_ARGUMENT:
                yield from passages(argument, line, fixed)
            options = _OPTIONS.match(token.content)
            body = token.content[options.end() :] if options else token.content
            skipped = token.content[: len(token.content) - len(body)].count("\n")
            yield from passages(body, line + 1 + skipped, fixed)


def binds(token: Token) -> bool:
    """Whether a paragraph or span rests on a condition, or says why its words are fixed."""
    classes = str(token.attrs.get("class", "")).split()
    fixed = "fixed" in classes and bool(str(token.attrs.get("reason", "")).strip())
    return fixed or any(name.startswith("if-") for name in classes)


def inline_text(children: list[Token], bound: bool = True) -> str:
    """Words of a line: neither code nor mathematics, roles nor links; without bound spans if asked.

    Spans may hold spans; what a bound one holds is bound.
    """
    words: list[str] = []
    links, spans = 0, []
    for child in children:
        links += (child.type == "link_open") - (child.type == "link_close")
        if child.type == "span_open":
            spans.append(binds(child))
        elif child.type == "span_close":
            spans.pop()
        if any(spans) and not bound:
            words.append("\ufffc")
        elif links == 0 and child.type == "text":
            words.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            words.append(" ")
        elif child.type.removesuffix("_open").removesuffix("_close") not in {
            "em",
            "strong",
            "span",
        }:
            words.append("\ufffc")
    return "".join(words)


def result_words(text: str) -> list[str]:
    """Words of a text that state a result, names of methods left out."""
    text = NO_RESULT.sub(" ", re.sub(r"\s+", " ", text))
    return [found[0] for found in RESULT.finditer(text)]


def cells(text: str) -> Iterator[Passage]:
    """Code of a chapter's cells, without their tags."""
    for token in parse(text):
        if token.type in {"fence", "colon_fence"} and directive(token)[0] == "code-cell":
            options = _OPTIONS.match(token.content)
            cut = options.end() if options else 0
            skipped = token.content[:cut].count("\n")
            line = (token.map[0] if token.map else 0) + 2 + skipped
            yield Passage(line, token.content[cut:])


def cell_faults(path: Path, cell: Passage, page: str) -> Iterator[Fault]:
    """Rules that a cell breaks: it calls the package, in few statements, and prints no number."""
    try:
        tree = ast.parse(cell.text)
    except SyntaxError as error:
        yield Fault(path, cell.line + (error.lineno or 1) - 1, f"no plain Python: {error.msg}")
        return
    for node in ast.walk(tree):
        if isinstance(node, _FORBIDDEN):
            kind = type(node).__name__
            where = cell.line + node.lineno - 1
            yield Fault(path, where, f"{kind} in a cell; it belongs into the package")
    for line, text in sentences(tree):
        for number in typed_numbers(text):
            message = f"number {number} typed in a cell's text; format it there"
            yield Fault(path, cell.line + line - 1, message)
    for line, key in idle(tree, page):
        yield Fault(path, cell.line + line - 1, f"page.check({key}=…) binds no sentence")
    for line, text in sentences(tree, generated=False):
        for word in result_words(_SPAN.sub(" ", text)):
            yield Fault(path, cell.line + line - 1, UNBOUND.format(word))
    lines = len(cell.text.strip().splitlines())
    body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    if len(body) > MOST_STATEMENTS or lines > MOST_LINES:
        size = f"{len(body)} statements on {lines} lines"
        most = f"{MOST_STATEMENTS} on {MOST_LINES}"
        yield Fault(path, cell.line, f"cell has {size}, expected at most {most}")


def hidden(text: str) -> Iterator[tuple[int, str]]:
    """Line and tags of each cell that a reader cannot open."""
    for token in parse(text):
        if token.type in {"fence", "colon_fence"} and directive(token)[0] == "code-cell":
            options = _OPTIONS.match(token.content)
            tags = re.findall(r"remove-\w+", options[0] if options else "")
            if tags:
                yield (token.map[0] if token.map else 0) + 1, ", ".join(tags)


def unused(text: str) -> Iterator[tuple[int, str]]:
    """Line and name of each result that a page computes and never uses."""
    trees = [(cell.line, ast.parse(cell.text)) for cell in cells(text)]
    names = [(line, n) for line, tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)]
    used = {n.id for _, n in names if isinstance(n.ctx, ast.Load)}
    for line, node in names:
        if isinstance(node.ctx, ast.Store) and node.id not in used and node.id != "_":
            yield line + node.lineno - 1, node.id


def idle(tree: ast.Module, text: str) -> Iterator[tuple[int, str]]:
    """Line and key of each condition that a cell checks and no sentence of its page rests on."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"check", "page.check"}:
            for keyword in call.keywords:
                if not re.search(rf"\.if-{keyword.arg}(?![\w-])", text):
                    yield keyword.value.lineno, str(keyword.arg)


def ruff_faults(texts: dict[Path, str]) -> list[Fault]:
    """What ruff finds in the cells of pages, each page read as one program, at its own lines."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in texts.items():
            lines = [""] * len(text.splitlines())
            for cell in cells(text):
                code = cell.text.splitlines()
                lines[cell.line - 1 : cell.line - 1 + len(code)] = code
            program = Path(folder, path.with_suffix(".py"))
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text("\n".join(lines).strip("\n") and "\n".join(lines), encoding="utf-8")
        command = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length=100"]
        command += [f"--select={RUFF}", "--ignore=E402,I001", "--output-format=json", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return [
            Fault(
                Path(fault["filename"])
                .resolve()
                .relative_to(Path(folder).resolve())
                .with_suffix(".md"),
                fault["location"]["row"],
                f"{fault['code']} {fault['message']}",
            )
            for fault in json.loads(done.stdout)
        ]


def sentences(tree: ast.Module, generated: bool = True) -> Iterator[tuple[int, str]]:
    """Line and text of each string that is long enough to be read by readers.

    Without those that a result chooses, the branches of a conditional expression, if asked.
    """
    whole = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    inner = {id(part) for node in whole for part in ast.walk(node)} - {id(n) for n in whole}
    # A key of a table is no sentence.
    keys = [node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    inner |= {id(part) for node in keys for part in ast.walk(node)}
    if not generated:
        chosen = [n for n in ast.walk(tree) if isinstance(n, ast.IfExp)]
        inner |= {id(p) for n in chosen for b in (n.body, n.orelse) for p in ast.walk(b)}
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        texts = [str(p.value) if isinstance(p, ast.Constant) else "\ufffc" for p in parts]
        is_text = isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", 0), str)
        text = re.sub(r"\$[^$]*\$", "", "".join(texts))
        if is_text and len(text.split()) >= SENTENCE:
            yield node.lineno, text  # type: ignore[attr-defined]


def check(path: Path, text: str) -> list[Fault]:
    """All faults of a page.

    Parameters
    ----------
    path
        Its name, for messages.
    text
        Its MyST source.
    """
    faults = [
        Fault(path, passage.line, f"number {number} typed in prose; glue it or write it as a word")
        for passage in passages(text)
        for number in typed_numbers(passage.text)
    ]
    faults += [
        Fault(path, passage.line, UNBOUND.format(word))
        for passage in passages(text)
        for word in result_words(passage.unbound)
    ]
    faults += [Fault(path, n, f"{tags}: a reader cannot open the cell") for n, tags in hidden(text)]
    for cell in cells(text):
        faults.extend(cell_faults(path, cell, text))
    return sorted(faults, key=lambda fault: fault.line)


def check_book() -> list[Fault]:
    """All faults of the landing page and of every chapter, those that ruff finds among them."""
    pages = [ROOT / "index.md", *sorted((ROOT / "chapters").rglob("*.md"))]
    texts = {page.relative_to(ROOT): page.read_text(encoding="utf-8") for page in pages}
    faults = [fault for path, text in texts.items() for fault in check(path, text)]
    if any("no plain Python" in fault.message for fault in faults):
        return faults
    for path, text in texts.items():
        faults += [Fault(path, line, f"{name} is never used") for line, name in unused(text)]
    return faults + ruff_faults(texts)


def main() -> int:
    """Check the landing page and every chapter."""
    for fault in (faults := check_book()):
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
