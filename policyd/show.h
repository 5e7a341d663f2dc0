/* Figures as people read them. */
#ifndef NEARPOST_POLICYD_SHOW_H
#define NEARPOST_POLICYD_SHOW_H

#include <stddef.h>

#define SHOW_SIZE 32

/* "0 s", "0.4 ms", "850 ms", "12 s", "3 min", "2.5 h", "9 d". */
const char *show_seconds(char dst[SHOW_SIZE], double seconds);

#endif
