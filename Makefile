# make test          the tests that need no host
# make integrations  fresh environments with the real hosts, and all their tests and examples
# make scale         benchmarks/results/scale.md, with those environments

PYTHON ?= python3
PIP_INSTALL ?= -m pip install --quiet --disable-pip-version-check

# Dolma asks for NumPy 1; NeMo Curator brings its own versions of much.
ENVIRONMENTS = hosts curator dolma
packages_hosts = pandas polars "dask[dataframe]" datasets pyarrow "pyspark>=4" "ray[data]" \
	datatrove scrapy langchain-core llama-index-core spacy
packages_curator = nemo-curator
packages_dolma = dolma

.PHONY: test integrations scale $(ENVIRONMENTS)

test:
	$(PYTHON) -m pytest

integrations: $(ENVIRONMENTS)

$(ENVIRONMENTS):
	$(PYTHON) -m venv --clear build/environments/$@
	build/environments/$@/bin/python $(PIP_INSTALL) -e ".[parallel,zstd,parquet]" \
		pytest hypothesis $(packages_$@)
	build/environments/$@/bin/python -m pytest -W default tests/integrations

scale:
	$(PYTHON) -m benchmarks.scale --save --hosts $(ENVIRONMENTS:%=build/environments/%/bin/python)
