/* What a server says of how long to wait: what is read is within bounds, and is
 * read again from what would be written of it. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/mail/comeback.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size}, site, again;
	double seconds, seconds_again;
	struct buf name = {0}, out = {0};

	if (!comeback_read(text, &site, &seconds))
		return 0;
	if (!(seconds >= 0 && seconds <= COMEBACK_MAX_S) || site.len == 0 ||
	    site.data < text.data ||
	    site.data + site.len > text.data + text.len)
		abort();
	buf_add_slice(&name, site);
	if (strlen(name.data) == site.len) {
		comeback_write(&out, name.data, seconds);
		if (!comeback_read(slice_buf(&out), &again, &seconds_again) ||
		    !slice_eq(site, again) || seconds_again < seconds ||
		    seconds_again > seconds + 0.2)
			abort();
	}
	buf_free(&name);
	buf_free(&out);
	return 0;
}
