# The lab: real mail hosts as network namespaces.  wan is its forwarder.
noinst_PROGRAMS += tests/lab/wan
tests_lab_wan_SOURCES = \
	tests/lab/wan-device.c \
	tests/lab/wan-device.h \
	tests/lab/wan-queue.c \
	tests/lab/wan-queue.h \
	tests/lab/wan.c
tests_lab_wan_LDADD =

dist_noinst_SCRIPTS += tests/lab/lab
dist_noinst_DATA += \
	tests/lab/README \
	tests/lab/nplab/__init__.py \
	tests/lab/nplab/collect.py \
	tests/lab/nplab/fault.py \
	tests/lab/nplab/lifetime.py \
	tests/lab/nplab/mta.py \
	tests/lab/nplab/names.py \
	tests/lab/nplab/policy.py \
	tests/lab/nplab/postfix.py \
	tests/lab/nplab/product.py \
	tests/lab/nplab/programs.py \
	tests/lab/nplab/sending.py \
	tests/lab/nplab/sendmail.py \
	tests/lab/nplab/sink.py \
	tests/lab/nplab/spaces.py \
	tests/lab/nplab/state.py \
	tests/lab/nplab/topology.py \
	tests/lab/nplab/wan.py \
	tests/lab/topologies/three.lab
