/* Looking rows up by name, and what to say when there is none; comments: for
 * settings.c. */
#ifndef NEARPOST_BASE_SETTINGS_HINT_H
#define NEARPOST_BASE_SETTINGS_HINT_H

#include "lib/base/settings.h"

/* An empty name means the top level.  NULL when there is none. */
const struct settings_section *settings_section_of(
    const struct settings_section *sections, struct slice name);
const struct setting *settings_row_of(const struct settings_section *section,
    struct slice name);
/* Appends the text with blanks for its comments, line breaks kept.  -1 when one
 * is not closed. */
int settings_uncomment(struct slice text, struct buf *out);
/* Names a setting of a file, for a map; the caller frees.  section: "root" at the
 * top level; title may be NULL. */
char *settings_key(const char *section, const char *title, const char *name);
/* "FILE: host is missing in gateway "tyo" { }; write ..."; title may be NULL. */
void settings_explain_missing(const char *file,
    const struct settings_section *section, const char *title,
    const struct setting *row, struct buf *out);
/* "unknown setting ...; did you mean ...?", or where it belongs, or all that is
 * known in the section `here` (may be NULL). */
void settings_explain_unknown(const struct settings_section *sections,
    const struct settings_section *here, const char *name, struct buf *out);

#endif
