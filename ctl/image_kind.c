#include "config.h"

#include "ctl/image_kind.h"

static unsigned
octet(struct slice s, size_t i)
{
	return i < s.len ? (unsigned char)s.data[i] : 0;
}

static int64_t
be16(struct slice s, size_t i)
{
	return (int64_t)(octet(s, i) << 8 | octet(s, i + 1));
}

static int64_t
le16(struct slice s, size_t i)
{
	return (int64_t)(octet(s, i + 1) << 8 | octet(s, i));
}

static struct image_kind
png(struct slice s)
{
	return (struct image_kind){"image/png", be16(s, 16) << 16 | be16(s, 18),
	    be16(s, 20) << 16 | be16(s, 22)};
}

static struct image_kind
gif(struct slice s)
{
	return (struct image_kind){"image/gif", le16(s, 6), le16(s, 8)};
}

/* Segment by segment to the frame header: SOF0 to SOF15, but for DHT, JPG and
 * DAC, which have numbers among them. */
static struct image_kind
jpeg(struct slice s)
{
	struct image_kind k = {"image/jpeg", 0, 0};
	size_t i = 2;

	while (i + 9 < s.len && octet(s, i) == 0xff) {
		unsigned marker = octet(s, i + 1);

		if (marker == 0xff) { /* fill */
			i++;
			continue;
		}
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
		    marker != 0xc8 && marker != 0xcc) {
			k.height = be16(s, i + 5);
			k.width = be16(s, i + 7);
			break;
		}
		i += 2 + (size_t)be16(s, i + 2);
	}
	return k;
}

static bool
starts(struct slice s, size_t at, const char *with, size_t len)
{
	return s.len >= at + len && memcmp(s.data + at, with, len) == 0;
}

static bool
is_svg(struct slice s)
{
	size_t look = s.len < 1024 ? s.len : 1024;

	return look && memchr(s.data, 0, look) == NULL &&
	    (memmem(s.data, look, "<svg", 4) != NULL);
}

struct image_kind
image_kind_of(struct slice s)
{
	if (starts(s, 0, "\x89PNG\r\n\x1a\n", 8))
		return png(s);
	if (starts(s, 0, "GIF87a", 6) || starts(s, 0, "GIF89a", 6))
		return gif(s);
	if (starts(s, 0, "\xff\xd8\xff", 3))
		return jpeg(s);
	if (starts(s, 0, "RIFF", 4) && starts(s, 8, "WEBP", 4))
		return (struct image_kind){"image/webp", 0, 0};
	if (starts(s, 4, "ftypavif", 8) || starts(s, 4, "ftypavis", 8))
		return (struct image_kind){"image/avif", 0, 0};
	return (struct image_kind){is_svg(s) ? "image/svg+xml" : "", 0, 0};
}
