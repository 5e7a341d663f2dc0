/* The fields of several conditions, and what each is read as: a campaign's,
 * which all read the same records. */
#ifndef NEARPOST_MAIL_TARGET_FIELDS_H
#define NEARPOST_MAIL_TARGET_FIELDS_H

#include "lib/mail/target.h"

struct map;

struct target_field {
	const char *name;
	enum target_type type;
};
/* All zeroes at first. */
struct target_fields {
	struct target_field *list; /* each name and type once, as they came */
	size_t n, cap;
	struct arena *arena; /* these for target_fields.c alone */
	struct map *known, *first;
};

/* label: what to call this condition should a later one contradict it.  -1, and
 * at_r and error_r as from target_parse(): it reads a field as something else
 * than those before, or than it does itself, without saying number(f) or the
 * like. */
int target_fields_add(struct target_fields *f, const struct target *t,
    const char *label, size_t *at_r, char **error_r);
void target_fields_free(struct target_fields *f);

#endif
