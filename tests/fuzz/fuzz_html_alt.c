/* Alternatives filled in: without them it is what it was, and with them there is
 * nothing to fill in any more. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/mail/html_alt.h"

#define ALT " alt=\"q&amp;z\""

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
find(struct slice cid, struct slice *alt_r, void *ctx)
{
	(void)ctx;
	*alt_r = slice_of("q&z");
	return cid.len == 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = {(const char *)data, size}, rest;
	struct buf once = {0}, twice = {0}, back = {0};
	const char *alt;

	if (size == 0 || memmem(in.data, in.len, ALT, strlen(ALT)))
		return 0;
	html_alt_fill(&once, in, find, NULL);
	html_alt_fill(&twice, slice_buf(&once), find, NULL);
	if (!slice_eq(slice_buf(&once), slice_buf(&twice)))
		abort();
	rest = slice_buf(&once);
	while (rest.len && (alt = memmem(rest.data, rest.len, ALT,
	    strlen(ALT))) != NULL) {
		buf_add(&back, rest.data, (size_t)(alt - rest.data));
		rest.len -= (size_t)(alt - rest.data) + strlen(ALT);
		rest.data = alt + strlen(ALT);
	}
	buf_add_slice(&back, rest);
	if (!slice_eq(slice_buf(&back), in))
		abort();
	buf_free(&once);
	buf_free(&twice);
	buf_free(&back);
	return 0;
}
