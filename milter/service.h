/* The milter as it runs: the configuration in force, and libmilter's callbacks. */
#ifndef NEARPOST_MILTER_SERVICE_H
#define NEARPOST_MILTER_SERVICE_H

#include "lib/base/program.h"

/* Load the configuration and try to reach what it names; a line each on stdout.
 * An exit status. */
int service_check(const char *config_path);
/* Print a setting; an exit status. */
int service_show(const char *config_path, const char *name);
/* Run until told to stop; an exit status. */
int service_run(const struct program *p, const struct program_options *o);

#endif
