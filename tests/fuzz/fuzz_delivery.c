/* Events of gateways: what is read must survive being written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fleet/delivery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct delivery a, b;
	struct buf text = {0};
	const char *error;

	if (delivery_parse((struct slice){(const char *)data, size}, &a,
	        &error) != 0)
		return 0;
	delivery_write(&text, &a);
	if (text.len <= DELIVERY_TEXT_MAX) {
		if (delivery_parse(slice_buf(&text), &b, &error) != 0 ||
		    a.seq != b.seq || strcmp(a.ticket, b.ticket) != 0 ||
		    strcmp(a.text, b.text) != 0)
			abort();
	}
	buf_free(&text);
	return 0;
}
