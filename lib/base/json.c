#include "lib/base/json.h"

#include "lib/base/utf8.h"

void
json_add_string(struct buf *out, struct slice s)
{
	size_t i, n;

	buf_add_char(out, '"');
	for (i = 0; i < s.len; i += n) {
		char c = s.data[i];

		n = utf8_sequence((const unsigned char *)s.data + i, s.len - i);
		if (n == 0) {
			buf_add_str(out, "\\ufffd");
			n = 1;
		} else if (c == '"' || c == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, c);
		} else if ((unsigned char)c < 0x20 || c == 0x7f) {
			buf_printf(out, "\\u%04x", (unsigned)c);
		} else {
			buf_add(out, s.data + i, n);
		}
	}
	buf_add_char(out, '"');
}
