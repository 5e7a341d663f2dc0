/* The milter as it runs: the configuration in force, and libmilter's callbacks. */
#ifndef NEARPOST_MILTER_SERVICE_H
#define NEARPOST_MILTER_SERVICE_H

#include "lib/base/program.h"

/* Load and check everything the configuration names.  Returns 0, or an exit
 * status after saying why in the log. */
int service_check(const char *config_path);
/* Run until told to stop; an exit status. */
int service_run(const struct program *p, const struct program_options *o);

#endif
