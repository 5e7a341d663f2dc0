#include "lib/fleet/coordinate.h"

#include <inttypes.h>
#include <math.h>

#include "lib/base/text.h"

#define STEP 0.25       /* of the way to where the sample says; Vivaldi's cc */
#define ERROR_WEIGHT 0.25 /* and its ce */
#define ERROR_START 1.0
#define ERROR_MIN 0.02
#define ERROR_MAX 2.0   /* what one sample may say at most */
#define ERROR_TRUSTED 0.5
/* 3 ms more than 2 are no error of 150 %: who lies in the same town as a site is
 * found well enough. */
#define SMALL_S 0.01
#define START_S 0.05    /* spread of the starts */
#define HEIGHT_START_S 0.003
#define HEIGHT_MIN_S 0.0005
#define FAR_S 60.0      /* nothing is that far */

/* -0.5..0.5, the same for the same numbers. */
static double
scatter(uint32_t seed, uint32_t axis)
{
	uint64_t x = ((uint64_t)seed << 8 | axis) + 1;

	x *= UINT64_C(0x9e3779b97f4a7c15);
	x ^= x >> 31;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	return (double)(x >> 11) / 9007199254740992.0 - 0.5;
}

void
coordinate_init(struct coordinate *c, uint32_t seed)
{
	uint32_t i;

	*c = (struct coordinate){
	    .height_s = (float)HEIGHT_START_S, .error = (float)ERROR_START};
	for (i = 0; i < COORDINATE_DIMENSIONS; i++)
		c->at_s[i] = (float)(START_S * scatter(seed, i));
}

static double
apart_s(const struct coordinate *a, const struct coordinate *b)
{
	double sum = 0;
	int i;

	for (i = 0; i < COORDINATE_DIMENSIONS; i++) {
		double d = (double)a->at_s[i] - (double)b->at_s[i];

		sum += d * d;
	}
	return sqrt(sum);
}

bool
coordinate_trusted(const struct coordinate *c)
{
	return (double)c->error <= ERROR_TRUSTED;
}

double
coordinate_rtt_s(const struct coordinate *a, const struct coordinate *b)
{
	return apart_s(a, b) + (double)a->height_s + (double)b->height_s;
}

void
coordinate_move(struct coordinate *c, const struct coordinate *other,
    double rtt_s)
{
	double error = (double)c->error, heights, weight, force, off;
	double distance = coordinate_rtt_s(c, other);
	int i;

	weight = error / (error + (double)other->error);
	off = fabs(distance - rtt_s) / (rtt_s + SMALL_S);
	if (off > ERROR_MAX)
		off = ERROR_MAX;
	error += ERROR_WEIGHT * weight * (off - error);
	c->error = (float)(error > ERROR_MIN ? error : ERROR_MIN);
	force = STEP * weight * (rtt_s - distance) / distance;
	for (i = 0; i < COORDINATE_DIMENSIONS; i++)
		c->at_s[i] += (float)(force *
		    ((double)c->at_s[i] - (double)other->at_s[i]));
	heights = (double)c->height_s + (double)other->height_s;
	c->height_s += (float)(force * heights);
	if ((double)c->height_s < HEIGHT_MIN_S)
		c->height_s = (float)HEIGHT_MIN_S;
	c->samples++;
}

/* Nine digits are all that a float has. */
void
coordinate_write(struct buf *out, const struct coordinate *c)
{
	int i;

	for (i = 0; i < COORDINATE_DIMENSIONS; i++)
		buf_printf(out, "%.9g,", (double)c->at_s[i]);
	buf_printf(out, "%.9g,%.9g,%" PRIu32, (double)c->height_s,
	    (double)c->error, c->samples);
}

/* The limits as floats, too: a value at one of them was rounded as they are. */
static bool
read_float(struct slice *rest, double min, double max, float *out_r)
{
	struct slice part;
	double value;

	if (!slice_split(rest, ',', &part) ||
	    text_double(part, -2 * FAR_S, 2 * FAR_S, &value) != 0)
		return false;
	*out_r = (float)value;
	return *out_r >= (float)min && *out_r <= (float)max;
}

bool
coordinate_read(struct slice text, struct coordinate *out_r)
{
	struct coordinate c;
	int64_t samples;
	int i;

	for (i = 0; i < COORDINATE_DIMENSIONS; i++)
		if (!read_float(&text, -FAR_S, FAR_S, &c.at_s[i]))
			return false;
	if (!read_float(&text, HEIGHT_MIN_S, FAR_S, &c.height_s) ||
	    !read_float(&text, ERROR_MIN, ERROR_MAX, &c.error) ||
	    text_int(text, 0, UINT32_MAX, &samples) != 0)
		return false;
	c.samples = (uint32_t)samples;
	*out_r = c;
	return true;
}
