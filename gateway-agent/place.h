/* A place in a log file: device, inode and offset, and a checksum of the octets
 * just before it: a file that was truncated and has already grown past the old
 * offset again would otherwise pass for the one we know. */
#ifndef NEARPOST_AGENT_PLACE_H
#define NEARPOST_AGENT_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct place {
	uint64_t count; /* lines handed out, ever: tells which place is later */
	uint64_t dev, ino;
	int64_t offset;
	uint32_t check;
};

/* "count:device:inode:offset:check", and back. */
bool place_parse(const char *mark, struct place *out_r);
void place_write(const struct place *p, char *dst, size_t size);
/* Of up to 64 octets before the offset; 0 when they cannot be read. */
uint32_t place_check(int fd, int64_t offset);

#endif
