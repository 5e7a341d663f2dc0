/* Requests and answers as a peer on the socket may send them.  A message that
 * parses is written again and must say the same. */
#include <stdlib.h>

#include "lib/mail/policy.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check_round_trip(struct arena *arena, const struct policy_message *m)
{
	struct policy_message again;
	const char *error;
	struct buf out = {0};
	size_t i, used;

	for (i = 0; i < m->n; i++)
		policy_add(&out,
		    arena_strndup(arena, m->attrs[i].name.data,
		        m->attrs[i].name.len),
		    m->attrs[i].value);
	policy_end(&out);
	if (policy_parse(arena, slice_buf(&out), &again, &used, &error) != 1 ||
	    used != out.len || again.n != m->n)
		abort();
	for (i = 0; i < m->n; i++)
		if (!slice_eq(m->attrs[i].name, again.attrs[i].name) ||
		    !slice_eq(m->attrs[i].value, again.attrs[i].value))
			abort();
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct slice in = {(const char *)data, size};
	struct arena *arena = arena_new();
	struct policy_message m;
	const char *error = NULL;
	size_t used;
	int got;

	while ((got = policy_parse(arena, in, &m, &used, &error)) > 0) {
		if (used == 0 || used > in.len || m.n == 0)
			abort();
		(void)policy_get_str(arena, &m, "action");
		(void)policy_get_int(&m, "score_ms", -1, 0, 1000);
		check_round_trip(arena, &m);
		in.data += used;
		in.len -= used;
	}
	if (got < 0 && !error)
		abort();
	arena_free(&arena);
	return 0;
}
