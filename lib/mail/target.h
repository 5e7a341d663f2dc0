/* The condition under which a creative is shown: `lang == 'en'`.  One field, ==,
 * one text in single or double quotes; a field that is not there is the same as
 * an empty one. */
#ifndef NEARPOST_MAIL_TARGET_H
#define NEARPOST_MAIL_TARGET_H

#include "lib/mail/vars.h"

#define TARGET_MAX 4096 /* octets */

struct target;

/* NULL and a heap *error_r, a phrase that says what to write. */
struct target *target_parse(struct slice text, char **error_r);
bool target_true(const struct target *t, const struct vars *data);
void target_free(struct target **t);

#endif
