# The program, once it exists:
#   sbin_PROGRAMS += gateway-agent/nearpost-agent
#   gateway_agent_nearpost_agent_SOURCES = \
#	gateway-agent/main.c
#   gateway_agent_nearpost_agent_LDADD = $(fleet_libs)
#   dist_man_MANS += gateway-agent/nearpost-agent.8
