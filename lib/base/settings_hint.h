/* Looking rows up by name, and what to say when there is none: for settings.c. */
#ifndef NEARPOST_BASE_SETTINGS_HINT_H
#define NEARPOST_BASE_SETTINGS_HINT_H

#include "lib/base/settings.h"

/* An empty name means the top level.  NULL when there is none. */
const struct settings_section *settings_section_of(
    const struct settings_section *sections, struct slice name);
const struct setting *settings_row_of(const struct settings_section *section,
    struct slice name);
/* "unknown setting ...; did you mean ...?", or where it belongs, or all that is
 * known in the section `here` (may be NULL). */
void settings_explain_unknown(const struct settings_section *sections,
    const struct settings_section *here, const char *name, struct buf *out);

#endif
