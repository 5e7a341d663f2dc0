/* advert_dump SET CAMPAIGN CREATIVE RECIPIENT FROM REPLY-TO SUBJECT [name=value...]
 *
 * Writes the MANIFEST of the scratch directory SET, loads it and prints the advert
 * as it would go out, its envelope sender on stderr: what tests/unit/advert.py reads
 * with other people's parser.  65 and one line on stderr when no advert can be
 * made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/mail/advert.h"

static int
failed(const char *what)
{
	(void)fprintf(stderr, "%s\n", what);
	return EX_DATAERR;
}

static int
dump(struct arena *arena, const struct assets *set, char **argv)
{
	struct vars vars;
	struct advert_input in = {.creative = assets_find(set, argv[2], argv[3]),
	    .vars = &vars, .recipient = argv[4], .from = argv[5],
	    .reply_to = argv[6], .subject = argv[7], .ticket_id = "00112233445566778899aabbccddeeff",
	    .now_ms = 1795000000000};
	struct advert advert;
	struct buf out = {0};
	const char *error = "";
	size_t i, size = 0;

	vars_init(&vars, arena);
	for (argv += 8; *argv; argv++) {
		struct slice value = slice_of(*argv), name;

		if (!slice_split(&value, '=', &name) ||
		    vars_set(&vars, name, value, &error) == -1)
			return failed(error);
	}
	if (!in.creative)
		return failed("no such creative");
	if (advert_build(arena, &in, &advert, &error) == -1)
		return failed(error);
	for (i = 0; i < advert.n_body; i++)
		size += advert.body[i].len;
	if (size != advert.body_size)
		return failed("body_size is not the size of the body");
	advert_text(&advert, &out);
	(void)fwrite(out.data, 1, out.len, stdout);
	(void)fprintf(stderr, "%s\n", advert.bounce);
	buf_free(&out);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct assets *set = NULL;
	char *error = NULL;
	int status;

	if (argc < 8)
		return EX_USAGE;
	if (manifest_build(argv[1], &error) == 0)
		set = assets_load(argv[1], NULL, &error);
	status = set ? dump(arena, set, argv) : failed(error);
	free(error);
	assets_unref(&set);
	arena_free(&arena);
	return status;
}
