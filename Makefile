# Every target sets up what it needs: tools in .venv, downloads and build results in $(CACHE).
SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := roles/hub_systemd/files/uv-requirements.txt
LOCKED := --require-hashes --only-binary :all:
INVENTORY ?= inventories/demo
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/openstack-hub
STATE := $(or $(XDG_STATE_HOME),$(HOME)/.local/state)/openstack-hub
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export CONTAINERS_CONF := $(CURDIR)/testbed/containers.conf
export ANSIBLE_FORCE_COLOR ?= $(if $(CI),0,1)
export PYTHONUNBUFFERED := 1
comma := ,
cloud = OS_CLIENT_CONFIG_FILE=$(STATE)/demo-cloud/openstack/clouds.yaml
say = @printf '\n== %s\n' '$(1)'
once = $(PYTHON) testbed/make_once.py

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Tools -----------------------------------------------------------------------------------------------------------
# The lock is inherited by all that a command starts: after a kill the next run waits for what still installs.
install = @$(once) --lock $(VENV).lock env VIRTUAL_ENV=$(VENV) UV_SYSTEM_CERTS=true bash -euc
$(VENV)/.operator: requirements.txt pyproject.toml
	$(call say,Installing the tools into $(VENV) (under a minute))
	$(install) '$(BIN)/uv --version >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); $(BIN)/pip install -q $(LOCKED) -r $(UV); }; \
	  uv pip install -q $(LOCKED) -r requirements.txt; uv pip install -q --no-deps --no-build-isolation -e .; touch $@'

$(VENV)/.developer: $(VENV)/.operator requirements-dev.txt
	$(call say,Installing the tools for lint and tests into $(VENV))
	$(install) 'uv pip install -q $(LOCKED) -r requirements-dev.txt; touch $@'

.PHONY: packages packages-test
packages: ## Install the Debian packages that the demo needs (as root)
	@testbed/install-packages.sh testbed/packages.txt

packages-test: packages
	@testbed/install-packages.sh tests/packages.txt

# --- Use -------------------------------------------------------------------------------------------------------------
.PHONY: demo demo-stop demo-cloud demo-cloud-stop site validate vault-edit
demo: packages $(VENV)/.operator ## Start a hub with sign-in on this machine, verify it, print its address
	$(call say,Creating two containers: the hub and an OpenID provider)
	@ansible-playbook -i inventories/demo testbed/up.yml
	$(call say,Installing the hub as on any other machine: playbooks/site.yml)
	@ansible-playbook -i inventories/demo playbooks/site.yml
	@ansible-playbook -i inventories/demo testbed/welcome.yml >/dev/null
	@cat $(STATE)/demo/welcome.txt

demo-stop: $(VENV)/.operator ## Remove the demo's containers with all homes and users
	@ansible-playbook -i inventories/demo testbed/down.yml -e testbed_purge=true

demo-cloud: packages build ## Start OpenStack, a cluster, the hub on it and Apache on this machine, verify it
	$(call say,Starting OpenStack$(comma) an OpenID provider and the container for Apache (a minute))
	@ansible-playbook -i inventories/demo-cloud testbed/up.yml
	$(call say,Creating the cluster and installing the hub as on any other cloud: playbooks/site.yml)
	@$(cloud) ansible-playbook -i inventories/demo-cloud playbooks/site.yml
	@ansible-playbook -i inventories/demo-cloud testbed/welcome.yml >/dev/null
	@cat $(STATE)/demo-cloud/welcome.txt

demo-cloud-stop: $(VENV)/.operator ## Remove the demo's cloud with everything in it
	@ansible-playbook -i inventories/demo-cloud testbed/down.yml -e testbed_purge=true

# What was typed reaches Python as it is, for make would expand a $ in it, and the shell quotes and spaces.
$(foreach name,DIR DOMAIN ISSUER CLIENT_ID GROUPS CONTACT PLATFORM,$(if $(filter undefined,$(origin $(name))),,\
  $(eval override export $(name) := $$(value $(name)))))
export SITE := $(value INVENTORY)
site: $(VENV)/.operator ## Create a site folder: make site DIR=../my-hub
	@$(if $(filter command,$(origin CLIENT_SECRET)),$(error every user of this machine can read CLIENT_SECRET= in \
	  the list of processes: leave it out and be asked, or export it))
	@python -m openstack_hub.site.folder

validate: $(VENV)/.operator ## Find problems in the variables of INVENTORY=...; changes nothing
	@$(if $(filter file,$(origin INVENTORY)),$(error name the site: make validate INVENTORY=../my-hub))
	@python -m openstack_hub.site.validate --cloud "$$SITE"

vault-edit: $(VENV)/.operator ## Edit the secrets of INVENTORY=../my-hub with $EDITOR
	@$(if $(filter file,$(origin INVENTORY)),$(error name the site: make vault-edit INVENTORY=../my-hub))
	@python -m openstack_hub.site.vault
	@python -m openstack_hub.site.yaml_check "$$SITE"

.PHONY: testbed-openstack testbed-openstack-stop
testbed-openstack: $(VENV)/.operator ## Start a small OpenStack on this machine, or resume the existing one
	$(call say,Starting Keystone Placement Glance Neutron Nova and Magnum on loopback (a minute; later seconds))
	@python testbed/openstack start

testbed-openstack-stop: ## Stop that OpenStack; its data is kept for the next start
	@python testbed/openstack stop

.PHONY: testbed-kubernetes testbed-kubernetes-stop
testbed-kubernetes: packages $(VENV)/.operator ## Start a small Kubernetes on this machine (as root)
	@python testbed/kubernetes start

testbed-kubernetes-stop: ## Remove that Kubernetes with everything in it
	@python testbed/kubernetes stop

.PHONY: build
build: packages $(VENV)/.operator ## Build Kubernetes, Helm and images for the testbed, once
	$(call say,Building Kubernetes$(comma) Helm and images from source$(comma) once (five to eight minutes))
	@python testbed/kubernetes build

# --- Test ------------------------------------------------------------------------------------------------------------
# FULL=1 adds the tests marked slow; make test-full sets it.
SELECT := $(if $(FULL),,-m 'not slow')
# By default Molecule keeps its state by the name of the checkout's folder, which two checkouts may share.
molecule = MOLECULE_EPHEMERAL_DIRECTORY=$(CURDIR)/.cache/molecule/$(1) molecule
PARALLEL := $(MAKE) --no-print-directory --output-sync=target
.PHONY: lint unit cluster kubernetes molecule e2e test test-full bench destroy-test
lint: $(VENV)/.developer ## Check style: ruff, yamllint, ansible-lint
	$(call say,Checking style)
	@ruff check . && ruff format --check .
	@yamllint --strict .
	@ANSIBLE_INVENTORY=inventories/example ansible-lint --offline -q

HUBS := hub5 hub6
hub-venv = $(CACHE)/venvs/hubkit-$(1)-$(shell cat tests/unit/hubkit/{install-hub.sh,requirements-$(1).txt} | sha256sum | cut -c1-12)
unit: packages-test $(VENV)/.developer ## Run unit tests, those of hubkit under JupyterHub 5 and 6
	@$(MAKE) --no-print-directory unit-tests

.PHONY: unit-tests unit-project unit-testbed $(HUBS:%=unit-%)
unit-tests: # without prerequisites, for which make would start another job first
	@testbed/iam/install.sh $(CACHE) >/dev/null && tests/unit/hubkit/install-proxy.sh
	$(call say,Unit tests$(comma) those of hubkit under JupyterHub 5 and 6; in parallel$(comma) a minute or two)
	@$(PARALLEL) -j4 unit-project unit-testbed $(HUBS:%=unit-%)

unit-project:
	@pytest tests/unit --ignore tests/unit/hubkit --ignore tests/unit/testbed

unit-testbed:
	@$(call if-testbed-changed,unit,pytest tests/unit/testbed)

$(HUBS:%=unit-%): unit-%:
	@$(once) $(call hub-venv,$*) tests/unit/hubkit/install-hub.sh $*
	@PYTHONPATH=$(CURDIR) $(call hub-venv,$*)/bin/python -m pytest tests/unit/hubkit tests/attacks/hub

# The testbed's own tests run when a file that they depend on has changed since they passed, and always in test-full.
TESTBED_FILES = conftest.py pyproject.toml requirements-dev.txt $(shell find testbed tests/unit/testbed tests/kubernetes \
  -type f -not -path '*/__pycache__/*' | LC_ALL=C sort)
testbed-passed = $(CACHE)/passed/$(1)-$(shell sha256sum $(TESTBED_FILES) | sha256sum | cut -c1-12)
define if-testbed-changed
if test -z "$(FULL)" -a -e $(call testbed-passed,$(1)); then \
  echo "Not run, as the testbed has not changed since they passed: $(2)"; \
else $(2) && mkdir -p $(CACHE)/passed && touch $(call testbed-passed,$(1)); fi
endef

cluster: $(VENV)/.developer ## Run the cloud playbooks on a small OpenStack that the tests start
	$(call say,A cluster in OpenStack: created$(comma) changed$(comma) broken$(comma) removed; a few minutes)
	@$(PARALLEL) -j3 cluster-molecule cluster-lifecycle cluster-rest

.PHONY: cluster-molecule cluster-lifecycle cluster-rest
cluster-molecule:
	@$(call molecule,cluster) test -s cluster

cluster-lifecycle: # the longest; each target starts an OpenStack of its own
	@pytest tests/cluster/test_lifecycle.py

cluster-rest:
	@pytest tests/cluster --ignore tests/cluster/test_lifecycle.py $(SELECT)

# TEST_CHART names the chart's file where it is elsewhere.
export TEST_CHART ?= $(CACHE)/chart/jupyterhub-4.4.0.tgz
kubernetes: packages-test $(VENV)/.developer build ## Test on Kubernetes: the testbed, releases, and a hub from OpenStack's API to its users
	$(call say,Releases on a cluster; and a hub on Kubernetes$(comma) from OpenStack to the browser; some minutes)
	@$(PARALLEL) -j2 kubernetes-release kubernetes-hub
	@$(chart-hint)

chart-hint = test -e "$(TEST_CHART)" || { echo "The hub was not installed on Kubernetes: there is no chart at $(TEST_CHART). Get it, and set TEST_CHART to its path:"; \
  echo "  helm pull jupyterhub --repo https://hub.jupyter.org/helm-chart --version 4.4.0"; }

TESTBED_ON_KUBERNETES = tests/kubernetes/test_testbed.py tests/kubernetes/test_testbed_lifecycle.py
.PHONY: kubernetes-release kubernetes-hub
kubernetes-release:
	@pytest tests/kubernetes $(TESTBED_ON_KUBERNETES:%=--ignore %) $(SELECT)
	@$(call if-testbed-changed,kubernetes,pytest $(TESTBED_ON_KUBERNETES) $(SELECT))

kubernetes-hub:
	@$(call molecule,kubernetes) test -s kubernetes
	@test ! -e "$(TEST_CHART)" || E2E_PLATFORM=kubernetes pytest tests/e2e $(SELECT)
	@$(call molecule,kubernetes) destroy -s kubernetes

molecule: packages-test $(VENV)/.developer ## Install a hub in a container twice and inspect it (molecule, testinfra)
	$(call say,Molecule: install$(comma) install again$(comma) inspect)
	@$(call molecule,host) test -s host

e2e: packages-test $(VENV)/.developer ## Use a hub on one machine in a browser; its containers are created or reused
	@$(call molecule,host) converge -s host
	$(call say,In the browser)
	@pytest tests/e2e $(SELECT)

destroy-test: $(VENV)/.developer ## Remove the containers of molecule and e2e
	@$(call molecule,host) destroy -s host

# Jobs on containers and ports of their own: two run at a time, in this order.
JOBS := kubernetes-hub unit-tests host-hub kubernetes-release cluster $(if $(FULL),faults-cluster faults-demo)
.PHONY: host-hub faults-cluster faults-demo
host-hub:
	@$(call molecule,host) test -s host
	@pytest tests/e2e $(SELECT)
	@pytest tests/attacks/machine tests/attacks/web $(SELECT)
	@pytest tests/faults/test_host_killed.py
	@$(call molecule,host) destroy -s host

faults-cluster:
	@pytest tests/faults --ignore tests/faults/test_host_killed.py --ignore tests/faults/test_demo.py

faults-demo:
	@pytest tests/faults/test_demo.py

test: packages-test lint build ## Run the tests that decide whether a change is accepted
	$(call say,Unit tests; a hub on one machine and a hub on Kubernetes$(comma) each installed$(comma) inspected and used in a browser; twenty minutes)
	@$(MAKE) --no-print-directory --output-sync=line -j2 $(JOBS)
	@$(chart-hint)

test-full: ## Run all tests: also the slow ones, those that kill and disturb runs, and the testbed's own
	@$(MAKE) --no-print-directory test FULL=1
	@PROPERTIES=20 pytest tests/unit/properties

bench: $(VENV)/.developer ## Measure speed, each figure in turn with a reference
	@status=0; for script in validate cluster control_plane start static_files second_run; do \
	  python benchmarks/$$script.py || { echo "benchmarks/$$script.py failed" >&2; status=1; }; done; exit $$status

# --- Maintain --------------------------------------------------------------------------------------------------------
.PHONY: docs lock clean
docs: $(VENV)/.operator ## Generate the defaults files, reference and schemas from openstack_hub/variables
	@python -m openstack_hub.generate.files

lock: $(VENV)/.developer ## Pin exact versions and hashes for every *.in; UPGRADE=1 takes the latest versions
	@for file in requirements requirements-dev roles/hub_systemd/files/{uv,hub,proxy,user}-requirements \
	  tests/unit/hubkit/requirements-hub{5,6} testbed/{openstack,kubernetes/images}/requirements; do \
	  case $$file in testbed/*) hashes=;; *) hashes=--generate-hashes;; esac; \
	  uv pip compile -q --universal -p 3.11 --no-header --no-annotate $$hashes $(if $(UPGRADE),--upgrade) $$file.in -o $$file.txt && \
	  sed -i "1i # Made by \`make lock\` from $$(basename $$file).in: do not edit." $$file.txt; done

clean: ## Remove tools and generated files from the checkout; the cache in $(CACHE) is kept
	rm -rf $(VENV) .cache .ruff_cache .pytest_cache .ansible *.egg-info
