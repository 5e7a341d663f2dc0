/* By hand and not by ares_parse_mx_reply(), which knows no time to live. */
#include "lib/base/dns_message.h"

#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 255
/* A name cannot have more labels than this; more jumps are a loop. */
#define JUMPS_MAX 128

struct reader {
	const unsigned char *msg, *at, *end;
};

struct record {
	int type;
	uint32_t ttl_s;
	const unsigned char *data;
	size_t len;
};

static unsigned
get16(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
get32(const unsigned char *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Letters, digits, hyphen, underscore; lower case.  -1: no host has it. */
static int
add_label(const unsigned char *p, size_t n, char *dst, size_t *len)
{
	size_t i;

	if (*len + n + 1 > NAME_MAX_BYTES)
		return -1;
	if (*len)
		dst[(*len)++] = '.';
	for (i = 0; i < n; i++) {
		unsigned char c = p[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_')
			return -1;
		dst[(*len)++] = (char)c;
	}
	return 0;
}

/* Behind the name at p; NULL when it does not end within the message. */
static const unsigned char *
skip_name(const struct reader *r, const unsigned char *p)
{
	while (p < r->end) {
		if (*p == 0)
			return p + 1;
		if ((*p & 0xc0) == 0xc0)
			return r->end - p < 2 ? NULL : p + 2;
		if (*p & 0xc0)
			return NULL;
		p += *p + 1;
	}
	return NULL;
}

/* The name at p, compressed or not; dst of 256 bytes. */
static int
read_name(const struct reader *r, const unsigned char *p, char *dst)
{
	size_t len = 0;
	int jumps = 0;

	for (;;) {
		if (p >= r->end)
			return -1;
		if (*p == 0)
			break;
		if ((*p & 0xc0) == 0xc0) {
			if (r->end - p < 2 || ++jumps > JUMPS_MAX)
				return -1;
			p = r->msg + (get16(p) & 0x3fff);
			continue;
		}
		if ((*p & 0xc0) || r->end - p <= *p ||
		    add_label(p + 1, *p, dst, &len) < 0)
			return -1;
		p += *p + 1;
	}
	dst[len] = '\0';
	return 0;
}

/* Behind the header and the questions; -1 when there is no such place. */
static int
open_message(const unsigned char *msg, size_t len, struct reader *r_r)
{
	unsigned n;

	if (!msg || len < NS_HFIXEDSZ)
		return -1;
	*r_r = (struct reader){msg, msg + NS_HFIXEDSZ, msg + len};
	for (n = get16(msg + 4); n; n--) {
		r_r->at = skip_name(r_r, r_r->at);
		if (!r_r->at || r_r->end - r_r->at < NS_QFIXEDSZ)
			return -1;
		r_r->at += NS_QFIXEDSZ;
	}
	return 0;
}

static int
next_record(struct reader *r, struct record *rec_r)
{
	const unsigned char *p = skip_name(r, r->at);

	if (!p || r->end - p < NS_RRFIXEDSZ)
		return -1;
	rec_r->type = (int)get16(p);
	rec_r->ttl_s = get32(p + 4);
	rec_r->len = get16(p + 8);
	rec_r->data = p + NS_RRFIXEDSZ;
	if ((size_t)(r->end - rec_r->data) < rec_r->len)
		return -1;
	r->at = rec_r->data + rec_r->len;
	return 0;
}

void
dns_ttl_lower(uint32_t *ttl_s, uint32_t other)
{
	if (other > INT32_MAX)
		other = 0;
	if (other < *ttl_s)
		*ttl_s = other;
}

uint32_t
dns_message_negative_ttl(const unsigned char *msg, size_t len)
{
	uint32_t ttl_s = DNS_TTL_MAX_S;
	struct record rec;
	struct reader r;
	unsigned n;

	if (open_message(msg, len, &r) < 0)
		return DNS_TTL_DEFAULT_S;
	for (n = get16(msg + 6) + get16(msg + 8); n; n--) {
		if (next_record(&r, &rec) < 0)
			break;
		if (rec.type != ns_t_soa || rec.len < 4)
			continue;
		dns_ttl_lower(&ttl_s, rec.ttl_s);
		dns_ttl_lower(&ttl_s, get32(rec.data + rec.len - 4));
		return ttl_s;
	}
	return DNS_TTL_DEFAULT_S;
}

static int
by_preference(const void *pa, const void *pb)
{
	const struct dns_mx *a = pa, *b = pb;

	if (a->preference != b->preference)
		return a->preference < b->preference ? -1 : 1;
	return strcmp(a->host, b->host);
}

void
dns_message_mx(const unsigned char *msg, size_t len, struct dns_mx_answer *a_r)
{
	struct record rec;
	struct reader r;
	unsigned n;

	a_r->status = DNS_FAILED;
	a_r->ttl_s = DNS_TTL_MAX_S;
	a_r->n = 0;
	if (open_message(msg, len, &r) < 0)
		return;
	for (n = get16(msg + 6); n; n--) {
		struct dns_mx *mx = &a_r->mx[a_r->n];

		if (next_record(&r, &rec) < 0)
			return;
		dns_ttl_lower(&a_r->ttl_s, rec.ttl_s);
		if (rec.type != ns_t_mx || rec.len < 3 || a_r->n == DNS_MX_MAX)
			continue;
		mx->preference = (int)get16(rec.data);
		if (read_name(&r, rec.data + 2, mx->host) == 0)
			a_r->n++;
	}
	a_r->status = a_r->n ? DNS_OK : DNS_NO_DATA;
	if (a_r->n == 0)
		a_r->ttl_s = dns_message_negative_ttl(msg, len);
	qsort(a_r->mx, (size_t)a_r->n, sizeof(a_r->mx[0]), by_preference);
}

/* Strings of a length octet and so many more; NULL: broken, or no text. */
static const char *
join_strings(struct arena *arena, const struct record *rec)
{
	char *text = arena_alloc(arena, rec->len + 1);
	const unsigned char *p = rec->data, *end = p + rec->len;
	size_t n = 0;

	for (; p < end; p += *p + 1) {
		if (end - p <= *p || memchr(p + 1, '\0', *p))
			return NULL;
		memcpy(text + n, p + 1, *p);
		n += *p;
	}
	return text;
}

static const char *
text_of(const struct reader *r, const struct record *rec, struct arena *arena)
{
	char host[NAME_MAX_BYTES + 1];

	if (rec->type == ns_t_txt)
		return join_strings(arena, rec);
	if (rec->type == ns_t_ptr && rec->len &&
	    read_name(r, rec->data, host) == 0)
		return arena_strdup(arena, host);
	return NULL;
}

void
dns_message_text(const unsigned char *msg, size_t len, struct arena *arena,
    struct dns_text_answer *a_r)
{
	struct record rec;
	struct reader r;
	unsigned n;

	a_r->status = DNS_FAILED;
	a_r->n = 0;
	if (open_message(msg, len, &r) < 0)
		return;
	for (n = get16(msg + 6); n; n--) {
		const char *text;

		if (next_record(&r, &rec) < 0)
			return;
		text = text_of(&r, &rec, arena);
		if (text && a_r->n < DNS_TEXT_MAX)
			a_r->text[a_r->n++] = text;
	}
	a_r->status = a_r->n ? DNS_OK : DNS_NO_DATA;
}
