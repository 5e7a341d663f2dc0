/* One picture of nearpostctl top, as lines with marks for colours.  Pure. */
#ifndef NEARPOST_CTL_TOP_FRAME_H
#define NEARPOST_CTL_TOP_FRAME_H

#include "ctl/overview.h"
#include "lib/base/buf.h"

enum top_look { LOOK_PLAIN = 0, LOOK_HEAD, LOOK_GOOD, LOOK_WARN, LOOK_BAD };

#define TOP_LINES_MAX 400

struct top_line {
	enum top_look look;
	const char *text; /* in the overview's arena */
};
struct top_frame {
	struct top_line lines[TOP_LINES_MAX];
	int n;
};

/* rows, columns: of the screen; rows 0: as many as there are.  What does not fit is
 * left out, the gateways in the best order last, and it is said how many. */
void top_frame(struct overview *o, int rows, int columns,
    struct top_frame *out_r);

#endif
