/* How a test in Python asks a program of ours many times without starting it as
 * often: fields, each "LENGTH LF octets", in on stdin and out on stdout;
 * tests/unit/nptext.py is the other end.  A list is its number of items, then
 * these. */
#ifndef NEARPOST_TESTS_BATCH_H
#define NEARPOST_TESTS_BATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/vars.h"

#define BATCH_FIELD_MAX (64 * 1024 * 1024)

/* The next field in the arena, with a NUL behind it; false at the end. */
static inline bool
batch_read(struct arena *arena, struct slice *field_r)
{
	char line[32], *data;
	int64_t len;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (text_int(slice_trim(slice_of(line)), 0, BATCH_FIELD_MAX, &len) < 0)
		fatalx(EX_DATAERR, "a field has no length");
	data = arena_alloc(arena, (size_t)len + 1);
	if (fread(data, 1, (size_t)len, stdin) != (size_t)len)
		fatalx(EX_DATAERR, "a field is cut");
	*field_r = (struct slice){data, (size_t)len};
	return true;
}

static inline struct slice
batch_need(struct arena *arena)
{
	struct slice field;

	if (!batch_read(arena, &field))
		fatalx(EX_DATAERR, "a question is cut");
	return field;
}

static inline size_t
batch_count(struct arena *arena)
{
	int64_t n;

	if (text_int(batch_need(arena), 0, 100000, &n) < 0)
		fatalx(EX_DATAERR, "a list has no number");
	return (size_t)n;
}

/* NULL or what vars_set() says against one of them. */
static inline const char *
batch_vars(struct arena *arena, struct vars *vars)
{
	size_t n = batch_count(arena);
	const char *error = NULL, *why;

	vars_init(vars, arena);
	while (n-- > 0) {
		struct slice name = batch_need(arena);

		if (vars_set(vars, name, batch_need(arena), &why) < 0)
			error = why;
	}
	return error;
}

static inline void
batch_write(struct slice field)
{
	(void)printf("%zu\n", field.len);
	if (field.len)
		(void)fwrite(field.data, 1, field.len, stdout);
}

#endif
