/* A message as GMime's parser reads it. */
#ifndef NEARPOST_TESTS_ADVERT_GMIME_H
#define NEARPOST_TESTS_ADVERT_GMIME_H

#include "lib/base/buf.h"

/* Appends lines: "defect ..." for whatever GMime's parser warns of, then the
 * message as "part DEPTH TYPE SHA256 FILENAME" (of a multipart "-" for the last
 * two), in order, "subject ...", and "address FIELD ADDRESS". */
void advert_gmime(struct slice message, struct buf *report);

#endif
