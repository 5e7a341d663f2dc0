/* The expander: the half of the agent that the MTA talks to. */
#ifndef NEARPOST_AGENT_EXPANDER_H
#define NEARPOST_AGENT_EXPANDER_H

#include "lib/fleet/config.h"

/* Runs until SIGTERM; SIGUSR1 loads keys and assets again.  An exit status;
 * ready() is called when the MTA may connect. */
int expander_run(const struct config *config, void (*ready)(void));

#endif
