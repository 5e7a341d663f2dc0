#include "lib/fleet/clock_offset.h"

#include <stddef.h>

static const struct clock_sample *
best(const struct clock_offset *c)
{
	const struct clock_sample *best = NULL;
	int i;

	for (i = 0; i < c->n; i++)
		if (!best || c->sample[i].round_ms < best->round_ms)
			best = &c->sample[i];
	return best;
}

/* Two samples that cannot both be true: one of the clocks was set in between. */
static bool
contradict(const struct clock_sample *a, const struct clock_sample *b)
{
	int64_t apart = 2 * (a->offset_ms - b->offset_ms);
	/* Both clocks tick in milliseconds. */
	int64_t may = a->round_ms + b->round_ms + 4;

	return apart > may || apart < -may;
}

void
clock_offset_hello(struct clock_offset *c)
{
	c->waiting = false;
}

void
clock_offset_take(struct clock_offset *c, int64_t apart_ms, int64_t round_ms)
{
	struct clock_sample s;

	if (c->waiting && round_ms >= 0) {
		s.round_ms = round_ms;
		s.offset_ms = c->apart_ms - round_ms / 2;
		if (c->n > 0 && contradict(&s, best(c)))
			c->n = c->next = 0;
		c->sample[c->next] = s;
		c->next = (c->next + 1) % CLOCK_OFFSET_SAMPLES;
		if (c->n < CLOCK_OFFSET_SAMPLES)
			c->n++;
	}
	c->apart_ms = apart_ms;
	c->waiting = true;
}

void
clock_offset_restore(struct clock_offset *c, int64_t offset_ms,
    int64_t round_ms)
{
	if (c->n > 0 || round_ms < 0)
		return;
	c->sample[0] = (struct clock_sample){offset_ms, round_ms};
	c->n = c->next = 1;
}

int64_t
clock_offset_ms(const struct clock_offset *c, int64_t *round_ms_r)
{
	const struct clock_sample *s = best(c);

	if (round_ms_r)
		*round_ms_r = s ? s->round_ms : -1;
	return s ? s->offset_ms : c->apart_ms;
}
