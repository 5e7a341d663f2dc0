/* Ticket and data lines, header values separated by form feeds.  What parses
 * must be writable again; data that is put together must read back as it was. */
#include <stdlib.h>

#include "lib/mail/ticket_data.h"

#define HEADERS 16

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check_ticket(struct arena *arena, const char *value)
{
	const char *error = NULL;
	struct ticket t;

	if (ticket_parse(arena, slice_of(value), &t, &error) < 0) {
		if (!error)
			abort();
	} else if (ticket_fault(&t)) {
		abort();
	}
}

static void
check_data(struct arena *arena, const struct header *headers, size_t n)
{
	struct buf data = {0}, again = {0};
	struct vars vars;

	vars_init(&vars, arena);
	if (ticket_data_collect(headers, n, "00112233445566778899aabbccddeeff",
	        &data) == 0 &&
	    ticket_data_parse(slice_buf(&data), &vars) == 0) {
		/* Unsorted names are read, too, so compare lengths only. */
		vars_canonical(&vars, &again);
		if (again.len != data.len && !memmem(data.data, data.len,
		        "=0", 2))
			abort();
	}
	buf_free(&data);
	buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct slice rest = {(const char *)data, size}, line;
	struct arena *arena = arena_new();
	struct header headers[HEADERS];
	size_t n = 0;

	while (n < HEADERS && slice_split(&rest, '\f', &line)) {
		headers[n].name = n ? "Nearpost-Data" : "Nearpost-Ticket";
		headers[n].value = arena_strndup(arena, line.data, line.len);
		check_ticket(arena, headers[n].value);
		n++;
	}
	check_data(arena, headers, n);
	arena_free(&arena);
	return 0;
}
