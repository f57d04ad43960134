# One command per task; CI calls the same (.ci/run). Everything stays inside this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE =

.PHONY: help run test pictures demo bench soak package deploy cloud-test lint schemas roles lock clean-var
help:           ## danh sách này / this list
	@grep -E '^[a-z-]+: .*##|^[a-z-]+:  *##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

run: $(VENV)/run.done node_modules/run.done   ## chạy trên máy này, http://localhost:8000 / the embedded engine (HOST= TLS_CERT= TLS_KEY= DATA= PORT=: docs/run-it.md)
	@$(BIN)/python -m infra.commands run

test: $(VENV)/test.done node_modules/test.done browser   ## toàn bộ kiểm thử / every test
	$(BIN)/python -m pytest -n 2 --dist loadfile

pictures: $(VENV)/test.done node_modules/test.done browser   ## ảnh chụp mọi trang vào var/pictures / a picture of every page, on a phone and a desk, light and dark
	$(BIN)/python -m pytest tests/browser/take_pictures.py -q -o timeout=900

demo: $(VENV)/run.done node_modules/run.done   ## buổi lễ mẫu từ đầu đến cuối, không màn hình / the sample ceremony, headless; leaves var/demo/manifest.json
	@$(BIN)/python -m infra.commands demo

bench: $(VENV)/test.done node_modules/run.done   ## đo tốc độ / the benchmarks, one JSON object per figure
	@$(BIN)/python -m infra.bench

soak: $(VENV)/test.done node_modules/test.done   ## kiểm thử dài, nhiều nhất 30 phút / the long checks (at most 30 minutes)
	$(BIN)/python -m pytest tests/soak -o testpaths=tests/soak

package: $(VENV)/test.done node_modules/test.done   ## gói hàm cho Lambda và cho máy này / the functions' archives and template (TARGET=lambda, TARGET=host: that one)
	@$(BIN)/python -m infra.build.package $(TARGET)

deploy: $(VENV)/test.done node_modules/test.done   ## cài vào tài khoản AWS của cơ quan; DRY_RUN=1: chỉ nói sẽ làm gì / into the office's own AWS account (docs/aws.md)
	@$(BIN)/python -m infra.build.deploy

cloud-test: $(VENV)/test.done node_modules/test.done .venv-cloud/done browser   ## diễn tập bản AWS trên máy này / the packaged template on an emulator
	$(BIN)/python -m infra.build.package host
	$(BIN)/python -m pytest tests/cloud -o testpaths=tests/cloud -o timeout=600

lint: $(VENV)/test.done   ## ruff, mypy --strict, chiều phụ thuộc / the arrows between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

schemas: $(VENV)/test.done   ## lược đồ của sự kiện và của API / the JSON Schemas of all events, the OpenAPI
	$(BIN)/python -m infra.build.schemas
	$(BIN)/python -m infra.build.openapi

roles: $(VENV)/test.done   ## bảng ai được làm gì / the table of who may do what, docs/roles.md
	$(BIN)/python -m infra.build.roles

lock:           ## ghim lại thư viện / pin requirements/*.in with hashes again (needs uv)
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/run.in -o requirements/run.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements/run.txt requirements/test.in -o requirements/test.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/rehearsal.in -o requirements/rehearsal.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q requirements/runtime.in -o requirements/runtime.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q --no-deps requirements/runtime-emulator.in -o requirements/runtime-emulator.txt
	$(BIN)/python -m infra.build.lock

# Set-up: a virtual environment with what runs, then with what tests; the same for npm. Done once per lock file.
$(VENV)/run.done: requirements/run.txt
	@$(PYTHON) -c 'import sys; sys.exit("Cần Python 3.11 trở lên / Python 3.11 or later is needed") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Đang cài thư viện / installing libraries ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib functions shared events infra || true
	@touch $@

$(VENV)/test.done: requirements/test.txt $(VENV)/run.done
	@echo "Đang cài công cụ kiểm thử / installing the test tools ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

# The emulator of AWS pins its own versions: it never shares an environment with the product.
.venv-cloud/done: requirements/rehearsal.txt
	@test -x .venv-cloud/bin/python || $(PYTHON) -m venv .venv-cloud
	@echo "Đang cài bộ giả lập AWS / installing the emulator of AWS ..."
	@.venv-cloud/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: -r requirements/rehearsal.txt
	@touch $@

node_modules/run.done: package.json package-lock.json
	@echo "Đang cài thư viện trang web / installing the pages' libraries ..."
	@npm ci --omit=dev --no-audit --no-fund --loglevel=error
	@touch $@

node_modules/test.done: package.json package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@ node_modules/run.done

.PHONY: browser
browser:        # Chromium and poppler come from the system; installed here where we may
	@$(PYTHON) infra/build/system_tools.py

clean-var:      ## xóa dữ liệu bản mẫu / remove the sample's data (var/)
	rm -rf var
