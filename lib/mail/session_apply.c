/* Edits, in the order in which a failure does least harm: all of them or 451,
 * and the MTA throws its copy away on 451. */
#include "lib/mail/session_state.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mail/address.h"

#define CHUNK_MAX 65535       /* octets that smfi_replacebody takes at a time */
#define REPLY_MAX 400         /* octets of text; RFC 5321 section 4.5.3.1.5 */

/* The ESMTP arguments that stay with a message whose sender changes.  SIZE, BODY
 * and SMTPUTF8 are the MTA's own business. */
static const char *
kept_args(const struct session_message *m)
{
	struct buf args = {0};
	const char *const *a;
	const char *copy;

	for (a = m->from_args; a && *a; a++)
		if (strncasecmp(*a, "RET=", 4) == 0 ||
		    strncasecmp(*a, "ENVID=", 6) == 0)
			buf_printf(&args, "%s%s", args.len ? " " : "", *a);
	copy = args.len ? arena_strdup(m->arena, args.data) : NULL;
	buf_free(&args);
	return copy;
}

/* The character that \x{HEX} at s stands for, as UTF-8; 0 when it is none. */
static size_t
embedded_char(const char *s, char utf8[4])
{
	unsigned long c;
	char *end;

	if (strncmp(s, "\\x{", 3) != 0 || !isxdigit((unsigned char)s[3]))
		return 0;
	c = strtoul(s + 3, &end, 16);
	if (*end != '}' || c > 0x10ffff)
		return 0;
	if (c < 0x80) {
		utf8[0] = (char)c;
	} else if (c < 0x800) {
		utf8[0] = (char)(0xc0 | c >> 6);
		utf8[1] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		utf8[0] = (char)(0xe0 | c >> 12);
		utf8[1] = (char)(0x80 | (c >> 6 & 0x3f));
		utf8[2] = (char)(0x80 | (c & 0x3f));
	} else {
		utf8[0] = (char)(0xf0 | c >> 18);
		utf8[1] = (char)(0x80 | (c >> 12 & 0x3f));
		utf8[2] = (char)(0x80 | (c >> 6 & 0x3f));
		utf8[3] = (char)(0x80 | (c & 0x3f));
	}
	return (size_t)(end + 1 - s);
}

/* Postfix takes xtext from a milter even where RFC 6533 has another encoding, and
 * writes that one when it sends: ORCPT=utf-8;\x{F6} becomes ...;+C3+B6 here. */
static const char *
wire_orcpt(struct arena *arena, const char *orcpt)
{
	static const char prefix[] = "ORCPT=utf-8;";
	struct buf plain = {0}, out = {0};
	const char *s, *copy;
	char utf8[4];
	size_t len;

	if (!orcpt || strncasecmp(orcpt, prefix, strlen(prefix)) != 0)
		return orcpt;
	for (s = orcpt + strlen(prefix); *s; s += len ? len : 1) {
		memset(utf8, 0, sizeof(utf8));
		len = embedded_char(s, utf8);
		if (len)
			buf_add(&plain, utf8, strnlen(utf8, sizeof(utf8)));
		else
			buf_add_char(&plain, *s);
	}
	buf_add_str(&out, prefix);
	xtext_encode(&out, slice_buf(&plain));
	copy = arena_strdup(arena, out.data);
	buf_free(&plain);
	buf_free(&out);
	return copy;
}

static int
apply_rcpts(SMFICTX *ctx, const struct session_message *m,
    const struct session_edits *e, const char **failed_r)
{
	size_t i;

	for (i = 0; e->drop_rcpt && i < m->n_rcpts; i++) {
		*failed_r = "smfi_delrcpt";
		if (e->drop_rcpt[i] && smfi_delrcpt(ctx,
		        session_unconst(m->rcpts[i].address)) != MI_SUCCESS)
			return -1;
	}
	for (i = 0; i < e->n_add_rcpts; i++) {
		const struct session_rcpt *r = &e->add_rcpts[i];
		const char *orcpt = wire_orcpt(m->arena, r->orcpt);
		const char *args = arena_printf(m->arena, "%s%s%s",
		    r->notify ? r->notify : "", r->notify && orcpt ? " " : "",
		    orcpt ? orcpt : "");

		*failed_r = "smfi_addrcpt_par";
		if (smfi_addrcpt_par(ctx, session_unconst(r->address),
		        *args ? session_unconst(args) : NULL) != MI_SUCCESS)
			return -1;
	}
	return 0;
}

/* Which of the headers of that name this is, counted from 1. */
static int
occurrence(const struct session_message *m, size_t at)
{
	int n = 1;
	size_t i;

	for (i = 0; i < at; i++)
		if (strcasecmp(m->headers[i].name, m->headers[at].name) == 0)
			n++;
	return n;
}

/* Folded lines travel with "\n" alone. */
static char *
wire_value(const struct session *s, const char *value)
{
	char *copy = arena_printf(s->m.arena, "%s%s",
	    s->leading_space ? " " : "", value);
	char *from, *to;

	for (from = to = copy; *from; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	return copy;
}

/* The header to add that can take the place of the n-th of this name; e->n_add_headers
 * when there is none.  One edit for two: each is a packet to the MTA and a walk
 * through its queue file. */
static size_t
successor(const struct session_edits *e, const char *name, int n,
    const bool *placed)
{
	size_t i;

	for (i = 0; i < e->n_add_headers; i++)
		if (!placed[i] && n == 1 &&
		    strcasecmp(e->add_headers[i].name, name) == 0)
			break;
	return i;
}

static int
drop_or_replace(SMFICTX *ctx, const struct session *s, size_t at,
    const struct session_edits *e, bool *placed)
{
	const char *name = s->m.headers[at].name;
	int n = occurrence(&s->m, at);
	size_t next = successor(e, name, n, placed);
	char *value = NULL;

	if (next < e->n_add_headers) {
		placed[next] = true;
		name = e->add_headers[next].name;
		value = wire_value(s, e->add_headers[next].value);
	}
	return smfi_chgheader(ctx, session_unconst(name), n, value) ==
	    MI_SUCCESS ? 0 : -1;
}

static int
apply_headers(SMFICTX *ctx, const struct session *s,
    const struct session_edits *e, const char **failed_r)
{
	const struct session_message *m = &s->m;
	bool *placed = arena_alloc(m->arena,
	    (e->n_add_headers + 1) * sizeof(*placed));
	size_t i;

	memset(placed, 0, (e->n_add_headers + 1) * sizeof(*placed));
	/* From the last to the first, so that no deletion moves the number of
	 * one that is still to come. */
	*failed_r = "smfi_chgheader";
	for (i = m->n_headers; i-- > 0;)
		if ((e->drop_all_headers ||
		        (e->drop_header && e->drop_header[i])) &&
		    drop_or_replace(ctx, s, i, e, placed) != 0)
			return -1;
	*failed_r = "smfi_addheader";
	for (i = 0; i < e->n_add_headers; i++)
		if (!placed[i] && smfi_addheader(ctx,
		        session_unconst(e->add_headers[i].name),
		        wire_value(s, e->add_headers[i].value)) != MI_SUCCESS)
			return -1;
	return 0;
}

/* Small slices are gathered, large ones go out from where they are. */
struct body_writer {
	SMFICTX *ctx;
	char *gathered; /* CHUNK_MAX octets */
	size_t fill;
	bool any;
};

/* No smfi_progress() between two of them, however slow the MTA is: Postfix takes
 * it for the end of the body and refuses the rest, and every chunk starts its
 * clock anew anyway. */
static int
write_chunk(struct body_writer *w, const char *data, size_t len)
{
	w->any = true;
	return smfi_replacebody(w->ctx, session_unconst(data), (int)len) ==
	    MI_SUCCESS ? 0 : -1;
}

static int
write_slice(struct body_writer *w, struct slice s)
{
	while (s.len) {
		size_t n = CHUNK_MAX - w->fill;

		if (w->fill == 0 && s.len >= CHUNK_MAX) {
			if (write_chunk(w, s.data, CHUNK_MAX) != 0)
				return -1;
			n = CHUNK_MAX;
		} else {
			if (n > s.len)
				n = s.len;
			memcpy(w->gathered + w->fill, s.data, n);
			w->fill += n;
			if (w->fill == CHUNK_MAX) {
				w->fill = 0;
				if (write_chunk(w, w->gathered, CHUNK_MAX) != 0)
					return -1;
			}
		}
		s.data += n;
		s.len -= n;
	}
	return 0;
}

static int
apply_body(SMFICTX *ctx, const struct session *s,
    const struct session_edits *e)
{
	struct body_writer w = {.ctx = ctx,
	    .gathered = arena_alloc(s->m.arena, CHUNK_MAX)};
	size_t i;

	for (i = 0; i < e->n_body; i++)
		if (write_slice(&w, e->body[i]) != 0)
			return -1;
	if (w.fill && write_chunk(&w, w.gathered, w.fill) != 0)
		return -1;
	/* An empty body is one as well, and the old one must go. */
	return w.any ? 0 : write_chunk(&w, "\r\n", 2);
}

int
session_apply(SMFICTX *ctx, const struct session *s,
    const struct session_edits *e, const char **failed_r)
{
	*failed_r = "smfi_chgfrom";
	if (e->new_from && smfi_chgfrom(ctx, session_unconst(e->new_from),
	        session_unconst(kept_args(&s->m))) != MI_SUCCESS)
		return -1;
	if (apply_rcpts(ctx, &s->m, e, failed_r) != 0 ||
	    apply_headers(ctx, s, e, failed_r) != 0)
		return -1;
	*failed_r = "smfi_replacebody";
	return e->body ? apply_body(ctx, s, e) : 0;
}

void
session_reply_text(const char *text, struct buf *out)
{
	size_t i;

	buf_add_str(out, "");
	for (i = 0; text[i] && i < REPLY_MAX; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f)
			buf_add_char(out, ' ');
		else if (c >= 0x80)
			buf_add_char(out, '?');
		else if (c == '%')
			/* A format for the MTA; it needs two. */
			buf_add_str(out, "%%");
		else
			buf_add_char(out, (char)c);
	}
}

/* code, enhanced: what to say when the edits do not. */
void
session_reply(SMFICTX *ctx, const struct session_edits *e, const char *code,
    const char *enhanced)
{
	struct buf text = {0};

	session_reply_text(e->reply[2] ? e->reply[2] : "try again later", &text);
	/* When this fails the MTA still says 5xx or 4xx, with words of its own. */
	(void)smfi_setreply(ctx,
	    session_unconst(e->reply[0] ? e->reply[0] : code),
	    session_unconst(e->reply[1] ? e->reply[1] : enhanced), text.data);
	buf_free(&text);
}
