"""The lab: real mail hosts as network namespaces on one machine."""
