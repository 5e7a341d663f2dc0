/* The gatekeeper of libpsl. */
#include "lib/fleet/pool.h"

#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"

struct pools {
	psl_ctx_t *psl;
};

struct pools *
pools_new(void)
{
	struct pools *pools = xcalloc(1, sizeof(*pools));

	pools->psl = psl_latest(NULL);
	if (!pools->psl)
		log_warnx("no Public Suffix List: the servers of one provider "
		    "count as sites of their own");
	return pools;
}

void
pools_free(struct pools **pools)
{
	if (*pools)
		psl_free((*pools)->psl);
	free(*pools);
	*pools = NULL;
}

const char *
pools_name(const struct pools *pools, const char *const *hosts, int n)
{
	const char *name, *other;
	int i;

	if (!pools->psl || n < 1)
		return NULL;
	name = psl_registrable_domain(pools->psl, hosts[0]);
	for (i = 1; name && i < n; i++) {
		other = psl_registrable_domain(pools->psl, hosts[i]);
		if (!other || strcmp(other, name) != 0)
			return NULL;
	}
	return name;
}
