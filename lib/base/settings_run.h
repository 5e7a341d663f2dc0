/* Settings from a text that holds nothing libconfuse would replace: settings.c's
 * service to settings_text.c. */
#ifndef NEARPOST_BASE_SETTINGS_RUN_H
#define NEARPOST_BASE_SETTINGS_RUN_H

#include "lib/base/settings.h"

/* text NULL: the defaults.  lines_r may be NULL. */
int settings_run(const char *name, const struct slice *text,
    const struct settings_section *sections, void *root,
    struct map **lines_r, char **error_r);

#endif
