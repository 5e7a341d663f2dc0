/* A ticket as people find it: its id, or an address that has it in it. */
#ifndef NEARPOST_CTL_TICKET_ARG_H
#define NEARPOST_CTL_TICKET_ARG_H

#include "lib/base/mem.h"

/* The id in "bounces+ID@shop.example" or "<ID@shop.example>", an advert's bounce
 * address and its Message-ID; any other text as it is. */
const char *ticket_arg(struct arena *arena, const char *text);

#endif
