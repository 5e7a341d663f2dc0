/* For people and tests: a gateway hands the slices on as they are. */
#include "lib/mail/advert.h"

void
advert_text(const struct advert *a, struct buf *out)
{
	for (size_t i = 0; i < a->n_headers; i++) {
		buf_printf(out, "%s: ", a->headers[i].name);
		for (const char *s = a->headers[i].value; *s; s++) {
			if (*s == '\n')
				buf_add_char(out, '\r');
			buf_add_char(out, *s);
		}
		buf_add_str(out, "\r\n");
	}
	buf_add_str(out, "\r\n");
	for (size_t i = 0; i < a->n_body; i++)
		buf_add_slice(out, a->body[i]);
}
