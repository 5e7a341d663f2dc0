/* Looking rows up by name, and what to say when there is none: for settings.c. */
#ifndef NEARPOST_BASE_SETTINGS_HINT_H
#define NEARPOST_BASE_SETTINGS_HINT_H

#include <stdarg.h>

#include "lib/base/settings.h"

/* An empty name means the top level.  NULL when there is none. */
const struct settings_section *settings_section_of(
    const struct settings_section *sections, struct slice name);
const struct setting *settings_row_of(const struct settings_section *section,
    struct slice name);
/* Names a setting of a file, for a map; the caller frees.  section: "root" at the
 * top level; title may be NULL. */
char *settings_key(const char *section, const char *title, const char *name);
char *settings_item_key(const char *section, const char *title, const char *name,
    size_t item);
/* "FILE:1: host is missing in gateway "tyo" { }; write ..."; title may be NULL. */
void settings_explain_missing(const char *file, const struct map *lines,
    const struct settings_section *section, const char *title,
    const struct setting *row, struct buf *out);
/* "unknown setting ...; did you mean ...?", or where it belongs, or all that is
 * known in the section `here` (may be NULL). */
void settings_explain_unknown(const struct settings_section *sections,
    const struct settings_section *here, const char *name, struct buf *out);
/* libconfuse's own complaints, with what to do about them. */
void settings_explain_syntax(const char *fmt, va_list ap, struct buf *out)
    __attribute__((format(printf, 1, 0)));
/* The number of the line in which the text ends. */
int settings_count_lines(struct slice text);

#endif
