/* Conditions: what is accepted can be asked. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/mail/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct vars vars;
	const char *why;
	char *error = NULL;
	struct target *t = target_parse(
	    (struct slice){(const char *)data, size}, &error);

	vars_init(&vars, arena);
	(void)vars_set(&vars, slice_of("lang"), slice_of("en"), &why);
	if (!t == !error)
		abort();
	if (t)
		(void)target_true(t, &vars);
	target_free(&t);
	free(error);
	arena_free(&arena);
	return 0;
}
