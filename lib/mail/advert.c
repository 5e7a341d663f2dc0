/* The tree of parts is walked once; each node opens, writes its children and
 * closes.  The outermost node's Content-Type goes to the header block, the others'
 * into the body.  Nothing but the two texts is encoded here. */
#include "lib/mail/advert.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/mail/mailbox.h"
#include "lib/mail/qp.h"

#define HEADERS_MAX 24
#define URL_MAX 900 /* octets: it cannot be folded, and a line has 998 at most */
#define SLICES_FIXED 32 /* beside two or three for each part */

struct build {
	struct arena *arena;
	const struct advert_input *in;
	struct advert *out;
	int depth; /* of open multiparts; 0: the header block */
};

static void
add_slice(struct build *b, struct slice s)
{
	b->out->body[b->out->n_body++] = s;
	b->out->body_size += s.len;
}

static void
add_str(struct build *b, const char *s)
{
	add_slice(b, slice_of(s));
}

/* field: "Name: body CRLF" as header.h writes it.  libmilter wants LF alone
 * between the lines of a folded body. */
static void
take_field(struct build *b, struct buf *field)
{
	const char *colon = memchr(field->data, ':', field->len);
	size_t name = (size_t)(colon - field->data), n = 0;
	struct slice value = slice_trim((struct slice){colon + 1,
	    field->len - name - 1});
	char *copy = arena_alloc(b->arena, value.len + 1);
	struct header *h = &b->out->headers[b->out->n_headers++];

	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] != '\r')
			copy[n++] = value.data[i];
	h->name = arena_strndup(b->arena, field->data, name);
	h->value = copy;
	buf_free(field);
}

static void
add_text(struct build *b, const char *name, const char *text)
{
	struct buf field = {0};

	header_add_text(&field, name, slice_of(text));
	take_field(b, &field);
}

static void
add_raw(struct build *b, const char *name, const char *value)
{
	struct buf field = {0};

	header_add_raw(&field, name, slice_of(value));
	take_field(b, &field);
}

static void
add_addresses(struct build *b, const char *name, const char *list)
{
	struct buf field = {0};

	header_add_addresses(&field, name, slice_of(list));
	take_field(b, &field);
}

/* --- parts */

static char *
boundary(const struct build *b, int level)
{
	/* No part can hold it, whatever the data: each is quoted-printable, in
	 * which "=" stands before two hex digits or a line end and never before
	 * "_" (RFC 2045 section 6.7), or base64, which has no "_" at all. */
	return arena_printf(b->arena, "=_np_%s_%d", b->in->ticket_id, level);
}

/* Content-Type (and more) of the part that begins now. */
static void
part_type(struct build *b, const char *type)
{
	if (b->depth == 0)
		add_raw(b, "Content-Type", type);
	else
		add_str(b, arena_printf(b->arena, "Content-Type: %s\r\n", type));
}

static void
open_multipart(struct build *b, const char *subtype, const char *params)
{
	part_type(b, arena_printf(b->arena, "multipart/%s;%s boundary=\"%s\"",
	    subtype, params, boundary(b, b->depth)));
	if (b->depth)
		add_str(b, "\r\n");
	b->depth++;
}

static void
next_part(struct build *b)
{
	add_str(b, arena_printf(b->arena, "--%s\r\n",
	    boundary(b, b->depth - 1)));
}

static void
close_multipart(struct build *b)
{
	b->depth--;
	add_str(b, arena_printf(b->arena, "--%s--\r\n", boundary(b, b->depth)));
}

/* copy_to: gets the text too, or NULL. */
static int
add_rendered(struct build *b, const struct template *t, const char *type,
    struct buf *copy_to, const char **error_r)
{
	struct buf text = {0}, encoded = {0};
	const char *why;
	int bad = template_render(t, b->in->vars, &text, &why);

	if (bad) {
		*error_r = arena_printf(b->arena, "the advert's text %s", why);
	} else {
		part_type(b, type);
		if (b->depth)
			add_str(b, "Content-Transfer-Encoding: "
			    "quoted-printable\r\n\r\n");
		else
			add_raw(b, "Content-Transfer-Encoding",
			    "quoted-printable");
		qp_encode(&encoded, slice_buf(&text));
		if (copy_to)
			buf_add_slice(copy_to, slice_buf(&text));
		add_slice(b, (struct slice){arena_strndup(b->arena,
		    encoded.data ? encoded.data : "", encoded.len),
		    encoded.len});
	}
	buf_free(&text);
	buf_free(&encoded);
	return bad;
}

static void
add_part(struct build *b, const struct asset_part *part)
{
	next_part(b);
	add_slice(b, part->mime_head);
	add_slice(b, part->base64);
}

/* text/html, in multipart/related when pictures belong to it (RFC 2387). */
static int
add_html(struct build *b, const char **error_r)
{
	const struct asset_creative *c = b->in->creative;
	static const char type[] = "text/html; charset=utf-8";
	int bad;

	if (c->n_inlined == 0)
		return add_rendered(b, c->html, type, b->in->html, error_r);
	open_multipart(b, "related", " type=\"text/html\";");
	next_part(b);
	bad = add_rendered(b, c->html, type, b->in->html, error_r);
	for (size_t i = 0; i < c->n_inlined; i++)
		add_part(b, &c->inlined[i]);
	close_multipart(b);
	return bad;
}

static int
add_bodies(struct build *b, const char **error_r)
{
	const struct asset_creative *c = b->in->creative;
	static const char type[] = "text/plain; charset=utf-8";

	if (!c->html)
		return add_rendered(b, c->text, type, b->in->text, error_r);
	if (!c->text)
		return add_html(b, error_r);
	open_multipart(b, "alternative", "");
	next_part(b);
	if (add_rendered(b, c->text, type, b->in->text, error_r) < 0)
		return -1;
	next_part(b);
	if (add_html(b, error_r) < 0)
		return -1;
	close_multipart(b);
	return 0;
}

static int
add_content(struct build *b, const char **error_r)
{
	const struct asset_creative *c = b->in->creative;

	if (c->n_attached == 0)
		return add_bodies(b, error_r);
	open_multipart(b, "mixed", "");
	next_part(b);
	if (add_bodies(b, error_r) < 0)
		return -1;
	for (size_t i = 0; i < c->n_attached; i++)
		add_part(b, &c->attached[i]);
	close_multipart(b);
	return 0;
}

/* --- the header block */

/* The sender's domain, for the Message-ID; -1 when From has no address. */
static int
sender_of(struct build *b, const char *from, struct address *a_r,
    const char **error_r)
{
	const char *why;

	if (mailbox_first(b->arena, slice_of(from), a_r, &why) == 0)
		return 0;
	*error_r = arena_printf(b->arena, "From: %s", why);
	return -1;
}

static int
add_subject(struct build *b, const char **error_r)
{
	const struct template *t = b->in->creative->subject;
	struct template *own = NULL;
	struct buf text = {0};
	const char *why;
	char *error = NULL;
	int bad = 0;

	if (*b->in->subject) {
		own = template_compile("Subject", slice_of(b->in->subject),
		    TEMPLATE_HEADER, NULL, NULL, &error);
		if (!own) {
			*error_r = arena_strdup(b->arena, error);
			free(error);
			return -1;
		}
		t = own;
	}
	if (t)
		bad = template_render(t, b->in->vars, &text, &why);
	template_free(&own);
	if (bad)
		*error_r = arena_printf(b->arena, "the subject %s", why);
	else if (slice_trim(slice_buf(&text)).len) /* an empty field is none */
		add_text(b, "Subject", text.data);
	buf_free(&text);
	return bad;
}

static bool
starts(struct slice url, const char *scheme)
{
	size_t len = strlen(scheme);

	return url.len > len &&
	    slice_caseeq_str((struct slice){url.data, len}, scheme);
}

/* A rendered URL between < and >: what cannot stand there is percent-encoded.
 * false when a variable made it one that no mail program should follow. */
static bool
add_url(struct buf *out, struct slice url)
{
	bool web = starts(url, "https://") || starts(url, "http://");

	if (!web && !starts(url, "mailto:"))
		return false;
	buf_add_str(out, out->len ? ", <" : "<");
	for (size_t i = 0; i < url.len; i++) {
		unsigned char c = (unsigned char)url.data[i];

		if (c <= ' ' || c >= 0x7f || strchr("<>,\"\\", c))
			buf_printf(out, "%%%02X", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '>');
	return true;
}

/* RFC 2369; one click (RFC 8058) only where there is an https URL for it. */
static int
add_unsubscribe(struct build *b, const char **error_r)
{
	const struct asset_creative *c = b->in->creative;
	struct buf list = {0}, url = {0};
	bool one_click = false;
	const char *why;
	int bad = 0;

	for (size_t i = 0; i < c->n_unsubscribe && !bad; i++) {
		size_t before = list.len;

		buf_clear(&url);
		bad = template_render(c->unsubscribe[i], b->in->vars, &url,
		    &why);
		if (!bad && add_url(&list, slice_buf(&url)))
			one_click |= starts(slice_buf(&url), "https://");
		bad = bad || list.len - before > URL_MAX;
	}
	if (bad)
		*error_r = arena_printf(b->arena, "list_unsubscribe with its "
		    "variables is longer than %d octets", URL_MAX);
	else if (list.len)
		add_raw(b, "List-Unsubscribe", list.data);
	if (!bad && one_click)
		add_raw(b, "List-Unsubscribe-Post",
		    "List-Unsubscribe=One-Click");
	buf_free(&list);
	buf_free(&url);
	return bad ? -1 : 0;
}

static int
add_headers(struct build *b, const char **error_r)
{
	const struct campaign *c = b->in->creative->campaign;
	const char *from = *c->from ? c->from : b->in->from;
	const char *reply_to = *c->reply_to ? c->reply_to : b->in->reply_to;
	const char *feedback_id = campaign_feedback_id(b->arena, c,
	    b->in->creative->creative);
	struct address sender;
	char date[40];

	if (sender_of(b, from, &sender, error_r) < 0)
		return -1;
	clock_rfc5322(date, sizeof(date), b->in->now_ms);
	add_raw(b, "Date", date);
	add_addresses(b, "From", from);
	add_addresses(b, "To", arena_printf(b->arena, "<%s>",
	    b->in->recipient));
	if (*reply_to)
		add_addresses(b, "Reply-To", reply_to);
	if (add_subject(b, error_r) < 0)
		return -1;
	add_raw(b, "Message-ID", arena_printf(b->arena, "<%s@%s>",
	    b->in->ticket_id, sender.domain));
	if (*c->list_id)
		add_text(b, "List-Id", c->list_id);
	if (add_unsubscribe(b, error_r) < 0)
		return -1;
	if (*feedback_id)
		add_raw(b, "Feedback-ID", feedback_id);
	add_raw(b, "Precedence", "bulk");
	add_raw(b, "MIME-Version", "1.0");
	return 0;
}

int
advert_build(struct arena *arena, const struct advert_input *in,
    struct advert *out_r, const char **error_r)
{
	const struct asset_creative *c = in->creative;
	const struct setting_list *lists = &c->campaign->lists;
	struct advert_input full = *in;
	struct build b = {.arena = arena, .in = &full, .out = out_r};
	struct vars vars;
	size_t slices = SLICES_FIXED + 3 * (c->n_inlined + c->n_attached);

	memset(out_r, 0, sizeof(*out_r));
	out_r->headers = arena_alloc(arena,
	    HEADERS_MAX * sizeof(*out_r->headers));
	out_r->body = arena_alloc(arena, slices * sizeof(*out_r->body));
	out_r->bounce = campaign_bounce(arena, c->campaign, in->ticket_id);
	vars_init(&vars, arena);
	vars_add_missing(&vars, in->vars);
	campaign_fill(c->campaign, &vars);
	if (vars_make_lists(&vars, lists->items, lists->n, error_r) < 0)
		return -1;
	full.vars = &vars;
	if (add_headers(&b, error_r) < 0)
		return -1;
	return add_content(&b, error_r);
}
