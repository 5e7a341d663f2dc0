/* render: how fast a personal advert comes out of a template and cached parts,
 * beside memcpy() of the same octets and beside GMime building the same message
 * from its files.
 *
 *	render SET CAMPAIGN CREATIVE ROUNDS
 *
 * SET is a scratch directory; its MANIFEST is written.  Variables are v0 .. v39.
 * Prints the message's octets, then microseconds of CPU for each message: ours,
 * ours and copied into one piece, memcpy, GMime; then the octets of GMime's. */
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/advert.h"

#define VARIABLES 40
#define FILE_MAX (64 * 1024 * 1024)
#define GMIME_SHARE 20 /* one round of GMime's for so many of ours */

struct scene {
	const char *dir, *campaign, *creative;
	struct assets *set;
	struct arena *arena; /* of what outlives a message */
	struct vars vars;
	struct advert_input in;
};

static double
cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
set_scene(struct scene *s)
{
	static const char *const values[] = {"Zo\xc3\xab O'Hara & Co",
	    "Besan\xc3\xa7on", "X7-99", "https://shop.example/?a=1&b=2"};
	char *error = NULL;
	const char *why;
	int i;

	s->arena = arena_new();
	vars_init(&s->vars, s->arena);
	for (i = 0; i < VARIABLES; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "v%d", i);
		if (vars_set(&s->vars, slice_of(name), slice_of(values[i % 4]),
		        &why) == -1)
			fatalx(EX_SOFTWARE, "%s", why);
	}
	if (manifest_build(s->dir, &error) == 0)
		s->set = assets_load(s->dir, NULL, &error);
	if (!s->set)
		fatalx(EX_DATAERR, "%s", error);
	s->in = (struct advert_input){
	    .creative = assets_find(s->set, s->campaign, s->creative),
	    .vars = &s->vars, .recipient = "alice@example.org",
	    .from = "Offers <offers@shop.example>", .reply_to = "",
	    .subject = "",
	    .ticket_id = "00112233445566778899aabbccddeeff",
	    .now_ms = 1795000000000};
	if (!s->in.creative)
		fatalx(EX_DATAERR, "there is no such creative");
}

/* One message, from variables to slices; its octets. */
static size_t
make(const struct scene *s, struct buf *copy)
{
	struct arena *arena = arena_new();
	struct advert advert;
	const char *error;
	size_t i, size;

	if (advert_build(arena, &s->in, &advert, &error) == -1)
		fatalx(EX_DATAERR, "%s", error);
	size = advert.body_size;
	for (i = 0; i < advert.n_headers; i++)
		size += strlen(advert.headers[i].name) + 4 +
		    strlen(advert.headers[i].value);
	if (copy) {
		buf_clear(copy);
		advert_text(&advert, copy);
	}
	arena_free(&arena);
	return size;
}

static double
time_ours(const struct scene *s, int rounds, struct buf *copy)
{
	double start = cpu_us();
	volatile size_t sink;
	int i;

	for (i = 0; i < rounds; i++)
		sink = make(s, copy);
	(void)sink;
	return (cpu_us() - start) / rounds;
}

static double
time_memcpy(const struct buf *from, int rounds)
{
	char *volatile to = xmalloc(from->len); /* no copy may be left out */
	double start;
	int i;

	memset(to, 0, from->len);
	start = cpu_us();
	for (i = 0; i < rounds; i++)
		memcpy(to, from->data, from->len);
	start = (cpu_us() - start) / rounds;
	free(to);
	return start;
}

/* --- the same with GMime: texts are rendered already and files are in memory */

static GMimeObject *
text_part(const char *subtype, const struct buf *text)
{
	GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);

	g_mime_text_part_set_charset(part, "utf-8");
	g_mime_text_part_set_text(part, text->data);
	g_mime_part_set_content_encoding(GMIME_PART(part),
	    GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	return GMIME_OBJECT(part);
}

static GMimeObject *
file_part(const struct asset_part *from, const struct buf *file,
    const char *disposition)
{
	GMimePart *part = g_mime_part_new();
	GMimeContentType *type =
	    g_mime_content_type_parse(NULL, from->type);
	GMimeStream *stream =
	    g_mime_stream_mem_new_with_buffer(file->data, file->len);
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream,
	    GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_object_set_content_type(GMIME_OBJECT(part), type);
	g_mime_part_set_content(part, content);
	g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
	g_mime_object_set_disposition(GMIME_OBJECT(part), disposition);
	g_mime_part_set_filename(part, from->name);
	g_mime_part_set_content_id(part, from->name);
	g_object_unref(type);
	g_object_unref(content);
	g_object_unref(stream);
	return GMIME_OBJECT(part);
}

static void
add(GMimeMultipart *to, GMimeObject *part)
{
	g_mime_multipart_add(to, part);
	g_object_unref(part);
}

static size_t
gmime_make(const struct scene *s, const struct buf texts[2],
    const struct buf files[2])
{
	GMimeMessage *m = g_mime_message_new(TRUE);
	GMimeMultipart *mixed = g_mime_multipart_new_with_subtype("mixed");
	GMimeMultipart *both = g_mime_multipart_new_with_subtype("alternative");
	GMimeMultipart *related = g_mime_multipart_new_with_subtype("related");
	GMimeFormatOptions *options = g_mime_format_options_new();
	GMimeStream *out = g_mime_stream_mem_new();
	GDateTime *now = g_date_time_new_from_unix_utc(s->in.now_ms / 1000);
	size_t size;

	g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_FROM, "Offers",
	    "offers@shop.example");
	g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_TO, NULL,
	    s->in.recipient);
	g_mime_message_set_subject(m, "Zo\xc3\xab O'Hara & Co, spring", "utf-8");
	g_mime_message_set_date(m, now);
	g_mime_message_set_message_id(m, s->in.ticket_id);
	add(related, text_part("html", &texts[0]));
	add(related, file_part(&s->in.creative->inlined[0], &files[0],
	                 "inline"));
	add(both, text_part("plain", &texts[1]));
	add(both, GMIME_OBJECT(related));
	add(mixed, GMIME_OBJECT(both));
	add(mixed, file_part(&s->in.creative->attached[0], &files[1],
	               "attachment"));
	g_mime_message_set_mime_part(m, GMIME_OBJECT(mixed));
	g_object_unref(mixed);
	g_mime_format_options_set_newline_format(options,
	    GMIME_NEWLINE_FORMAT_DOS);
	(void)g_mime_object_write_to_stream(GMIME_OBJECT(m), options, out);
	size = (size_t)g_mime_stream_length(out);
	g_date_time_unref(now);
	g_object_unref(out);
	g_object_unref(m);
	g_mime_format_options_free(options);
	return size;
}

static void
read_part(const struct scene *s, const struct asset_part *part,
    struct buf *file)
{
	char *path = xasprintf("%s/%s/%s/%s", s->dir, s->campaign, s->creative,
	    part->name);

	if (file_read(path, FILE_MAX, file) == -1)
		fatal("%s", path);
	free(path);
}

static double
time_gmime(const struct scene *s, int rounds, size_t *size_r)
{
	const struct asset_creative *c = s->in.creative;
	struct buf texts[2] = {{0}}, files[2] = {{0}};
	const char *why;
	double start;
	int i;

	if (template_render(c->html, &s->vars, &texts[0], &why) == -1 ||
	    template_render(c->text, &s->vars, &texts[1], &why) == -1)
		fatalx(EX_DATAERR, "the text %s", why);
	read_part(s, &c->inlined[0], &files[0]);
	read_part(s, &c->attached[0], &files[1]);
	start = cpu_us();
	for (i = 0; i < rounds; i++)
		*size_r = gmime_make(s, texts, files);
	start = (cpu_us() - start) / rounds;
	for (i = 0; i < 2; i++) {
		buf_free(&texts[i]);
		buf_free(&files[i]);
	}
	return start;
}

int
main(int argc, char **argv)
{
	struct scene s = {0};
	struct buf copy = {0};
	double ours, copied, plain, gmime;
	size_t gmime_size = 0;
	int64_t rounds;

	if (argc != 5 ||
	    text_int(slice_of(argv[4]), GMIME_SHARE, 10000000, &rounds) != 0)
		fatalx(EX_USAGE, "usage: render SET CAMPAIGN CREATIVE ROUNDS");
	s.dir = argv[1];
	s.campaign = argv[2];
	s.creative = argv[3];
	g_mime_init();
	set_scene(&s);
	(void)time_ours(&s, (int)rounds / 10, &copy); /* caches fill */
	ours = time_ours(&s, (int)rounds, NULL);
	copied = time_ours(&s, (int)rounds, &copy);
	plain = time_memcpy(&copy, (int)rounds);
	gmime = time_gmime(&s, (int)rounds / GMIME_SHARE, &gmime_size);
	(void)printf("%zu %.3f %.3f %.3f %.3f %zu\n", copy.len, ours, copied,
	    plain, gmime, gmime_size);
	buf_free(&copy);
	assets_unref(&s.set);
	arena_free(&s.arena);
	return 0;
}
