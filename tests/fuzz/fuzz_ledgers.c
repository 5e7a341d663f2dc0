/* The agent's own files, as a crash or a curious admin may leave them: whatever is
 * read must come out of the dump, and the dump must read the same. */
#include <stdint.h>
#include <stdlib.h>

#include "gateway-agent/claims.h"
#include "gateway-agent/load.h"
#include "gateway-agent/outbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
replay(struct slice text, struct claims *c, struct outbox *o)
{
	struct slice line;

	while (slice_split(&text, '\n', &line)) {
		if (line.len == 0)
			continue;
		(void)claims_replay(c, line);
		(void)outbox_replay(o, line);
	}
}

static void
dump(const struct claims *c, const struct outbox *o, struct buf *out)
{
	buf_add_str(out, "");
	claims_dump(c, out);
	outbox_dump(o, out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = {(const char *)data, size};
	struct claims *c = claims_new(NULL, NULL), *c2 = claims_new(NULL, NULL);
	struct outbox *o = outbox_new(NULL, NULL), *o2 = outbox_new(NULL, NULL);
	struct buf first = {0}, second = {0};
	struct load_cpu cpu = {0};
	struct load_sockets sockets = {0};

	replay(in, c, o);
	dump(c, o, &first);
	replay(slice_buf(&first), c2, o2);
	dump(c2, o2, &second);
	if (!slice_eq(slice_buf(&first), slice_buf(&second)))
		abort();
	(void)claims_tick(c, INT64_MAX / 4, INT64_MAX / 4);
	(void)load_cpu(&cpu, in);
	load_sockets(in, &sockets);
	buf_free(&first);
	buf_free(&second);
	claims_free(&c);
	claims_free(&c2);
	outbox_free(&o);
	outbox_free(&o2);
	return 0;
}
