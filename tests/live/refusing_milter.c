/* A milter that stands behind ours and refuses messages at their end, so that
 * gatewayfaults.py can see what becomes of a stub that our milter has taken.
 *
 *	refusing_milter LISTEN FILE
 *
 * As long as FILE is there, its one line is the answer: "451 4.7.1 text".  When it
 * begins with "once ", FILE goes with the first message so answered. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/session.h"

#define LINE_MAX_BYTES 400

static enum session_look
look(const struct session_message *m, struct session_edits *e, void *ctx)
{
	(void)m;
	(void)e;
	(void)ctx;
	return SESSION_OURS;
}

static const char *
next_word(struct arena *arena, struct slice *rest, char until)
{
	struct slice word;

	if (!slice_split(rest, until, &word))
		return "";
	return arena_strndup(arena, word.data, word.len);
}

static void
decide(const struct session_message *m, struct session_edits *e, void *ctx)
{
	const char *path = ctx;
	struct buf text = {0};
	struct slice rest;

	if (file_read(path, LINE_MAX_BYTES, &text) != 0)
		goto out;
	rest = slice_buf(&text);
	if (rest.len > 5 && memcmp(rest.data, "once ", 5) == 0) {
		/* Of two messages at a time only one can take it away. */
		if (unlink(path) != 0)
			goto out;
		rest.data += 5;
		rest.len -= 5;
	}
	e->reply[0] = next_word(m->arena, &rest, ' ');
	e->reply[1] = next_word(m->arena, &rest, ' ');
	e->reply[2] = next_word(m->arena, &rest, '\n');
	e->verdict = *e->reply[0] == '5' ? SESSION_REJECT : SESSION_TEMPFAIL;
	log_info("%s: refused", m->queue_id);
out:
	buf_free(&text);
}

int
main(int argc, char **argv)
{
	struct session_ops ops = {
	    .name = "refusing_milter",
	    .look = look,
	    .decide = decide,
	};
	const char *error;
	int status;

	if (argc != 3)
		return 64;
	ops.ctx = argv[2];
	log_open("refusing_milter", LOG_TO_STDERR, 1);
	status = session_run(&ops, argv[1], "postfix", 300, &error);
	if (error)
		log_warnx("%s: %s", argv[1], error);
	return status;
}
