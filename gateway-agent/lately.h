/* What was done lately, so that it is not done again too soon.  Pure: time is an
 * argument (milliseconds of a clock that does not go back). */
#ifndef NEARPOST_AGENT_LATELY_H
#define NEARPOST_AGENT_LATELY_H

#include <stdint.h>

#include "lib/base/map.h"

struct lately;

/* max: names remembered, > 0. */
struct lately *lately_new(size_t max);
void lately_free(struct lately **l);
/* Nothing of that name was noted within the interval.  When there is no room to
 * note it, because that many others were within the interval, it may not
 * either. */
bool lately_may(const struct lately *l, struct slice name, int64_t now_ms,
    int64_t interval_ms);
/* When there is no room the oldest is forgotten. */
void lately_note(struct lately *l, struct slice name, int64_t now_ms);
size_t lately_count(const struct lately *l);

#endif
