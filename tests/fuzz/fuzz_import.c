/* Recipients as CSV: what is taken is an address and a record that the store can
 * hold, and the lines of a complaint are lines of the file. */
#include <stdint.h>
#include <stdlib.h>

#include "ctl/import.h"
#include "lib/mail/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t lines, stored;
};

static int
take(const char *address, const struct vars *record, void *ctx)
{
	struct seen *s = ctx;
	struct arena *arena = arena_new();
	const struct var *email = vars_get(record, slice_of("email"));
	struct address a;
	const char *error;

	if (!email || !slice_eq_str(email->value, address) ||
	    address_parse(arena, slice_of(address), &a, &error) != 0)
		abort();
	for (size_t i = 0; i < record->n; i++)
		if (memchr(record->list[i].value.data, '\n',
		        record->list[i].value.len))
			abort();
	arena_free(&arena);
	return ++s->stored == 100 ? -1 : 0;
}

static void
complain(const char *text, void *ctx)
{
	const struct seen *s = ctx;
	size_t line = strncmp(text, "line ", 5) == 0 ?
	    strtoul(text + 5, NULL, 10) : 0;

	if (line == 0 || line > s->lines)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = {.lines = 1};
	const struct import_to to = {.take = take, .complain = complain,
	    .ctx = &seen};
	struct import_counts counts;
	FILE *f;

	if (size == 0) /* fmemopen() wants some */
		return 0;
	for (size_t i = 0; i < size; i++)
		seen.lines += data[i] == '\n';
	f = fmemopen((void *)(uintptr_t)data, size, "r");
	if (!f)
		abort();
	if (import_csv(f, &to, &counts) != IMPORT_STOPPED &&
	    counts.stored != seen.stored)
		abort();
	(void)fclose(f);
	return 0;
}
