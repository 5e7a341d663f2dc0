/* base64 and hex.  Encoding writes 12 bits at a time from a table of pairs: an
 * asset set of gigabytes goes through here when an agent starts. */
#include "lib/base/codec.h"

#include <pthread.h>
#include <stdint.h>

#define LINE_BYTES 57 /* 76 characters */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char pairs[4096][2]; /* of `alphabet`, filled once */
static pthread_once_t pairs_once = PTHREAD_ONCE_INIT;

static void
fill_pairs(void)
{
	size_t i;

	for (i = 0; i < 4096; i++) {
		pairs[i][0] = alphabet[i >> 6];
		pairs[i][1] = alphabet[i & 63];
	}
}

/* The last one or two bytes of three. */
static char *
encode_tail(char *dst, const unsigned char *s, size_t len, const char *set)
{
	uint32_t v = (uint32_t)s[0] << 16 | (len > 1 ? (uint32_t)s[1] << 8 : 0);

	*dst++ = set[v >> 18];
	*dst++ = set[v >> 12 & 63];
	if (len > 1)
		*dst++ = set[v >> 6 & 63];
	return dst;
}

/* Returns the place behind the last character; pads. */
static char *
encode(char *dst, const unsigned char *s, size_t len)
{
	size_t rest = len % 3;
	const unsigned char *end = s + (len - rest);

	for (; s < end; s += 3, dst += 4) {
		uint32_t v = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];

		memcpy(dst, pairs[v >> 12], 2);
		memcpy(dst + 2, pairs[v & 4095], 2);
	}
	if (rest) {
		dst = encode_tail(dst, s, rest, alphabet);
		*dst++ = '=';
		if (rest == 1)
			*dst++ = '=';
	}
	return dst;
}

/* Claim what was written behind len. */
static void
grown_to(struct buf *out, const char *end)
{
	out->len = (size_t)(end - out->data);
	out->data[out->len] = '\0';
}

void
base64_encode(struct buf *out, const void *data, size_t len)
{
	(void)pthread_once(&pairs_once, fill_pairs);
	buf_reserve(out, len / 3 * 4 + 4);
	grown_to(out, encode(out->data + out->len, data, len));
}

void
base64_encode_mime(struct buf *out, const void *data, size_t len)
{
	const unsigned char *s = data;
	char *dst;

	(void)pthread_once(&pairs_once, fill_pairs);
	buf_reserve(out, base64_mime_size(len));
	dst = out->data + out->len;
	while (len) {
		size_t n = len < LINE_BYTES ? len : LINE_BYTES;

		dst = encode(dst, s, n);
		*dst++ = '\r';
		*dst++ = '\n';
		s += n;
		len -= n;
	}
	grown_to(out, dst);
}

size_t
base64_mime_size(size_t len)
{
	size_t rest = len % LINE_BYTES;

	return len / LINE_BYTES * 78 + (rest ? (rest + 2) / 3 * 4 + 2 : 0);
}

void
base64url_encode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *s = data;
	char *dst;

	buf_reserve(out, len / 3 * 4 + 4);
	dst = out->data + out->len;
	for (; len >= 3; s += 3, len -= 3) {
		uint32_t v = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];

		*dst++ = alphabet_url[v >> 18];
		*dst++ = alphabet_url[v >> 12 & 63];
		*dst++ = alphabet_url[v >> 6 & 63];
		*dst++ = alphabet_url[v & 63];
	}
	if (len)
		dst = encode_tail(dst, s, len, alphabet_url);
	grown_to(out, dst);
}

/* 0..63, or -1.  c62 and c63 tell the alphabets apart. */
static int
sextet(char c, char c62, char c63)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == c62)
		return 62;
	return c == c63 ? 63 : -1;
}

/* Bits beyond the last whole byte must be zero, or several texts would decode
 * to the same bytes and a signed text could be altered unseen. */
static int
decode(struct buf *out, struct slice in, char c62, char c63)
{
	size_t start = out->len, i;
	uint32_t acc = 0;
	int bits = 0, v;

	if (in.len % 4 == 0 && in.len && in.data[in.len - 1] == '=')
		in.len -= in.data[in.len - 2] == '=' ? 2 : 1;
	if (in.len % 4 == 1)
		return -1;
	buf_reserve(out, in.len / 4 * 3 + 3);
	for (i = 0; i < in.len; i++) {
		v = sextet(in.data[i], c62, c63);
		if (v < 0)
			goto bad;
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out->data[out->len++] = (char)(acc >> bits & 0xff);
		}
	}
	if (acc & ((1u << bits) - 1))
		goto bad;
	out->data[out->len] = '\0';
	return 0;
bad:
	out->len = start;
	out->data[start] = '\0';
	return -1;
}

int
base64_decode(struct buf *out, struct slice in)
{
	return decode(out, in, '+', '/');
}

int
base64url_decode(struct buf *out, struct slice in)
{
	return decode(out, in, '-', '_');
}

void
hex_encode(struct buf *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = data;
	char *dst;
	size_t i;

	buf_reserve(out, len * 2);
	dst = out->data + out->len;
	for (i = 0; i < len; i++) {
		*dst++ = digits[s[i] >> 4];
		*dst++ = digits[s[i] & 15];
	}
	grown_to(out, dst);
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
hex_decode(struct buf *out, struct slice in)
{
	size_t start = out->len, i;

	if (in.len % 2)
		return -1;
	buf_reserve(out, in.len / 2);
	for (i = 0; i < in.len; i += 2) {
		int high = nibble(in.data[i]), low = nibble(in.data[i + 1]);

		if (high < 0 || low < 0) {
			out->len = start;
			out->data[start] = '\0';
			return -1;
		}
		out->data[out->len++] = (char)(high << 4 | low);
	}
	out->data[out->len] = '\0';
	return 0;
}
