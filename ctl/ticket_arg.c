#include "ctl/ticket_arg.h"

#include <string.h>

#include "lib/mail/ticket.h"

const char *
ticket_arg(struct arena *arena, const char *text)
{
	const char *at = strchr(text, '@'), *id;

	if (!at || at - text < TICKET_ID_LEN)
		return text;
	id = at - TICKET_ID_LEN;
	return strspn(id, "0123456789abcdef") == TICKET_ID_LEN
	    ? arena_strndup(arena, id, TICKET_ID_LEN) : text;
}
