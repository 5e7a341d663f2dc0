/* Display names may hold < and , and @ in quotes and comments; so the list is
 * read from the left, once, instead of looking for the last <. */
#include "lib/mail/mailbox.h"

size_t
mailbox_skip(struct slice s, size_t i)
{
	bool comment = s.data[i] == '(';
	size_t depth = 1;

	for (i++; i < s.len; i++) {
		if (s.data[i] == '\\') {
			i++;
		} else if (comment && s.data[i] == '(') {
			depth++;
		} else if (s.data[i] == (comment ? ')' : '"') && --depth == 0) {
			return i + 1;
		}
	}
	return s.len;
}

/* What stands between < and >, quoted local parts allowed. */
static struct slice
take_angle(struct slice s, size_t i)
{
	size_t start = ++i;

	while (i < s.len && s.data[i] != '>')
		i = s.data[i] == '"' ? mailbox_skip(s, i) : i + 1;
	return (struct slice){s.data + start, (i < s.len ? i : s.len) - start};
}

int
mailbox_first(struct arena *arena, struct slice list, struct address *out_r,
    const char **error_r)
{
	struct slice found = {NULL, 0};
	struct buf bare = {0}; /* what is outside of comments */
	size_t i = 0;
	int r;

	while (i < list.len && !found.data) {
		char c = list.data[i];
		size_t next = i + 1;

		if (c == '<') {
			found = take_angle(list, i);
		} else if (c == '(') {
			next = mailbox_skip(list, i);
		} else if (c == '"') {
			next = mailbox_skip(list, i);
			buf_add(&bare, list.data + i, next - i);
		} else if (c == ':') {
			buf_clear(&bare); /* that was a group's name */
		} else if (c != ',' && c != ';') {
			buf_add_char(&bare, c);
		} else if (slice_trim(slice_buf(&bare)).len) {
			break;
		}
		i = next;
	}
	if (!found.data)
		found = slice_trim(slice_buf(&bare));
	if (found.len == 0) {
		*error_r = "there is no address";
		r = -1;
	} else {
		r = address_parse(arena, slice_trim(found), out_r, error_r);
	}
	buf_free(&bare);
	return r;
}
