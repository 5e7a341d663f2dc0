/* --where of `nearpostctl send` and `audience`: whom it is about.  A condition as
 * in campaign.conf (lib/mail/target.h), or FIELD=VALUE. */
#ifndef NEARPOST_CTL_WHERE_H
#define NEARPOST_CTL_WHERE_H

#include "lib/mail/campaign.h"

#define WHERE_MAX 8

struct where;

/* All n texts, at most WHERE_MAX, in the order of the command line.  A field is
 * read as campaign's conditions read it; NULL: no campaign.  NULL and a heap
 * *error_r that says which one is wrong, where, and what to write. */
struct where *where_new(const char *const *texts, size_t n,
    const struct campaign *campaign, char **error_r);
void where_free(struct where **w);
/* Is every condition true of the record?  FIELD=VALUE: the value is compared
 * octet for octet; a field that the record does not have is like none, not like
 * an empty one. */
bool where_matches(const struct where *w, const struct vars *record,
    int64_t now_ms);
/* What the campaign and the conditions ask for. */
const struct target_fields *where_fields(const struct where *w);

#endif
