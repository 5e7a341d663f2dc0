/* policyd's rows, "key=value;key=value", and whole answers for programs. */
#ifndef NEARPOST_CTL_ROW_JSON_H
#define NEARPOST_CTL_ROW_JSON_H

#include "lib/base/json.h"
#include "lib/mail/policy.h"

/* A member of `at` for each field: numbers as numbers, yes and no as true and
 * false, but for fields that hold names or words of people. */
void row_json(struct json *at, struct slice row);
/* "PREFIX.0", "PREFIX.1", ... as a list of objects. */
void row_json_list(struct json *at, const char *name, struct arena *arena,
    const struct policy_message *m, const char *prefix);
/* One line on standard output; sets *root to NULL. */
void json_print(struct json **root);

#endif
