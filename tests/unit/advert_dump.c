/* advert_dump SET CAMPAIGN CREATIVE RECIPIENT FROM REPLY-TO SUBJECT [name=value...]
 *
 * Writes the MANIFEST of the scratch directory SET, loads it and prints the advert
 * as it would go out, its envelope sender on stderr: what tests/unit/advert.py reads
 * with other people's parser.  65 and one line on stderr when no advert can be
 * made.
 *
 * advert_dump SET: many of them, asked by a test in Python (batch.h)
 *
 *	campaign, creative, recipient, from, reply-to, subject, [name, value ...]
 *
 * answers the message, its bounce address, what GMime says of it
 * (advert_gmime.h), and the error; all the others are empty when there is one. */
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/mail/advert.h"
#include "tests/unit/advert_gmime.h"
#include "tests/unit/batch.h"

#define TICKET_ID "00112233445566778899aabbccddeeff"
#define NOW_MS 1795000000000

/* NULL or why there is none. */
static const char *
build(struct arena *arena, const struct assets *set, const char *campaign,
    const char *creative, struct advert_input *in, struct advert *advert,
    struct buf *out)
{
	const char *error = NULL;
	size_t i, size = 0;

	in->creative = assets_find(set, campaign, creative);
	in->ticket_id = TICKET_ID;
	in->now_ms = NOW_MS;
	if (!in->creative)
		return "no such creative";
	if (advert_build(arena, in, advert, &error) == -1)
		return error;
	for (i = 0; i < advert->n_body; i++)
		size += advert->body[i].len;
	if (size != advert->body_size)
		return "body_size is not the size of the body";
	advert_text(advert, out);
	return NULL;
}

static const char *
read_vars(struct arena *arena, char **argv, struct vars *vars)
{
	const char *error = "";

	vars_init(vars, arena);
	for (; *argv; argv++) {
		struct slice value = slice_of(*argv), name;

		if (!slice_split(&value, '=', &name) ||
		    vars_set(vars, name, value, &error) == -1)
			return error;
	}
	return NULL;
}

static int
dump(struct arena *arena, const struct assets *set, char **argv)
{
	struct vars vars;
	struct advert_input in = {.vars = &vars, .recipient = argv[4],
	    .from = argv[5], .reply_to = argv[6], .subject = argv[7]};
	struct advert advert;
	struct buf out = {0};
	const char *error = read_vars(arena, argv + 8, &vars);

	if (!error)
		error = build(arena, set, argv[2], argv[3], &in, &advert, &out);
	if (!error)
		(void)fwrite(out.data, 1, out.len, stdout);
	(void)fprintf(stderr, "%s\n", error ? error : advert.bounce);
	buf_free(&out);
	return error ? EX_DATAERR : fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static void
answer(struct arena *arena, const struct assets *set, struct slice campaign)
{
	struct slice creative = batch_need(arena);
	struct vars vars;
	struct advert_input in = {.vars = &vars,
	    .recipient = batch_need(arena).data};
	struct advert advert = {.bounce = ""};
	struct buf out = {0}, report = {0};
	const char *error;

	in.from = batch_need(arena).data;
	in.reply_to = batch_need(arena).data;
	in.subject = batch_need(arena).data;
	error = batch_vars(arena, &vars);
	if (!error)
		error = build(arena, set, campaign.data, creative.data, &in,
		    &advert, &out);
	if (!error)
		advert_gmime(slice_buf(&out), &report);
	batch_write(slice_buf(&out));
	batch_write(slice_of(advert.bounce));
	batch_write(slice_buf(&report));
	batch_write(slice_of(error ? error : ""));
	buf_free(&out);
	buf_free(&report);
}

static int
serve(const struct assets *set)
{
	struct arena *arena = arena_new();
	struct slice campaign;
	int status = EX_OK;

	g_mime_init();
	while (status == EX_OK && batch_read(arena, &campaign)) {
		answer(arena, set, campaign);
		status = fflush(stdout) == 0 ? EX_OK : EX_IOERR;
		arena_free(&arena);
		arena = arena_new();
	}
	arena_free(&arena);
	return status;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct assets *set = NULL;
	char *error = NULL;
	int status = EX_DATAERR;

	if (argc < 8 && argc != 2)
		return EX_USAGE;
	if (manifest_build(argv[1], &error) == 0)
		set = assets_load(argv[1], NULL, &error);
	if (set)
		status = argc == 2 ? serve(set) : dump(arena, set, argv);
	else
		(void)fprintf(stderr, "%s\n", error);
	free(error);
	assets_unref(&set);
	arena_free(&arena);
	return status;
}
