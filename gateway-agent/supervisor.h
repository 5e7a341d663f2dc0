/* The parent of the agent's two duties: starts them as processes of their own
 * (`nearpost-agent -c FILE -r expander`), starts them again when they die, passes
 * SIGTERM on, and makes SIGHUP a reload of the assets. */
#ifndef NEARPOST_AGENT_SUPERVISOR_H
#define NEARPOST_AGENT_SUPERVISOR_H

#include <stdbool.h>

#include "lib/base/program.h"

#define SUPERVISOR_RESTART_MS 1000

/* Runs until SIGTERM or SIGINT; program_ready() is called once both duties are at
 * work.  A duty that ends with a usage or configuration error before that ends
 * the agent with the same status. */
int supervisor_run(const char *config_path, const struct program_options *o);

/* In a duty: is somebody waiting at the terminal for the agent to come up? */
bool supervisor_first_start(void);
/* In a duty: tell the supervisor that we are at work.  Nothing without one. */
void supervisor_tell_ready(void);

#endif
