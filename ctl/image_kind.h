/* What picture is it, and how big?  By its first octets, whatever its name
 * says.  PNG (W3C, section 11.2.1), GIF89a, JPEG (ITU T.81, B.2.2), WebP (RFC
 * 9649), AVIF (ISO/IEC 14496-12, ftyp); SVG by its tag. */
#ifndef NEARPOST_CTL_IMAGE_KIND_H
#define NEARPOST_CTL_IMAGE_KIND_H

#include <stdint.h>

#include "lib/base/buf.h"

/* What image_kind_of() has to see; a JPEG's size may stand further back. */
#define IMAGE_KIND_HEAD (256 * 1024)

struct image_kind {
	const char *type; /* media type, static; "" when it is none of these */
	int64_t width, height; /* pixels; 0: not known */
};

struct image_kind image_kind_of(struct slice head);

#endif
