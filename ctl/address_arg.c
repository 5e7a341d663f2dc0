#include "config.h"

#include "ctl/address_arg.h"

#include "lib/base/log.h"
#include "lib/mail/address.h"

char *
address_arg(struct arena *arena, const char *text)
{
	struct address a;
	const char *error;
	char safe[256];

	if (address_parse(arena, slice_of(text), &a, &error) < 0) {
		log_warnx("\"%s\": %s", log_safe(safe, sizeof(safe), text),
		    error);
		return NULL;
	}
	return address_key(arena, &a);
}
