/* Which events of a gateway were taken, by their numbers.  They rise, but those
 * that an agent told another policyd come here a little later than what it then
 * tells us: so the last TAKEN_MAX of them are remembered one by one, and only
 * below these the highest.  Pure. */
#ifndef NEARPOST_FLEET_TAKEN_H
#define NEARPOST_FLEET_TAKEN_H

#include <stdbool.h>
#include <stdint.h>

#define TAKEN_MAX 256

struct taken { /* all zeroes: none */
	int64_t floor;          /* it and all below count as taken */
	int64_t list[TAKEN_MAX]; /* above it, rising */
	int n;
};

bool taken_has(const struct taken *s, int64_t number);
void taken_add(struct taken *s, int64_t number);
/* What an earlier run had taken: this number and all below. */
void taken_restore(struct taken *s, int64_t highest);
int64_t taken_highest(const struct taken *s); /* 0 = none */

#endif
