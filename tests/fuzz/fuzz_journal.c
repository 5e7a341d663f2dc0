/* What journalctl prints: lines of any program, in a length-prefixed format. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway-agent/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = {(const char *)data, size};
	struct journal_entry e;
	size_t used = 0;

	while (journal_parse(in, &e, &used) == 1) {
		if (used == 0 || used > in.len)
			abort();
		in.data += used;
		in.len -= used;
	}
	return 0;
}
