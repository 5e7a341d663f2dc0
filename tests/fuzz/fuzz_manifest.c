/* Manifests come over the network: whatever is accepted leads nowhere but into
 * the set. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mail/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *error = NULL;
	struct manifest *m = manifest_parse(
	    (struct slice){(const char *)data, size}, &error);
	struct buf out = {0};
	size_t i;

	if (!m == !error)
		abort();
	for (i = 0; m && i < m->n; i++) {
		const char *path = m->files[i].path;

		if (path[0] == '/' || strncmp(path, "../", 3) == 0 ||
		    strstr(path, "/../") || strchr(path, '\n') ||
		    manifest_find(m, path) != &m->files[i])
			abort();
	}
	if (m)
		(void)manifest_diff(m, m, &out);
	if (out.len)
		abort();
	buf_free(&out);
	manifest_free(&m);
	free(error);
	return 0;
}
