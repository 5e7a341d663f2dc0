#include "config.h"

#include "ctl/css_scan.h"

#include <strings.h>

#include "lib/base/text.h"

/* Behind what begins at i: a comment, a string, a pair of parentheses, else one
 * octet. */
static size_t
skip(struct slice s, size_t i)
{
	const char *end;
	char c = s.data[i];

	if (c == '/' && i + 1 < s.len && s.data[i + 1] == '*') {
		end = i + 2 < s.len
		    ? memmem(s.data + i + 2, s.len - i - 2, "*/", 2) : NULL;
		return end ? (size_t)(end - s.data) + 2 : s.len;
	}
	if (c == '"' || c == '\'') {
		for (i++; i < s.len && s.data[i] != c && s.data[i] != '\n'; i++)
			if (s.data[i] == '\\')
				i++;
		return i < s.len ? i + 1 : s.len;
	}
	if (c == '(') { /* an address may have a ; in it */
		for (i++; i < s.len && s.data[i] != ')' && s.data[i] != '}' &&
		     s.data[i] != '{';)
			i = s.data[i] == '(' ? i + 1 : skip(s, i);
		return i < s.len && s.data[i] == ')' ? i + 1 : i;
	}
	return i + 1;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* Past blanks and comments. */
static size_t
begin(struct slice s, size_t i)
{
	while (i < s.len && (is_blank(s.data[i]) ||
	           (s.data[i] == '/' && i + 1 < s.len && s.data[i + 1] == '*')))
		i = skip(s, i);
	return i < s.len ? i : s.len;
}

static void
tell(struct slice s, size_t from, size_t to, bool opens, css_fn fn, void *ctx)
{
	struct css_item item = {.at = from};
	size_t i = from;
	bool at_rule = from < to && s.data[from] == '@';

	if (at_rule)
		while (i < to && !is_blank(s.data[i]) && s.data[i] != '(' &&
		    s.data[i] != '"' && s.data[i] != '\'')
			i++;
	else
		while (i < to && s.data[i] != ':')
			i++;
	if (from == to || (!at_rule && (opens || i == to)))
		return; /* a selector, or nothing */
	item.name = slice_trim((struct slice){s.data + from, i - from});
	if (!at_rule)
		i++;
	item.value = slice_trim((struct slice){s.data + i, to - i});
	fn(&item, ctx);
}

void
css_scan(struct slice s, css_fn fn, void *ctx)
{
	size_t i = 0, from;

	while (i < s.len) {
		from = i = begin(s, i);
		while (i < s.len && s.data[i] != ';' && s.data[i] != '{' &&
		    s.data[i] != '}')
			i = skip(s, i);
		if (i > s.len)
			i = s.len;
		tell(s, from, i, i < s.len && s.data[i] == '{', fn, ctx);
		i++;
	}
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '#';
}

bool
css_has_word(struct slice value, const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; len && i + len <= value.len; i++) {
		if (strncasecmp(value.data + i, word, len) != 0 ||
		    (i > 0 && is_word(value.data[i - 1])))
			continue;
		if (word[len - 1] == '(' || i + len == value.len ||
		    !is_word(value.data[i + len]))
			return true;
	}
	return false;
}

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c | 0x20);
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static long
hex_colour(struct slice s)
{
	long sum = 0;
	size_t i;

	if (s.len != 3 && s.len != 6)
		return -1;
	for (i = 0; i < s.len; i++) {
		int d = hex(s.data[i]);

		if (d < 0)
			return -1;
		sum = s.len == 3 ? sum << 8 | d * 17 : sum << 4 | d;
	}
	return sum;
}

static long
rgb_colour(struct slice s)
{
	struct slice part;
	int64_t n;
	long sum = 0;
	int i;

	for (i = 0; i < 3; i++) {
		if (!slice_split(&s, ',', &part) ||
		    text_int(slice_trim(part), 0, 255, &n) != 0)
			return -1;
		sum = sum << 8 | (long)n;
	}
	return s.len ? -1 : sum;
}

long
css_colour(struct slice value)
{
	static const struct {
		const char *name;
		long rgb;
	} names[] = {{"aqua", 0x00ffff}, {"black", 0x000000},
	    {"blue", 0x0000ff}, {"fuchsia", 0xff00ff}, {"gray", 0x808080},
	    {"green", 0x008000}, {"lime", 0x00ff00}, {"maroon", 0x800000},
	    {"navy", 0x000080}, {"olive", 0x808000}, {"purple", 0x800080},
	    {"red", 0xff0000}, {"silver", 0xc0c0c0}, {"teal", 0x008080},
	    {"white", 0xffffff}, {"yellow", 0xffff00}};
	struct slice s = slice_trim(value);
	size_t i, important = s.len;

	for (i = 0; i < s.len && important == s.len; i++)
		if (s.data[i] == '!')
			important = i;
	s = slice_trim((struct slice){s.data, important});
	if (s.len && *s.data == '#')
		return hex_colour((struct slice){s.data + 1, s.len - 1});
	if (s.len > 5 && strncasecmp(s.data, "rgb(", 4) == 0 &&
	    s.data[s.len - 1] == ')')
		return rgb_colour((struct slice){s.data + 4, s.len - 5});
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_caseeq_str(s, names[i].name))
			return names[i].rgb;
	return -1;
}
