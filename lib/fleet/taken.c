#include "lib/fleet/taken.h"

#include <string.h>

/* How many are not above it.  Mostly all: it is looked for from the end. */
static int
upto(const struct taken *s, int64_t number)
{
	int n = s->n;

	while (n > 0 && s->list[n - 1] > number)
		n--;
	return n;
}

bool
taken_has(const struct taken *s, int64_t number)
{
	int n = upto(s, number);

	return number <= s->floor || (n > 0 && s->list[n - 1] == number);
}

/* The lowest n are below the floor from now on. */
static void
drop(struct taken *s, int n)
{
	if (n == 0)
		return;
	s->floor = s->list[n - 1];
	s->n -= n;
	memmove(s->list, s->list + n, (size_t)s->n * sizeof(s->list[0]));
}

void
taken_add(struct taken *s, int64_t number)
{
	int at;

	if (taken_has(s, number))
		return;
	if (s->n == TAKEN_MAX) {
		if (number < s->list[0]) {
			s->floor = number;
			return;
		}
		drop(s, 1);
	}
	at = upto(s, number);
	memmove(s->list + at + 1, s->list + at,
	    (size_t)(s->n - at) * sizeof(s->list[0]));
	s->list[at] = number;
	s->n++;
}

void
taken_restore(struct taken *s, int64_t highest)
{
	if (highest <= s->floor)
		return;
	drop(s, upto(s, highest));
	s->floor = highest;
}

int64_t
taken_highest(const struct taken *s)
{
	return s->n > 0 ? s->list[s->n - 1] : s->floor;
}
