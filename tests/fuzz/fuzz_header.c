/* Any value in any field: it stays one field of short lines, and text comes back
 * as it was (but for what cannot stand in a header). */
#include <stdlib.h>

#include "lib/base/text.h"
#include "lib/mail/header.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
check_field(const struct buf *field)
{
	struct slice rest = slice_buf(field), line;

	if (field->len < 2 || field->data[field->len - 1] != '\n' ||
	    memchr(field->data, '\0', field->len))
		abort();
	while (slice_split(&rest, '\n', &line)) {
		if (line.len == 0 || line.len > 999 ||
		    line.data[line.len - 1] != '\r' ||
		    memchr(line.data, '\r', line.len - 1) ||
		    slice_trim(line).len == 0 ||
		    (rest.len && rest.data[0] != ' '))
			abort();
	}
}

/* What header_add_text() promises to keep. */
static void
squeeze(struct buf *out, struct slice s)
{
	struct buf whole = {0};
	size_t i;

	header_repair(&whole, s);
	for (i = 0; i < whole.len; i++) {
		if ((unsigned char)whole.data[i] > ' ' && whole.data[i] != 0x7f)
			buf_add_char(out, whole.data[i]);
		else if (out->len && out->data[out->len - 1] != ' ')
			buf_add_char(out, ' ');
	}
	if (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	buf_free(&whole);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct slice in = {(const char *)data, size};
	struct buf out = {0}, back = {0}, want = {0};
	size_t i;

	header_add_text(&out, "Subject", in);
	check_field(&out);
	header_decode(&back, (struct slice){out.data + 8, out.len - 8});
	squeeze(&want, in);
	if (!slice_eq(slice_buf(&back), slice_buf(&want)))
		abort();

	buf_clear(&out);
	header_add_addresses(&out, "From", in);
	check_field(&out);
	if (!memchr(in.data, '@', in.len) && !text_is_ascii(slice_buf(&out)))
		abort(); /* only a local part may be beyond it */

	buf_clear(&out);
	header_add_raw(&out, "List-Id", in);
	check_field(&out);

	buf_clear(&out);
	buf_add_str(&out, "Content-Type: x/y");
	header_add_param(&out, "name", in);
	buf_add_str(&out, "\r\n");
	check_field(&out);
	if (!text_is_ascii(slice_buf(&out)))
		abort();

	buf_clear(&out);
	header_decode(&out, in);
	if (!text_is_utf8(slice_buf(&out)))
		abort();
	for (i = 0; i < out.len; i++)
		if ((unsigned char)out.data[i] < ' ')
			abort();
	buf_free(&out);
	buf_free(&back);
	buf_free(&want);
	return 0;
}
