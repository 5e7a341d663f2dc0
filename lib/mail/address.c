/* Strict where an address decides who gets mail, lenient where real mailboxes
 * are odd: dots anywhere in a local part and underscores in a domain exist out
 * there.  The local part is kept as it was read, the domain becomes canonical. */
#include "lib/mail/address.h"

#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/base/text.h"

#define LABEL_MAX 63 /* RFC 1035 section 2.3.4 */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

/* RFC 5322 atext, the dot, and UTF-8 (RFC 6531). */
static bool
is_local_char(char c)
{
	return is_alnum(c) || (unsigned char)c >= 0x80 ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

/* Length of the quoted string at the start of s, both quotes included; 0 when
 * it does not end. */
static size_t
quoted_len(struct slice s)
{
	size_t i;

	for (i = 1; i < s.len; i++) {
		if (s.data[i] == '"')
			return i + 1;
		if (s.data[i] == '\\')
			i++;
	}
	return 0;
}

static int
split_local(struct arena *arena, struct slice text, struct slice *local_r,
    struct slice *domain_r, const char **error_r)
{
	size_t n = 0;

	if (text.data[0] == '@') {
		*error_r = "source routes and empty local parts are refused";
		return -1;
	}
	if (text.data[0] == '"') {
		n = quoted_len(text);
		if (n == 0 || n == 2) {
			*error_r = n ? "the local part is empty"
			             : "a quote is not closed";
			return -1;
		}
	} else {
		while (n < text.len && is_local_char(text.data[n]))
			n++;
	}
	if (n == text.len) {
		*error_r = "there is no @";
		return -1;
	}
	if (text.data[n] != '@') {
		*error_r = arena_printf(arena,
		    "'%c' in a local part must stand in quotes", text.data[n]);
		return -1;
	}
	if (n > ADDRESS_LOCAL_MAX) {
		*error_r = arena_printf(arena,
		    "local part of %zu octets is over %d", n,
		    ADDRESS_LOCAL_MAX);
		return -1;
	}
	*local_r = (struct slice){text.data, n};
	*domain_r = (struct slice){text.data + n + 1, text.len - n - 1};
	return 0;
}

/* Lower case and A-labels; NULL when there is none.  The caller frees. */
static char *
domain_to_ascii(const char *domain)
{
	char *ascii = NULL, *copy;

	if (idn2_to_ascii_8z(domain, &ascii,
	        IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;
	copy = xstrdup(ascii);
	idn2_free(ascii);
	return copy;
}

const char *
address_domain_fault(struct slice domain)
{
	struct slice rest = domain, label = {NULL, 0};
	bool digits = false;
	size_t i;

	/* Some characters, such as the soft hyphen, leave nothing behind. */
	if (domain.len == 0)
		return "there is no domain behind the @";
	if (domain.data[domain.len - 1] == '.')
		return "the domain has an empty label";
	while (slice_split(&rest, '.', &label)) {
		if (label.len == 0)
			return "the domain has an empty label";
		if (label.len > LABEL_MAX)
			return "the domain has a label of more than 63 octets";
		if (label.data[0] == '-' || label.data[label.len - 1] == '-')
			return "the domain has a hyphen at the end of a label";
		digits = true;
		for (i = 0; i < label.len; i++) {
			if (!is_alnum(label.data[i]) &&
			    label.data[i] != '-' && label.data[i] != '_')
				return "the domain has characters that no "
				       "domain has";
			digits = digits && label.data[i] >= '0' &&
			    label.data[i] <= '9';
		}
	}
	return digits ? "an IP address is no domain" : NULL;
}

static int
parse_domain(struct arena *arena, struct slice in, const char **domain_r,
    const char **error_r)
{
	char *domain, *ascii, *p;
	size_t len;

	if (in.len && in.data[0] == '[') {
		*error_r = "domain literals cannot be relayed";
		return -1;
	}
	/* example.org. is example.org: the MTA takes the dot away, too. */
	if (in.len && in.data[in.len - 1] == '.')
		in.len--;
	if (in.len == 0) {
		*error_r = "there is no domain behind the @";
		return -1;
	}
	domain = arena_strndup(arena, in.data, in.len);
	if (!text_is_ascii(in)) {
		ascii = domain_to_ascii(domain);
		if (!ascii) {
			*error_r = "the international domain name is not valid";
			return -1;
		}
		domain = arena_strdup(arena, ascii);
		free(ascii);
	}
	for (p = domain; *p; p++)
		*p = lower(*p);
	len = strlen(domain);
	if (len > ADDRESS_DOMAIN_MAX) {
		*error_r = arena_printf(arena, "domain of %zu octets is over %d",
		    len, ADDRESS_DOMAIN_MAX);
		return -1;
	}
	*domain_r = domain;
	*error_r = address_domain_fault(slice_of(domain));
	return *error_r ? -1 : 0;
}

/* Without the angle brackets.  -1 when there is only one of them. */
static int
strip_brackets(struct slice *text)
{
	bool open = text->len && text->data[0] == '<';
	bool close = text->len && text->data[text->len - 1] == '>';

	if (open != close || (open && text->len < 2))
		return -1;
	if (open) {
		text->data++;
		text->len -= 2;
	}
	return 0;
}

int
address_parse(struct arena *arena, struct slice text, struct address *out_r,
    const char **error_r)
{
	struct slice local, domain;

	if (strip_brackets(&text) < 0) {
		*error_r = "angle brackets do not match";
		return -1;
	}
	if (text.len == 0) {
		*error_r = "the address is empty";
		return -1;
	}
	/* Before anything that ends at a NUL. */
	if (text_has_control(text) || memchr(text.data, '\t', text.len)) {
		*error_r = "control characters in an address";
		return -1;
	}
	if (!text_is_utf8(text)) {
		*error_r = "the address is not UTF-8";
		return -1;
	}
	if (split_local(arena, text, &local, &domain, error_r) < 0 ||
	    parse_domain(arena, domain, &out_r->domain, error_r) < 0)
		return -1;
	out_r->local = arena_strndup(arena, local.data, local.len);
	out_r->utf8_local = !text_is_ascii(local);
	return 0;
}

char *
address_text(struct arena *arena, const struct address *a)
{
	return arena_printf(arena, "%s@%s", a->local, a->domain);
}

/* "alice"@ is alice@ (RFC 5321 section 4.1.2): a suppressed recipient must not
 * get mail because somebody wrote quotes.  Only needed quotes and backslashes
 * are written again. */
char *
address_key(struct arena *arena, const struct address *a)
{
	size_t len = strlen(a->local) + strlen(a->domain) + 2;
	char *key = arena_alloc(arena, len), *to = key;
	bool quotes = false;
	const char *p = a->local;

	if (*p == '"') {
		*to++ = '"';
		for (p++; *p && *p != '"'; p++) {
			if (*p == '\\' && p[1])
				p++;
			quotes = quotes || !is_local_char(*p);
			if (*p == '"' || *p == '\\')
				*to++ = '\\';
			*to++ = *p;
		}
		if (quotes)
			*to++ = '"';
		else
			memmove(key, key + 1, (size_t)(--to - key));
		p = "";
	}
	(void)snprintf(to, len - (size_t)(to - key), "%s@%s", p, a->domain);
	for (to = key; *to; to++)
		*to = lower(*to);
	return key;
}

/* Both in ASCII.  Case and dots at the end do not matter. */
static bool
in_domain(struct slice domain, struct slice parent)
{
	while (domain.len && domain.data[domain.len - 1] == '.')
		domain.len--;
	if (domain.len < parent.len || parent.len == 0)
		return false;
	if (domain.len > parent.len &&
	    domain.data[domain.len - parent.len - 1] != '.')
		return false;
	return strncasecmp(domain.data + domain.len - parent.len, parent.data,
	           parent.len) == 0;
}

bool
address_in_domain(struct slice address_or_domain, const char *relay_domain)
{
	struct slice s = slice_trim(address_or_domain);
	const char *at;
	char *copy, *ascii;
	bool in;

	if (s.len && s.data[s.len - 1] == '>')
		s.len--;
	at = s.len ? memrchr(s.data, '@', s.len) : NULL;
	if (at) {
		s.len -= (size_t)(at + 1 - s.data);
		s.data = at + 1;
	}
	if (text_is_ascii(s))
		return in_domain(s, slice_of(relay_domain));
	/* Full-width letters and the like become the same A-labels in the MTA. */
	copy = xstrndup(s.data, s.len);
	ascii = domain_to_ascii(copy);
	in = in_domain(slice_of(ascii ? ascii : copy), slice_of(relay_domain));
	free(ascii);
	free(copy);
	return in;
}
