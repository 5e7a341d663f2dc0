/* Conditions: what is accepted can be asked, and says the same once it is written
 * anew.  The input is a condition and, behind the first line break, a record of
 * name=value lines. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/mail/target_fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1781524800000)

static void
fill(struct vars *vars, struct slice rest)
{
	struct slice line, name;
	const char *why;

	while (slice_split(&rest, '\n', &line))
		if (slice_split(&line, '=', &name))
			(void)vars_set(vars, name, line, &why);
}

/* The same condition, from its own text. */
static void
check_again(const struct target *t, const struct vars *vars)
{
	struct slice text = slice_of(target_text(t));
	struct target *again;
	char *error = NULL;
	size_t at;

	if (text.len > TARGET_MAX)
		return; /* the blanks were too many */
	again = target_parse(text, &at, &error);
	if (!again || strcmp(target_text(again), text.data) != 0 ||
	    target_true(again, vars, NOW) != target_true(t, vars, NOW))
		abort();
	target_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = {(const char *)data, size}, text = {"", 0};
	struct arena *arena = arena_new();
	struct target_fields fields = {0};
	char *error = NULL;
	struct target *t;
	struct vars vars;
	size_t at = SIZE_MAX, i;

	(void)slice_split(&rest, '\n', &text);
	vars_init(&vars, arena);
	fill(&vars, rest);
	t = target_parse(text, &at, &error);
	if (!t != (error != NULL) || (!t && at > text.len))
		abort();
	if (t) {
		check_again(t, &vars);
		(void)target_fields_add(&fields, t, "it", &at, &error);
		for (i = 0; i < fields.n; i++) {
			const struct var *v =
			    vars_get(&vars, slice_of(fields.list[i].name));

			if (v)
				(void)target_value_ok(fields.list[i].type,
				    v->value, NOW);
		}
		target_fields_free(&fields);
	}
	target_free(&t);
	free(error);
	arena_free(&arena);
	return 0;
}
