#include "gateway-agent/place.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/base/text.h"

#define CHECK_BYTES 64

bool
place_parse(const char *mark, struct place *out_r)
{
	struct slice rest = slice_of(mark), part[5];
	int64_t n[5];
	int i;

	for (i = 0; i < 5; i++)
		if (!slice_split(&rest, ':', &part[i]) ||
		    text_int(part[i], 0, INT64_MAX, &n[i]) != 0)
			return false;
	*out_r = (struct place){(uint64_t)n[0], (uint64_t)n[1],
	    (uint64_t)n[2], n[3], (uint32_t)n[4]};
	return rest.len == 0;
}

void
place_write(const struct place *p, char *dst, size_t size)
{
	(void)snprintf(dst, size, "%llu:%llu:%llu:%lld:%u",
	    (unsigned long long)p->count, (unsigned long long)p->dev,
	    (unsigned long long)p->ino, (long long)p->offset,
	    (unsigned)p->check);
}

/* FNV-1a */
uint32_t
place_check(int fd, int64_t offset)
{
	unsigned char bytes[CHECK_BYTES];
	int64_t from = offset > CHECK_BYTES ? offset - CHECK_BYTES : 0;
	ssize_t n, i;
	uint32_t h = 2166136261U;

	n = pread(fd, bytes, (size_t)(offset - from), (off_t)from);
	if (n != offset - from)
		return 0;
	for (i = 0; i < n; i++)
		h = (h ^ bytes[i]) * 16777619U;
	return h ? h : 1;
}
