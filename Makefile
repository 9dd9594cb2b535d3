# Everything runs in .venv, which the first command makes from requirements.lock.
PYTHON ?= python3
PORT ?= 8000
RUN := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help book pdf zip test lint serve release clean setup

help:  ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "make %-8s %s\n", $$1, $$2}'
	@echo "make book ONLY=durbin   executes that chapter alone"
	@echo "make book RUN_HERE=1    adds boxes that run a study in the browser (36 MB)"

setup:
	@command -v $(PYTHON) > /dev/null || { echo "$(PYTHON) is not there; Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) tools/set_up.py

book: setup  ## Build the website in _build/html
	@$(RUN) tools/build_book.py $(if $(ONLY),--only $(ONLY))

pdf: book  ## Build the website and, in it, the whole book as PDF
	@ls _build/html/spillover.pdf

zip: book  ## Pack the website with its PDF, to read without a network
	@$(RUN) tools/zip_site.py

test: setup  ## Build the book and pass all tests
	@$(RUN) -m pytest -n 2 --dist loadfile

lint: setup  ## Check code, types and prose
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(RUN) tools/lint_prose.py
	@$(RUN) tools/metadata.py --check

serve: book  ## Show the website at an address of this machine
	@echo "http://127.0.0.1:$(PORT)/  (stop with Ctrl-C)"
	@$(RUN) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html > /dev/null 2>&1

release: book  ## Make all files of a release in dist
	@$(RUN) tools/release.py

clean:  ## Remove what was built, and the environment
	rm -rf _build dist .venv
