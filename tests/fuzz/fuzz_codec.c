/* The decoders: a text they accept is the one text for its bytes, but for
 * padding and the case of hex; what an encoder writes decodes to the same. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/codec.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice
unpadded(struct slice s)
{
	while (s.len && s.data[s.len - 1] == '=')
		s.len--;
	return s;
}

static void
one_text(int (*decode)(struct buf *, struct slice),
    void (*encode)(struct buf *, const void *, size_t), struct slice in)
{
	struct buf bytes = {0}, text = {0};

	if (decode(&bytes, in) == 0) {
		encode(&text, bytes.data, bytes.len);
		if (!slice_eq(unpadded(slice_buf(&text)), unpadded(in)))
			abort();
	}
	buf_free(&bytes);
	buf_free(&text);
}

static void
there_and_back(int (*decode)(struct buf *, struct slice),
    void (*encode)(struct buf *, const void *, size_t), struct slice in)
{
	struct buf bytes = {0}, text = {0};

	encode(&text, in.data, in.len);
	if (decode(&bytes, slice_buf(&text)) < 0 ||
	    !slice_eq(slice_buf(&bytes), in))
		abort();
	buf_free(&bytes);
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = {(const char *)data, size};
	struct buf text = {0};
	struct endpoint e;
	const char *error;
	char safe[24];
	int64_t v;
	double d;

	one_text(base64_decode, base64_encode, in);
	one_text(base64url_decode, base64url_encode, in);
	there_and_back(base64_decode, base64_encode, in);
	there_and_back(base64url_decode, base64url_encode, in);
	there_and_back(hex_decode, hex_encode, in);
	base64_encode_mime(&text, data, size);
	if (text.len != base64_mime_size(size))
		abort();
	buf_clear(&text);
	(void)hex_decode(&text, in);
	buf_clear(&text);
	(void)text_int(in, INT64_MIN, INT64_MAX, &v);
	(void)text_double(in, -1e9, 1e9, &d);
	(void)text_duration_ms(in, 0, INT64_MAX, &v);
	(void)text_size(in, 0, INT64_MAX, &v);
	(void)text_is_utf8(in);
	buf_add_slice(&text, in);
	buf_add_str(&text, "");
	(void)log_safe(safe, sizeof(safe), text.data);
	if (!text_is_utf8(slice_of(safe)) || text_has_control(slice_of(safe)))
		abort();
	if (endpoint_parse(text.data, &e, &error) == 0)
		endpoint_free(&e);
	buf_free(&text);
	return 0;
}
