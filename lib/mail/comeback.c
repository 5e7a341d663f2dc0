#include "lib/mail/comeback.h"

#include "lib/base/text.h"

#define SITE " for site "
#define WAIT " come back in "

void
comeback_write(struct buf *out, const char *site, double seconds)
{
	double tenths;

	if (!(seconds > 0))
		seconds = 0;
	if (seconds > COMEBACK_MAX_S)
		seconds = COMEBACK_MAX_S;
	tenths = (double)(long)(seconds * 10);
	if (tenths < seconds * 10)
		tenths++;
	buf_printf(out, SITE "%s;" WAIT "%.1f s", site, tenths / 10);
}

/* Up to and with the first mark; false: there is none. */
static bool
skip(struct slice *s, const char *mark)
{
	const char *at = s->len
	    ? memmem(s->data, s->len, mark, strlen(mark)) : NULL;

	if (!at)
		return false;
	at += strlen(mark);
	s->len -= (size_t)(at - s->data);
	s->data = at;
	return true;
}

static bool
begins(struct slice s, const char *with)
{
	return s.len >= strlen(with) && memcmp(s.data, with, strlen(with)) == 0;
}

bool
comeback_read(struct slice text, struct slice *site_r, double *seconds_r)
{
	struct slice site, seconds;

	if (!skip(&text, SITE) || !slice_split(&text, ';', &site) ||
	    !begins(text, WAIT) || !skip(&text, WAIT) ||
	    !slice_split(&text, ' ', &seconds) || !begins(text, "s"))
		return false;
	if (site.len == 0 || memchr(site.data, ' ', site.len) ||
	    text_double(seconds, 0, COMEBACK_MAX_S, seconds_r) != 0)
		return false;
	*site_r = site;
	return true;
}
