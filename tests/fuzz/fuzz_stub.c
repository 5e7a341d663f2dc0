/* A whole message as a mail client may send it: header lines up to an empty one,
 * then the body.  What is read is clean, whatever came. */
#include <stdlib.h>

#include "lib/base/text.h"
#include "lib/mail/stub.h"

#define HEADERS 32

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static size_t
take_headers(struct arena *arena, struct slice *rest, struct header *headers)
{
	struct slice line, name;
	size_t n = 0;

	while (n < HEADERS && slice_split(rest, '\n', &line)) {
		line = slice_trim(line);
		if (line.len == 0)
			break;
		if (!slice_split(&line, ':', &name))
			continue;
		headers[n].name = arena_strndup(arena, name.data, name.len);
		headers[n++].value =
		    arena_strndup(arena, line.data ? line.data : "", line.len);
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct slice rest = {(const char *)data, size};
	struct arena *arena = arena_new();
	struct header headers[HEADERS];
	struct stub stub;
	const char *error = NULL;
	size_t n, i;

	stub_init();
	n = take_headers(arena, &rest, headers);
	(void)stub_recognise(headers, n);
	if (stub_parse(arena, headers, n, rest, &stub, &error) == 0) {
		if (stub.vars.n > VARS_MAX || !stub.subject || !stub.from ||
		    !text_is_utf8(slice_of(stub.subject)) ||
		    text_has_control(slice_of(stub.subject)))
			abort();
		for (i = 0; i < stub.vars.n; i++)
			if (!vars_name_ok(slice_of(stub.vars.list[i].name)) ||
			    !text_is_utf8(stub.vars.list[i].value) ||
			    text_has_control(stub.vars.list[i].value))
				abort();
	} else if (!error) {
		abort();
	}
	arena_free(&arena);
	return 0;
}
