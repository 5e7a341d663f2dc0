/* What `nearpostctl VERB --help` teaches, and whether the verb knows --json. */
#ifndef NEARPOST_CTL_LESSON_H
#define NEARPOST_CTL_LESSON_H

#include <stdbool.h>

struct lesson {
	const char *verb;
	bool json; /* taken out of the arguments; struct ctl tells of it */
	const char *text; /* examples and what they do; lines */
};

/* NULL when there is none. */
const struct lesson *lesson_find(const char *verb);

#endif
