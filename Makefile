# make app   serve the page (makes .venv and installs first)
# make test  run the tests, the browser test too where Chromium is there
# make soak  measure what the server bears, e.g. make soak ARGS=load
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python
# how the tests are started, e.g. make test TESTS="tests/test_app.py -k curl"
TESTS ?=

.PHONY: app test lint format screenshots soak clean

app: $(VENV)/.app
	$(RUN) app.py $(ARGS)

test: $(VENV)/.dev
	$(RUN) -m pytest $(TESTS)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

format: $(VENV)/.dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# the pictures of the real page in docs/, taken by the browser test
screenshots: $(VENV)/.dev
	SCREENSHOTS=docs $(RUN) -m pytest tests/test_browser.py

# load, memory, faults, training and numerics for docs/reliability.md; half an hour
soak: $(VENV)/.dev
	$(RUN) -m soak $(ARGS)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

# each stamp is renewed when the list of requirements changes
$(VENV)/.app: requirements.txt $(VENV)/bin/python
	$(RUN) -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt $(VENV)/bin/python
	$(RUN) -m pip install --quiet -r requirements-dev.txt
	touch $@
