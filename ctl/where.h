/* --where FIELD=VALUE of `nearpostctl send`: whom a campaign goes to. */
#ifndef NEARPOST_CTL_WHERE_H
#define NEARPOST_CTL_WHERE_H

#include "lib/mail/vars.h"

/* Can it be a condition: a field's name, '=', and a value, which may be empty or
 * hold more of them? */
bool where_ok(const char *condition);
/* Is every condition true of the record?  The value is compared exactly; a field
 * that the record does not have is like none, not like an empty one. */
bool where_matches(const struct vars *record, const char *const *conditions,
    size_t n);

#endif
