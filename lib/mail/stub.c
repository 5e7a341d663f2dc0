/* Two steps that know nothing of each other: GMime finds the text in whatever a
 * mail client made of it (stub_text), and the text's lines become variables
 * (stub_lines).  GMime sees MIME fields and body alone: no other header confuses it. */
#include "lib/mail/stub.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/mail/ticket.h"

#define DEPTH_MAX 20 /* nested multiparts */

struct text {
	GMimePart *plain; /* borrowed from the tree */
	bool html;        /* there was an HTML part */
};

void
stub_init(void)
{
	g_mime_init();
}

bool
stub_is_ours(const char *header_name)
{
	return strncasecmp(header_name, STUB_PREFIX, strlen(STUB_PREFIX)) == 0;
}

bool
stub_recognise(const struct header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(headers[i].name, STUB_CAMPAIGN) == 0)
			return true;
	return false;
}

/* The one header of that name, as a campaign's or creative's name. */
static int
find_name(struct arena *arena, const struct header *headers, size_t n,
    const char *name, const char **value_r, const char **error_r)
{
	char shown[100];

	*value_r = NULL;
	for (size_t i = 0; i < n; i++) {
		struct slice value;

		if (strcasecmp(headers[i].name, name) != 0)
			continue;
		if (*value_r) {
			*error_r = arena_printf(arena,
			    "there are two %s headers; leave one", name);
			return -1;
		}
		value = slice_trim(slice_of(headers[i].value));
		if (!ticket_name_ok(value)) {
			*error_r = arena_printf(arena, "%s: \"%s\" is no name: "
			    "it has 1 to 64 letters, digits, '.', '_' and '-', "
			    "and no '.' first", name,
			    log_safe(shown, sizeof(shown), headers[i].value));
			return -1;
		}
		*value_r = arena_strndup(arena, value.data, value.len);
	}
	return 0;
}

static const char *
find_text(struct arena *arena, const struct header *headers, size_t n,
    const char *name, void (*convert)(struct buf *out, struct slice value))
{
	struct buf out = {0};
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		if (strcasecmp(headers[i].name, name) == 0) {
			struct slice s;

			convert(&out, slice_of(headers[i].value));
			s = slice_trim(slice_buf(&out));
			text = arena_strndup(arena, s.data ? s.data : "", s.len);
			break;
		}
	buf_free(&out);
	return text;
}

/* --- the text */

static void
find_plain(GMimeObject *object, struct text *t, int depth)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);

	if (GMIME_IS_MULTIPART(object) && depth < DEPTH_MAX) {
		GMimeMultipart *multi = GMIME_MULTIPART(object);
		int n = g_mime_multipart_get_count(multi);

		for (int i = 0; i < n && !t->plain; i++)
			find_plain(g_mime_multipart_get_part(multi, i), t,
			    depth + 1);
	} else if (GMIME_IS_PART(object) &&
	    !g_mime_part_is_attachment(GMIME_PART(object))) {
		if (g_mime_content_type_is_type(type, "text", "plain"))
			t->plain = GMIME_PART(object);
		else if (g_mime_content_type_is_type(type, "text", "html"))
			t->html = true;
	}
}

/* The part's octets without their transfer encoding. */
static void
decode_part(GMimePart *part, struct buf *out)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *mem = g_mime_stream_mem_new();
	GByteArray *bytes;

	if (content)
		(void)g_mime_data_wrapper_write_to_stream(content, mem);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(mem));
	buf_add(out, bytes->data, bytes->len);
	g_object_unref(mem);
}

/* To UTF-8.  Little is guessed: an unknown charset and octets that are not in
 * theirs are the sender's to mend.  But iso-8859-1 has long meant windows-1252. */
static int
to_utf8(struct arena *arena, const char *charset, struct buf *text,
    const char **error_r)
{
	gsize read, written;
	gchar *converted;

	if (!charset || !*charset)
		charset = "us-ascii";
	if (strcasecmp(charset, "utf-8") == 0 || strcasecmp(charset, "utf8") == 0 ||
	    strcasecmp(charset, "us-ascii") == 0) {
		if (text_is_utf8(slice_buf(text)))
			return 0;
		*error_r = arena_printf(arena, "the body has octets that are no "
		    "UTF-8; name its charset in Content-Type (it says %.40s)",
		    charset);
		return -1;
	}
	if (strcasecmp(charset, "iso-8859-1") == 0)
		charset = "windows-1252";
	converted = g_convert(text->data ? text->data : "", (gssize)text->len,
	    "utf-8", g_mime_charset_iconv_name(charset), &read, &written, NULL);
	/* Half a character may be left, or UTF-8 of five octets ("@utf-8"). */
	if (!converted || read != text->len ||
	    !text_is_utf8((struct slice){converted, written})) {
		g_free(converted);
		*error_r = arena_printf(arena, "the body's charset %.40s is not "
		    "known or does not fit its octets; send UTF-8", charset);
		return -1;
	}
	buf_clear(text);
	buf_add(text, converted, written);
	g_free(converted);
	return 0;
}

static bool
is_mime_field(const char *name)
{
	return strncasecmp(name, "Content-", 8) == 0 ||
	    strcasecmp(name, "MIME-Version") == 0;
}

static void
build_entity(struct buf *out, const struct header *headers, size_t n,
    struct slice body)
{
	bool typed = false;

	for (size_t i = 0; i < n; i++)
		if (is_mime_field(headers[i].name)) {
			struct buf value = {0};

			header_unfold(&value, slice_of(headers[i].value));
			buf_printf(out, "%s: %s\r\n", headers[i].name,
			    value.data ? value.data : "");
			buf_free(&value);
			typed = true;
		}
	if (!typed)
		buf_add_str(out, "Content-Type: text/plain\r\n");
	buf_add_str(out, "\r\n");
	buf_add_slice(out, body);
}

/* flowed_r: 0 no, 1 format=flowed, 2 with delsp=yes (RFC 3676). */
static int
text_of(struct arena *arena, GMimeObject *root, struct buf *text_r,
    int *flowed_r, const char **error_r)
{
	struct text t = {0};
	GMimeContentType *type;
	const char *format, *delsp;

	find_plain(root, &t, 0);
	if (!t.plain) {
		*error_r = t.html ? "the stub has only an HTML part; send plain "
		    "text or multipart/alternative" :
		    "the stub has no text/plain part; send its variables as "
		    "plain text";
		return -1;
	}
	type = g_mime_object_get_content_type(GMIME_OBJECT(t.plain));
	format = g_mime_content_type_get_parameter(type, "format");
	delsp = g_mime_content_type_get_parameter(type, "delsp");
	*flowed_r = !format || strcasecmp(format, "flowed") != 0 ? 0 :
	    delsp && strcasecmp(delsp, "yes") == 0 ? 2 : 1;
	decode_part(t.plain, text_r);
	return to_utf8(arena, g_mime_content_type_get_parameter(type, "charset"),
	    text_r, error_r);
}

static int
stub_text(struct arena *arena, const struct header *headers, size_t n,
    struct slice body, struct buf *text_r, int *flowed_r, const char **error_r)
{
	struct buf entity = {0};
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeObject *root;
	int result = -1;

	build_entity(&entity, headers, n, body);
	stream = g_mime_stream_mem_new_with_buffer(entity.data, entity.len);
	parser = g_mime_parser_new_with_stream(stream);
	root = g_mime_parser_construct_part(parser, NULL);
	if (root) {
		result = text_of(arena, root, text_r, flowed_r, error_r);
		g_object_unref(root);
	} else {
		*error_r = "the body cannot be read as MIME";
	}
	g_object_unref(parser);
	g_object_unref(stream);
	buf_free(&entity);
	return result;
}

/* --- its lines */

/* Spaces, tabs and no-break spaces, which mail clients put around text.  Nothing
 * else: a CR at the end of a value is a fault, not white space. */
static struct slice
trim_wide(struct slice s)
{
	static const char *const blanks[] = {" ", "\t", "\xc2\xa0"};
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < 3; i++) {
			size_t len = strlen(blanks[i]);

			if (s.len >= len && !memcmp(s.data, blanks[i], len)) {
				s = (struct slice){s.data + len, s.len - len};
				again = true;
			}
			if (s.len >= len && !memcmp(s.data + s.len - len,
			        blanks[i], len)) {
				s.len -= len;
				again = true;
			}
		}
	}
	return s;
}

/* One variable.  line: for the error. */
static int
take_line(struct arena *arena, struct slice text, size_t line, struct vars *v,
    const char **error_r)
{
	struct slice name, value = text;
	const char *why;

	text = trim_wide(text);
	if (text.len == 0 || text.data[0] == '#')
		return 0;
	value = text;
	if (!memchr(text.data, ':', text.len) ||
	    !slice_split(&value, ':', &name) ||
	    !vars_name_ok(trim_wide(name))) {
		*error_r = arena_printf(arena, "line %zu of the body is no "
		    "\"name: value\" (a name has " VARS_NAME_RULE ")", line);
		return -1;
	}
	name = trim_wide(name);
	if (vars_get(v, name)) {
		*error_r = arena_printf(arena, "line %zu of the body: the "
		    "variable %.*s is given twice", line, (int)name.len,
		    name.data);
		return -1;
	}
	if (vars_set(v, name, trim_wide(value), &why) < 0) {
		*error_r = arena_printf(arena, "line %zu of the body: %s", line,
		    why);
		return -1;
	}
	return 0;
}

/* One line of the body, without its CRLF and without space stuffing. */
static struct slice
next_line(struct slice *rest, int flowed)
{
	struct slice line = {NULL, 0};

	(void)slice_split(rest, '\n', &line);
	if (line.len && line.data[line.len - 1] == '\r')
		line.len--;
	if (flowed && line.len && line.data[0] == ' ')
		line = (struct slice){line.data + 1, line.len - 1};
	return line;
}

static bool
is_signature(struct slice line)
{
	return slice_eq_str(line, "-- ") || slice_eq_str(line, "--");
}

static int
stub_lines(struct arena *arena, struct slice rest, int flowed, struct vars *v,
    const char **error_r)
{
	struct buf joined = {0};
	size_t n = 0;
	int result = 0;

	if (rest.len >= 3 && memcmp(rest.data, "\xef\xbb\xbf", 3) == 0)
		rest = (struct slice){rest.data + 3, rest.len - 3};
	while (result == 0 && rest.len) {
		struct slice line = next_line(&rest, flowed);
		size_t first = ++n;

		if (is_signature(line))
			break;
		buf_clear(&joined);
		buf_add_slice(&joined, line);
		while (flowed && line.len && line.data[line.len - 1] == ' ' &&
		    rest.len) {
			struct slice after = rest;

			/* RFC 3676 section 4.3: it is no part of a paragraph */
			line = next_line(&after, flowed);
			if (is_signature(line))
				break;
			rest = after;
			if (flowed == 2)
				joined.len--;
			buf_add_slice(&joined, line);
			n++;
		}
		result = take_line(arena, slice_buf(&joined), first, v, error_r);
	}
	buf_free(&joined);
	return result;
}

int
stub_parse(struct arena *arena, const struct header *headers, size_t n,
    struct slice body, struct stub *out_r, const char **error_r)
{
	struct buf text = {0};
	int flowed = 0, result;

	memset(out_r, 0, sizeof(*out_r));
	vars_init(&out_r->vars, arena);
	if (find_name(arena, headers, n, STUB_CAMPAIGN, &out_r->campaign,
	        error_r) < 0 ||
	    find_name(arena, headers, n, STUB_CREATIVE, &out_r->creative,
	        error_r) < 0)
		return -1;
	out_r->subject = find_text(arena, headers, n, "Subject", header_decode);
	out_r->from = find_text(arena, headers, n, "From", header_unfold);
	out_r->reply_to = find_text(arena, headers, n, "Reply-To", header_unfold);
	if (body.len > STUB_BODY_MAX) {
		*error_r = arena_printf(arena, "a body of %zu octets is no stub "
		    "(at most %d)", body.len, STUB_BODY_MAX);
		return -1;
	}
	result = stub_text(arena, headers, n, body, &text, &flowed, error_r);
	if (result == 0)
		result = stub_lines(arena, slice_buf(&text), flowed,
		    &out_r->vars, error_r);
	buf_free(&text);
	return result;
}
