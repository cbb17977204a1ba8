# Everything here sets up what it needs: tools in .venv, downloads and built things in $(CACHE), never in your home's dotfiles.
SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help
PYTHON ?= python3
INVENTORY ?= inventories/demo
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/openstack-hub
STATE := $(or $(XDG_STATE_HOME),$(HOME)/.local/state)/openstack-hub
UV_VERSION := 0.13.8
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export CONTAINERS_CONF := $(CURDIR)/testbed/containers.conf
export ANSIBLE_FORCE_COLOR ?= $(if $(CI),0,1)
export PYTHONUNBUFFERED := 1
comma := ,
cloud = OS_CLIENT_CONFIG_FILE=$(STATE)/demo-cloud/openstack/clouds.yaml
say = @printf '\n== %s\n' '$(1)'

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Tools -----------------------------------------------------------------------------------------------------------
$(VENV)/.operator: requirements.txt pyproject.toml
	$(call say,Setting up the tools in $(VENV) (under a minute))
	@test -x $(BIN)/uv || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV) && $(BIN)/pip install -q uv==$(UV_VERSION); }
	@VIRTUAL_ENV=$(VENV) UV_SYSTEM_CERTS=true uv pip install -q -r requirements.txt
	@VIRTUAL_ENV=$(VENV) UV_SYSTEM_CERTS=true uv pip install -q --no-deps -e .
	@touch $@

$(VENV)/.developer: $(VENV)/.operator requirements-dev.txt
	$(call say,Setting up the tools for lint and tests in $(VENV))
	@VIRTUAL_ENV=$(VENV) UV_SYSTEM_CERTS=true uv pip install -q -r requirements-dev.txt
	@touch $@

.PHONY: packages packages-test
packages: ## Install the Debian packages that the demo needs (as root)
	@testbed/install-packages.sh testbed/packages.txt

packages-test: packages
	@testbed/install-packages.sh tests/packages.txt

# --- Use -------------------------------------------------------------------------------------------------------------
.PHONY: demo demo-stop demo-cloud demo-cloud-stop site validate vault-edit
demo: packages $(VENV)/.operator ## Bring up a hub with sign-in on this machine, verify it, print its address
	$(call say,Making two containers: the service and an OpenID provider)
	@ansible-playbook -i inventories/demo testbed/up.yml
	$(call say,Installing the hub as on any machine: playbooks/site.yml)
	@ansible-playbook -i inventories/demo playbooks/site.yml
	@ansible-playbook -i inventories/demo testbed/welcome.yml >/dev/null
	@cat $(STATE)/demo/welcome.txt

demo-stop: $(VENV)/.operator ## Remove the demo's containers (homes and users with them)
	@ansible-playbook -i inventories/demo testbed/down.yml -e testbed_purge=true

demo-cloud: packages $(VENV)/.operator ## Bring up OpenStack, a cluster, the hub on it and Apache on this machine, verify it
	$(call say,Kubernetes$(comma) Helm and images: built from their sources$(comma) once (five to eight minutes))
	@python testbed/kubernetes build
	$(call say,Starting OpenStack$(comma) an OpenID provider and the machine for Apache (a minute))
	@ansible-playbook -i inventories/demo-cloud testbed/up.yml
	$(call say,From the cloud to the hub as on any cloud: playbooks/site.yml)
	@$(cloud) ansible-playbook -i inventories/demo-cloud playbooks/site.yml
	@ansible-playbook -i inventories/demo-cloud testbed/welcome.yml >/dev/null
	@cat $(STATE)/demo-cloud/welcome.txt

demo-cloud-stop: $(VENV)/.operator ## Remove the demo's cloud with all that is in it
	@ansible-playbook -i inventories/demo-cloud testbed/down.yml -e testbed_purge=true

site: $(VENV)/.operator ## Make a site folder of your own: make site DIR=../my-hub
	@$(if $(filter command,$(origin CLIENT_SECRET)),$(error every user of this machine can read CLIENT_SECRET= among \
	  the arguments: leave it out and be asked, or export it before))
	@python -m openstack_hub.site.folder "$$DIR"

FOLDER = $(patsubst ~/%,$(HOME)/%,$(INVENTORY))
with_its_password = file="$(FOLDER)/.vault-password"; test ! -e "$$file" || export ANSIBLE_VAULT_PASSWORD_FILE="$$file";
validate: $(VENV)/.operator ## Find mistakes in the variables of INVENTORY=...; changes nothing
	@python -m openstack_hub.site.yaml_check "$(FOLDER)"
	@$(with_its_password) ansible-playbook -i "$(FOLDER)" playbooks/validate.yml

vault-edit: $(VENV)/.operator ## Edit the secrets of INVENTORY=../my-hub with $EDITOR
	@$(if $(filter file,$(origin INVENTORY)),$(error say whose: make vault-edit INVENTORY=../my-hub))
	@$(with_its_password) ansible-vault edit "$(FOLDER)/group_vars/all/vault.yml"
	@python -m openstack_hub.site.yaml_check "$(FOLDER)"

.PHONY: testbed-openstack testbed-openstack-stop
testbed-openstack: $(VENV)/.operator ## Start a small OpenStack on this machine, for trying things; resumes the one that was
	$(call say,Starting Keystone Placement Glance Neutron Nova and Magnum on loopback (a minute; later seconds))
	@python testbed/openstack start

testbed-openstack-stop: ## Stop it; what is in it stays for the next start
	@python testbed/openstack stop

.PHONY: testbed-kubernetes testbed-kubernetes-stop
testbed-kubernetes: packages $(VENV)/.operator ## Start a small Kubernetes on this machine, for trying things (as root)
	@python testbed/kubernetes start

testbed-kubernetes-stop: ## Remove it with all that is in it
	@python testbed/kubernetes stop

# --- Test ------------------------------------------------------------------------------------------------------------
.PHONY: lint unit cluster molecule e2e test test-full bench destroy-test
lint: $(VENV)/.developer ## Check style: ruff, yamllint, ansible-lint
	$(call say,Checking style)
	@ruff check . && ruff format --check .
	@yamllint --strict .
	@ANSIBLE_INVENTORY=inventories/example ansible-lint --offline -q

HUBS := hub5 hub6
hub-venv = $(CACHE)/venvs/$(1)-$(shell sha256sum tests/unit/hubkit/requirements-$(1).txt 2>/dev/null | cut -c1-12)
unit: packages-test $(VENV)/.developer ## Run unit tests, those of hubkit under JupyterHub 5 and 6
	@testbed/iam/install.sh $(CACHE) >/dev/null && tests/unit/hubkit/install-proxy.sh
	$(call say,Unit tests, and those of hubkit under JupyterHub 5 and 6; side by side, a minute or two)
	@$(MAKE) --no-print-directory -j3 --output-sync=target unit-project $(HUBS:%=unit-%)

.PHONY: unit-project $(HUBS:%=unit-%)
unit-project:
	@pytest tests/unit --ignore tests/unit/hubkit

$(HUBS:%=unit-%): unit-%:
	@test -e $(call hub-venv,$*)/.complete || { uv venv -q --clear $(call hub-venv,$*) && \
	  UV_SYSTEM_CERTS=true uv pip install -q -p $(call hub-venv,$*) -r tests/unit/hubkit/requirements-$*.txt && \
	  touch $(call hub-venv,$*)/.complete; }
	@PYTHONPATH=$(CURDIR) $(call hub-venv,$*)/bin/python -m pytest tests/unit/hubkit

cluster: $(VENV)/.developer ## Run the cloud's playbooks on a small OpenStack of the tests' own
	$(call say,A cluster in OpenStack: made$(comma) changed$(comma) broken$(comma) removed; a few minutes)
	@$(MAKE) --no-print-directory -j3 --output-sync=target cluster-molecule cluster-story cluster-rest

.PHONY: cluster-molecule cluster-story cluster-rest
cluster-molecule:
	@molecule test -s cluster

cluster-story: # the longest; each has a control plane of its own
	@pytest tests/cluster/test_story.py

cluster-rest:
	@pytest tests/cluster --ignore tests/cluster/test_story.py -m 'not slow'

# Whoever has the chart elsewhere says so in TEST_CHART.
export TEST_CHART ?= $(CACHE)/chart/jupyterhub-4.4.0.tgz
kubernetes: packages-test $(VENV)/.developer ## Run what runs on Kubernetes: its test bed, and the road from OpenStack to a hub's users
	$(call say,Kubernetes$(comma) Helm and images: built from their sources$(comma) once (five to eight minutes))
	@python testbed/kubernetes build
	$(call say,A cluster by itself; and the road from the API of OpenStack to a hub on a cluster; some minutes)
	@$(MAKE) --no-print-directory -j2 --output-sync=target kubernetes-bed kubernetes-road
	@test -e "$(TEST_CHART)" || { echo "The road ended at the cluster: the chart is not at hand. Get it, and say in TEST_CHART where it is:"; \
	  echo "  helm pull jupyterhub --repo https://hub.jupyter.org/helm-chart --version 4.4.0"; }

.PHONY: kubernetes kubernetes-bed kubernetes-road
kubernetes-bed:
	@pytest tests/kubernetes -m 'not slow'

kubernetes-road:
	@molecule test -s kubernetes
	@test ! -e "$(TEST_CHART)" || E2E_PLATFORM=kubernetes pytest tests/e2e $(if $(FULL),,-m 'not slow')
	@molecule destroy -s kubernetes

molecule: packages-test $(VENV)/.developer ## Install in containers twice and look at the result (molecule, testinfra)
	$(call say,Molecule: install, install again, look)
	@molecule test -s host

e2e: packages-test $(VENV)/.developer ## Use the service in a browser; the test containers are made or reused
	@molecule converge -s host
	$(call say,In the browser)
	@pytest tests/e2e -m 'not slow'

destroy-test: $(VENV)/.developer ## Remove the containers of the tests
	@molecule destroy -s host

test: lint unit cluster kubernetes molecule ## Everything that guards the main road
	$(call say,In the browser)
	@pytest tests/e2e -m 'not slow'
	@$(MAKE) --no-print-directory destroy-test

test-full: test ## What is slow, too: the demo from nothing, interrupted, twice
	@PROPERTIES=20 pytest tests/unit/properties
	@pytest tests/cluster -m slow
	@molecule converge -s host && pytest tests/e2e tests/faults && $(MAKE) --no-print-directory destroy-test
	@pytest tests/kubernetes -m slow
	@$(MAKE) --no-print-directory kubernetes-road FULL=1

bench: $(VENV)/.developer ## Measure, side by side with a floor
	@for script in validate cluster control_plane start static_files second_run; do python benchmarks/$$script.py; done

# --- Keep house ------------------------------------------------------------------------------------------------------
.PHONY: docs lock clean
docs: $(VENV)/.operator ## Make manual, reference and schemas from openstack_hub/variables
	@python -m openstack_hub.generate.files

lock: $(VENV)/.developer ## Resolve every *.in into exact versions
	@for file in requirements requirements-dev roles/hub_systemd/files/{hub,proxy,user}-requirements \
	  tests/unit/hubkit/requirements-hub{5,6} testbed/{openstack,kubernetes/images}/requirements; do \
	  uv pip compile -q --universal -p 3.11 --no-header --no-annotate --upgrade $$file.in -o $$file.txt && \
	  sed -i "1i # Made by \`make lock\` from $$(basename $$file).in: do not edit." $$file.txt; done

clean: ## Remove tools and built files from the checkout (the cache in $(CACHE) stays)
	rm -rf $(VENV) .cache .ruff_cache .pytest_cache .ansible *.egg-info
