/* A line whose only content is a tag that shows nothing vanishes whole, newline
 * and all (the specification's "standalone" tags); else every section would
 * leave an empty line behind. */
#include "lib/mail/mustache.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void
mustache_start(struct mustache *m, struct slice text)
{
	*m = (struct mustache){.text = text, .open = slice_of("{{"),
	    .close = slice_of("}}")};
	if (!text.data)
		m->text = slice_of("");
}

static void
cut_standalone(struct slice s, struct mustache_tag *tag)
{
	size_t from = tag->start, to = tag->end;

	while (from > 0 && (s.data[from - 1] == ' ' || s.data[from - 1] == '\t'))
		from--;
	if (from > 0 && s.data[from - 1] != '\n')
		return;
	while (to < s.len && (s.data[to] == ' ' || s.data[to] == '\t'))
		to++;
	if (to + 1 < s.len && s.data[to] == '\r' && s.data[to + 1] == '\n')
		to++;
	if (to < s.len && s.data[to] != '\n')
		return;
	tag->cut_start = from;
	tag->cut_end = to < s.len ? to + 1 : to;
}

static const char *
find(const char *from, const char *end, struct slice what)
{
	return from == end ? NULL
	    : memmem(from, (size_t)(end - from), what.data, what.len);
}

int
mustache_next(const struct mustache *m, struct mustache_tag *tag_r)
{
	const char *end = m->text.data + m->text.len, *s, *p, *close;
	struct slice stop = m->close;
	char triple[MUSTACHE_DELIMITER_MAX + 1];

	*tag_r = (struct mustache_tag){0};
	if (m->pos >= m->text.len)
		return 0;
	s = find(m->text.data + m->pos, end, m->open);
	if (!s)
		return 0;
	tag_r->start = (size_t)(s - m->text.data);
	p = s + m->open.len;
	if (p < end && *p && strchr("{&#^/!=>", *p))
		tag_r->sigil = *p++;
	if (tag_r->sigil == '{') {
		triple[0] = '}';
		memcpy(triple + 1, stop.data, stop.len);
		stop = (struct slice){triple, stop.len + 1};
	}
	close = find(p, end, stop);
	if (!close)
		return -1;
	tag_r->content = slice_trim((struct slice){p, (size_t)(close - p)});
	tag_r->end = (size_t)(close - m->text.data) + stop.len;
	tag_r->cut_start = tag_r->start;
	tag_r->cut_end = tag_r->end;
	if (tag_r->sigil && tag_r->sigil != '{' && tag_r->sigil != '&')
		cut_standalone(m->text, tag_r);
	return 1;
}

static bool
delimiter_ok(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (is_blank(s.data[i]) || s.data[i] == '=')
			return false;
	return s.len > 0 && s.len <= MUSTACHE_DELIMITER_MAX;
}

int
mustache_set_delimiters(struct mustache *m, const struct mustache_tag *tag)
{
	struct slice s = tag->content, open, close;
	size_t i = 0;

	if (s.len == 0 || s.data[s.len - 1] != '=')
		return -1;
	s = slice_trim((struct slice){s.data, s.len - 1});
	while (i < s.len && !is_blank(s.data[i]))
		i++;
	open = (struct slice){s.data, i};
	close = slice_trim((struct slice){s.data + i, s.len - i});
	if (!delimiter_ok(open) || !delimiter_ok(close))
		return -1;
	m->open = open;
	m->close = close;
	return 0;
}

int
mustache_indent(struct buf *out, struct slice text, struct slice blanks,
    size_t max)
{
	size_t i, lines = 1;
	bool begin = true;

	for (i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	if (text.len > max || blanks.len > (max - text.len) / lines)
		return -1;
	for (i = 0; i < text.len; i++) {
		if (begin)
			buf_add_slice(out, blanks);
		buf_add_char(out, text.data[i]);
		begin = text.data[i] == '\n';
	}
	buf_add(out, "", 0);
	return 0;
}
