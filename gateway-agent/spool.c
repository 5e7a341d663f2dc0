#include "gateway-agent/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/mail/maillog_sendmail.h"

/* The envelope, or that of a mail in quarantine; where the directory has a qf/, it
 * is in there. */
static const char *const names[] = {"qf", "qf/qf", "hf", "qf/hf"};

enum claim_place
spool_place(const char *queue_directory, const char *queue_id)
{
	enum claim_place place = CLAIM_PLACE_NONE;
	char name[48];
	size_t i;
	int fd;

	if (!maillog_sendmail_id(slice_of(queue_id)))
		return CLAIM_PLACE_NONE;
	fd = open(queue_directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || faccessat(fd, ".", X_OK, AT_EACCESS) != 0)
		place = CLAIM_PLACE_UNKNOWN;
	for (i = 0; place == CLAIM_PLACE_NONE && i < 4; i++) {
		(void)snprintf(name, sizeof(name), "%s%s", names[i],
		    queue_id);
		if (faccessat(fd, name, F_OK, 0) == 0)
			place = CLAIM_PLACE_QUEUE;
	}
	if (fd >= 0)
		(void)close(fd);
	return place;
}
