# make app   serve the page (makes .venv and installs first)
# make test  run the quick tests and one browser test: 9 minutes on 2 cores
# make test-all  run all tests: half an hour; the browser tests need Chromium, some need npm
# make stress  measure load, memory and faults, e.g. make stress ARGS=load
# make audit licences and known holes of all that is installed for them
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/python
PLATFORM = import sys, sysconfig; print("%d.%d" % sys.version_info[:2], sysconfig.get_platform())
CPU_INDEX ?= https://download.pytorch.org/whl/cpu
HAS_DRIVER ?= test -e /proc/driver/nvidia/version
LOCK_OPTIONS = --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
	--no-emit-find-links --quiet --output-file requirements-lock.txt requirements-dev.txt
# options of pytest, e.g. make test-all TESTS="tests/webapp/test_app.py -k curl"
TESTS ?=
# tests/selection.py lists the slow tests
QUICK = not slow and not stress and (smoke or not browser)

.PHONY: app test test-all lint format audit lock screenshots notebook stress clean

app: $(VENV)/.app
	$(RUN) app.py $(ARGS)

test: $(VENV)/.dev
	$(RUN) -m pytest -m "$(QUICK)" $(TESTS)

test-all: $(VENV)/.dev
	$(RUN) -m pytest $(TESTS)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports

format: $(VENV)/.dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

audit: $(VENV)/.dev
	$(RUN) tests/audit.py

# Adds to the lock what a requirement newly asks for. Deleted first, it is made with the newest
# versions that the ranges allow.
lock: $(VENV)/.dev
	$(RUN) -m pip install --quiet pip-tools
	CUSTOM_COMPILE_COMMAND="make lock" $(RUN) -m piptools compile $(LOCK_OPTIONS)

# takes the screenshots in docs/ with the browser tests
screenshots: $(VENV)/.dev
	SCREENSHOTS=docs $(RUN) -m pytest tests/webapp/browser/test_browser.py \
		tests/webapp/browser/test_browser_layout.py tests/webapp/browser/test_browser_rooms.py

# runs the notebook and stores its outputs, which GitHub shows
notebook: $(VENV)/.dev
	$(RUN) -m tests.execute_notebook

# measures load, attacks, memory, faults, training and numerics for docs/reliability.md: an hour
stress: $(VENV)/.dev
	$(RUN) -m benchmarks.stress $(ARGS)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

# each stamp is renewed when the list of requirements changes
# Without an NVIDIA driver, PyTorch's CPU build is tried first: .venv takes about 1 GB, not 6.
$(VENV)/.app: requirements.txt $(VENV)/bin/python
	if [ "$$(uname -s)" = Linux ] && ! $(HAS_DRIVER); then \
		$(RUN) -m pip install --quiet --retries 1 --timeout 15 --index-url $(CPU_INDEX) \
			$$(sed -n 's/^\(torch[a-z]*>=[0-9.]*\).*/\1/p' requirements.txt) || \
		echo "$(CPU_INDEX) cannot be reached; PyPI's build follows, about 6 GB."; \
	fi
	$(RUN) -m pip install --quiet -r requirements.txt
	touch $@

# The tests run with locked versions, their hashes checked, on the platform that the lock is of;
# elsewhere, as for users, with any versions in the ranges.
$(VENV)/.dev: requirements.txt requirements-train.txt requirements-dev.txt requirements-lock.txt $(VENV)/bin/python
	if [ "$$($(RUN) -c '$(PLATFORM)')" = "3.11 linux-x86_64" ]; then \
		$(RUN) -m pip install --quiet --require-hashes -r requirements-lock.txt; \
	else \
		$(RUN) -m pip install --quiet -r requirements-dev.txt; \
	fi
	touch $@
