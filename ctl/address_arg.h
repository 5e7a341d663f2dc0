/* An address as somebody typed it. */
#ifndef NEARPOST_CTL_ADDRESS_ARG_H
#define NEARPOST_CTL_ADDRESS_ARG_H

#include "lib/base/mem.h"

/* Its key in Redis (address_key), or NULL after having said what is wrong. */
char *address_arg(struct arena *arena, const char *text);

#endif
