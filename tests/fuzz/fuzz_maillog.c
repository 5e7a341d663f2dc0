/* Log lines: half of what stands in them was chosen by strangers. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mail/maillog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct maillog_event e;
	struct slice line = {(const char *)data, size};

	if (maillog_parse(line, &e)) {
		if (e.queue_id[0] == '\0' || strlen(e.queue_id) > 31 ||
		    strlen(e.recipient) >= sizeof(e.recipient) ||
		    strlen(e.text) >= sizeof(e.text))
			abort();
	}
	(void)maillog_parse_message(slice_of("postfix/smtp"), line, &e);
	(void)maillog_parse_message(slice_of("sm-mta"), line, &e);
	(void)maillog_names(&e, "a@one.test");
	return 0;
}
