/* The observer: the half of the agent that watches.  One event loop: answers the
 * expander's claims, follows the mail log, probes round trips, samples the load,
 * reports to policyd. */
#ifndef NEARPOST_AGENT_OBSERVER_H
#define NEARPOST_AGENT_OBSERVER_H

#include "lib/fleet/config.h"

/* Runs until SIGTERM or SIGINT.  An exit status; ready() is called when the
 * expander may ask. */
int observer_run(const struct config *config, void (*ready)(void));

#endif
